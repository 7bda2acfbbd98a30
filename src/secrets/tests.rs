use super::*;

#[test]
fn only_the_secret_itself_is_it() {
    let secrets: Secrets = [("A".to_owned(), "open sesame".to_owned())].into_iter().collect();
    assert!(secrets.is("A", "open sesame"));
    // In the last one, two differences are alike: together they must not look like none.
    for offered in ["", "open sesam", "open sesame ", "Open sesame", "open sesamf", "npen resame"] {
        assert!(!secrets.is("A", offered), "{offered}");
    }
    assert!(!secrets.is("B", ""));
    assert_eq!(format!("{secrets:?}"), r#"{"A"}"#);
}
