use super::*;

#[test]
fn segments_are_the_same_as_the_rules_see_them() {
    assert!(is_same_segment("a", "a", false) && !is_same_segment("a", "A", false));
    assert!(is_same_segment("a", "A", true) && !is_same_segment("a", "b", true));
}
