use super::*;

#[test]
fn patterns_are_plain() {
    for text in [
        "", "a", "*", "//", "/a//b", "/a*", "/*/a", "/{}", "/{a b}", "/a{b}", "/{a}b", "/..",
        "/a;b", "/a%2fb", "/é", "/a b",
    ] {
        assert!(Pattern::parse(text).is_err(), "{text}");
    }
    assert_eq!(Pattern::parse("/%6f%c3%a9").unwrap().segments, [Segment::Fixed("o%C3%A9".into())]);
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

#[test]
fn an_open_segment_has_a_name() {
    for text in ["/{id}", "/{shop_id}", "/{Id2}/x", "/a/{b}/*"] {
        let parsed = pattern(text);
        assert!(parsed.segments.contains(&Segment::Any), "{text}");
        assert_eq!((parsed.text(), parsed.to_string()), (text, text.to_owned()));
    }
    for text in ["/{a-b}", "/{é}", "/{", "/}", "/a}", "/{a"] {
        assert!(Pattern::parse(text).is_err(), "{text}");
    }
}

#[test]
fn what_a_pattern_covers() {
    for (text, everything, fixed_prefix) in [
        ("/*", true, true),
        ("/", false, false),
        ("/a/*", false, true),
        ("/a", false, false),
        ("/{a}", false, false),
        ("/{a}/*", false, false),
        ("/a/{b}/*", false, false),
    ] {
        let pattern = pattern(text);
        assert_eq!(pattern.is_everything(), everything, "{text}");
        assert_eq!(pattern.is_fixed_prefix(), fixed_prefix, "{text}");
    }
}

#[test]
fn a_pattern_is_one_path_where_nothing_is_open() {
    for (text, segments) in [
        ("/", Some(&[][..])),
        ("/a/b", Some(&["a", "b"])),
        ("/a/", Some(&["a"])),
        ("/a/*", None),
        ("/a/{b}", None),
    ] {
        let found = pattern(text).fixed_segments();
        let expected = segments.map(|s| s.iter().map(|s| (*s).to_owned()).collect());
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_pattern_lies_below_a_prefix_that_it_spells_out() {
    let prefix = ["api".to_owned(), "v1".to_owned()];
    for (text, ignore_case, below) in [
        ("/api/v1", false, true),
        ("/api/v1/*", false, true),
        ("/api/v1/orders/{id}", false, true),
        ("/API/v1/orders", false, false),
        ("/API/v1/orders", true, true),
        ("/api", false, false),
        ("/api/*", false, false),
        ("/api/{version}/orders", false, false),
        ("/api/v2/orders", false, false),
    ] {
        assert_eq!(pattern(text).lies_below(&prefix, ignore_case), below, "{text}");
    }
    assert!(pattern("/*").lies_below(&[], false));
}

#[test]
fn a_pattern_may_contain_another_that_is_as_long_and_no_wider() {
    for (text, other, ignore_case, contains) in [
        ("/a/*", "/a/b", false, true),
        ("/a/*", "/a", false, true),
        ("/a/*", "/b", false, false),
        ("/a/b/*", "/a", false, false),
        ("/a/b/*", "/b", false, false),
        ("/a/*", "/A/b", false, false),
        ("/a/*", "/A/b", true, true),
        ("/a/*", "/b/b", true, false),
        ("/{x}/*", "/a/b", false, true),
        ("/{x}/*", "/{y}/b", false, true),
        ("/a/*", "/{y}/b", false, false),
    ] {
        let found = pattern(text).may_contain(&pattern(other), ignore_case);
        assert_eq!(found, contains, "{text} {other}");
    }
}
