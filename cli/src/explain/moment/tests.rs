use super::*;

#[test]
fn moments_are_read() {
    for (text, millis) in [
        ("1800000000", Some(1_800_000_000_000)),
        ("2027-01-15T08:00:00Z", Some(1_800_000_000_000)),
        ("2027-01-15T09:00:00.5+01:00", Some(1_800_000_000_500)),
        ("1969-12-31T23:59:59Z", None),
        ("-1", None),
        ("tomorrow", None),
        ("2027-01-15", None),
    ] {
        assert_eq!(parse(text).ok(), millis.map(UnixMillis::new), "{text}");
    }
    assert_eq!(shown(1_800_000_000), "2027-01-15T08:00:00Z");
    assert_eq!(shown(i64::MAX), i64::MAX.to_string());
}

#[test]
fn distances_are_told_in_two_units() {
    let now = UnixMillis::from_seconds(1_800_000_000);
    for (difference, expected) in [
        (0, "now"),
        (1, "in 1 s"),
        (-65, "1 min 5 s ago"),
        (-3_600, "1 h ago"),
        (3_605, "in 1 h"),
        (93_600, "in 1 d 2 h"),
    ] {
        assert_eq!(distance(1_800_000_000 + difference, now), expected);
    }
}
