use super::*;

#[test]
fn a_call_is_shown_without_its_credentials() {
    let mut call = Call::get("https://a.example/token".into());
    call.headers.push(("authorization", "Basic marked".into()));
    call.body = Some("secret=marked".into());
    let shown = format!("{call:?}");
    assert!(shown.contains("https://a.example/token") && shown.contains("authorization"));
    assert!(!shown.contains("marked"), "{shown}");
}

#[test]
fn a_call_is_written_for_javascript() {
    let call = serde_json::to_string(&Call::get("https://a.example/keys".into())).unwrap();
    assert_eq!(
        call,
        r#"{"method":"GET","url":"https://a.example/keys","headers":[["accept","application/json"]],"body":null}"#,
    );
}
