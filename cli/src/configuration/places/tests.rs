use super::*;
use crate::configuration::settings::Settings;
use crate::document::Document;

const TEXT: &str = r#"[vars]
DRAWBRIDGE_B = '{"list": [3], "x": {"deep": 1}}'
[vars.DRAWBRIDGE]
x = { "a.b" = [1, 2], a = { b = 3 } }
once = 1
list = [1]
[vars.DRAWBRIDGE_A]
once = 2
list = [
  2,
]
"#;

fn line(place: &str, message: &str) -> String {
    let document = Document::parse("x.toml".into(), TEXT.into(), false).unwrap();
    let variables = Settings::of(&document, None).unwrap().variables();
    let places = Places::of(&variables);
    let fault = Fault { place: place.into(), message: message.into() };
    TEXT.get(places.find(&fault).unwrap()..).unwrap().lines().next().unwrap().to_owned()
}

#[test]
fn places_lead_through_every_variable() {
    for (place, expected) in [
        ("list[0]", "1]"),
        ("list[1]", "2,"),
        ("list[2]", "DRAWBRIDGE_B = '{\"list\": [3], \"x\": {\"deep\": 1}}'"),
        ("x.deep", "DRAWBRIDGE_B = '{\"list\": [3], \"x\": {\"deep\": 1}}'"),
        ("DRAWBRIDGE_A", "[vars.DRAWBRIDGE_A]"),
        ("once", "once = 1"),
        ("x.a.b[1]", "2], a = { b = 3 } }"),
        ("x.a.c", "a = { b = 3 } }"),
        ("list[7].name", "list = [1]"),
        ("nowhere.at[0].all", "[vars.DRAWBRIDGE]"),
    ] {
        assert_eq!(line(place, "is wrong"), expected, "{place}");
    }
}

#[test]
fn what_is_given_twice_is_shown_the_second_time() {
    assert_eq!(line("once", "is given twice, the second time in DRAWBRIDGE_A"), "once = 2");
}
