use super::*;

#[test]
fn reads_one_object() {
    let members = object(br#" {"a":1,"b":[true,null,"x",-2,1.5],"c":{"a":2}} "#).unwrap();
    assert_eq!(members["b"], serde_json::json!([true, null, "x", -2, 1.5]));
    assert_eq!(members["c"]["a"], 2);
}

#[test]
fn refuses_duplicates_at_any_depth() {
    for text in [r#"{"a":1,"a":1}"#, r#"{"x":[{"a":1,"b":2,"a":3}]}"#, r#"{"a":1,"\u0061":2}"#] {
        assert_eq!(object(text.as_bytes()), Err(JsonFault::DuplicateMember), "{text}");
    }
}

#[test]
fn refuses_what_is_not_one_object() {
    for text in ["[]", "\"a\"", "1", "null"] {
        assert_eq!(object(text.as_bytes()), Err(JsonFault::NotAnObject), "{text}");
    }
    for text in [
        "",
        "{",
        "{}{}",
        "{} x",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":1e999}",
        "\u{feff}{}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":NaN}",
    ] {
        assert_eq!(object(text.as_bytes()), Err(JsonFault::Syntax), "{text}");
    }
    assert_eq!(object(b"{\"a\":\"\xff\"}"), Err(JsonFault::NotUtf8));
}

#[test]
fn depth_is_bounded() {
    let nested =
        |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(object(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(object(nested(MAX_DEPTH + 1).as_bytes()), Err(JsonFault::TooDeep));
    assert_eq!(object(nested(100_000).as_bytes()), Err(JsonFault::TooDeep));
}
