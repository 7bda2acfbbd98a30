use super::*;

#[test]
fn distances_are_counted_in_edits() {
    for (a, b, expected) in [
        ("", "", 0),
        ("", "abc", 3),
        ("abc", "", 3),
        ("abc", "abc", 0),
        ("abc", "abd", 1),
        ("abc", "xabc", 1),
        ("kitten", "sitting", 3),
        ("enviroment", "environment", 1),
    ] {
        assert_eq!(distance(a, b), expected, "{a} {b}");
    }
}

#[test]
fn only_similar_names_are_suggested() {
    let names = ["origin", "url", "timeout_ms"];
    assert_eq!(suggestion("orgin", &names), Some("origin"));
    assert_eq!(suggestion("urk", &names), Some("url"));
    assert_eq!(suggestion("xyz", &names), None);
    assert_eq!(suggestion("backend", &names), None);
}
