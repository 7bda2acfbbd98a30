use super::*;

#[test]
fn only_the_whole_secret_is_accepted() {
    let secrets: Secrets = [("A".to_owned(), "open sesame".to_owned())].into_iter().collect();
    assert!(secrets.is("A", "open sesame"));
    // In the last value, two bytes differ by the same bits, which must not cancel each other out.
    for offered in ["", "open sesam", "open sesame ", "Open sesame", "open sesamf", "npen resame"] {
        assert!(!secrets.is("A", offered), "{offered}");
    }
    assert!(!secrets.is("B", ""));
    assert_eq!(format!("{secrets:?}"), r#"{"A"}"#);
}
