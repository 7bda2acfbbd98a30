use super::*;
use serde_json::json;

#[test]
fn values_become_what_the_worker_will_get() {
    let text =
        "a = 600.0\nb = inf\nc = 2026-01-01T00:00:00Z\nd.e = [1, { f = 1.5 }]\n[[g]]\nh = true\n";
    assert_eq!(
        parse(text).map_err(|error| error.message).unwrap().to_value(),
        json!({"a": 600, "b": null, "c": "2026-01-01T00:00:00Z", "d": {"e": [1, {"f": 1.5}]}, "g": [{"h": true}]}),
    );
}

#[test]
fn everything_begins_at_its_key_or_header() {
    let text = "[vars.D] # c\nx.y = 2\nz = { q = [1, 22] }\n[[vars.D.p]]\nn = 1\n[[ vars.D.p ]]\nn = [\n 3,\n]\n[vars.D.u.o]\nurl = 1\n";
    let root = parse(text).map_err(|error| error.message).unwrap();
    let d = root.get("vars").unwrap().get("D").unwrap();
    let line = |node: &Node| text.get(node.start..).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(line(d), "[vars.D] # c");
    assert_eq!(line(d.get("x").unwrap().get("y").unwrap()), "y = 2");
    assert_eq!(line(&d.get("z").unwrap().get("q").unwrap().items()[1]), "22] }");
    let p = d.get("p").unwrap().items();
    assert_eq!((line(&p[0]), line(&p[1])), ("[[vars.D.p]]".into(), "[[ vars.D.p ]]".into()));
    assert_eq!(line(&p[1].get("n").unwrap().items()[0]), "3,");
    assert_eq!(line(d.get("u").unwrap().get("o").unwrap()), "[vars.D.u.o]");
}
