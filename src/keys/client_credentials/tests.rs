use super::*;

const NOW: UnixMillis = UnixMillis::from_seconds(1_800_000_000);

#[test]
fn a_token_is_renewed_shortly_before_it_expires() {
    let token = |body: &str| AccessToken::parse(body.as_bytes(), NOW).unwrap();
    let due = |token: &AccessToken, millis| token.is_due(NOW.plus(millis));
    let hour = token(r#"{"access_token":"a.b","token_type":"Bearer","expires_in":3600}"#);
    assert_eq!((due(&hour, 3_539_999), due(&hour, 3_540_000)), (false, true));
    assert_eq!(hour.value(NOW.plus(3_599_999)), Some("a.b"));
    assert_eq!(hour.value(NOW.plus(3_600_000)), None);
    let short = token(r#"{"access_token":"a","expires_in":10}"#);
    assert_eq!((due(&short, 4_999), due(&short, 5_000)), (false, true));
    assert!(due(&token(r#"{"access_token":"a"}"#), 240_000));
}

#[test]
fn other_answers_are_refused() {
    for body in [
        "",
        "<html>",
        "[]",
        "{}",
        r#"{"access_token":1}"#,
        r#"{"access_token":""}"#,
        r#"{"access_token":"a b"}"#,
        r#"{"access_token":"a\r\nb"}"#,
        r#"{"access_token":"a","token_type":"mac"}"#,
        r#"{"access_token":"a","expires_in":"1"}"#,
        r#"{"access_token":"a","expires_in":-1}"#,
        r#"{"access_token":"a","access_token":"b"}"#,
    ] {
        assert!(AccessToken::parse(body.as_bytes(), NOW).is_err(), "{body}");
    }
}

#[test]
fn debug_does_not_show_the_token() {
    let token = AccessToken::parse(br#"{"access_token":"marked"}"#, NOW).unwrap();
    assert_eq!(format!("{token:?}"), "AccessToken(REDACTED)");
}
