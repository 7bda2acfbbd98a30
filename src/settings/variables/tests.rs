use super::*;
use serde_json::json;

#[test]
fn variables_are_joined_by_name() {
    let faults = Faults::default();
    let joined = join(
        [
            ("DRAWBRIDGE_B", r#"{"a":[3],"t":{"z":3}}"#),
            ("OTHER", "garbage"),
            ("DRAWBRIDGES", "garbage"),
            ("DRAWBRIDGE", r#"{"a":[1],"t":{"x":1}}"#),
            ("DRAWBRIDGE_A", r#"{"a":[2],"t":{"y":2}}"#),
        ],
        &faults,
    );
    assert_eq!(joined, json!({"a": [1, 2, 3], "t": {"x": 1, "y": 2, "z": 3}}));
    assert!(faults.into_sorted().is_empty());
}

#[test]
fn a_value_given_twice_is_a_fault() {
    let faults = Faults::default();
    join([("DRAWBRIDGE", r#"{"t":{"x":1}}"#), ("DRAWBRIDGE_A", r#"{"t":{"x":1}}"#)], &faults);
    assert_eq!(
        faults.into_sorted()[0].to_string(),
        "t.x: is given twice, the second time in DRAWBRIDGE_A"
    );
}

#[test]
fn a_variable_that_is_not_an_object_is_a_fault() {
    let faults = Faults::default();
    join([("DRAWBRIDGE", "[]"), ("DRAWBRIDGE_A", r#"{"a":1,"a":2}"#)], &faults);
    let faults: Vec<_> = faults.into_sorted().iter().map(ToString::to_string).collect();
    assert_eq!(faults, ["DRAWBRIDGE: is not a JSON object", "DRAWBRIDGE_A: has a member twice"]);
}

#[test]
fn every_part_has_its_origin() {
    let found = origins([
        ("DRAWBRIDGE_B", r#"{"a":[3,4],"t":{"x":2,"z":3}}"#),
        ("OTHER", r#"{"o":1}"#),
        ("DRAWBRIDGE", r#"{"a":[1,2],"t":{"x":1}}"#),
        ("DRAWBRIDGE_A", "garbage"),
    ]);
    let found: Vec<_> = found
        .iter()
        .map(|Origin { place, variable, place_in_variable, is_repeated }| {
            (place.as_str(), *variable, place_in_variable.as_str(), *is_repeated)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("a", "DRAWBRIDGE", "a", false),
            ("t", "DRAWBRIDGE", "t", false),
            ("a[2]", "DRAWBRIDGE_B", "a[0]", false),
            ("a[3]", "DRAWBRIDGE_B", "a[1]", false),
            ("t.x", "DRAWBRIDGE_B", "t.x", true),
            ("t.z", "DRAWBRIDGE_B", "t.z", false),
        ]
    );
}
