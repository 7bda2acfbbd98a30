use super::*;

const NOW: UnixMillis = UnixMillis::from_seconds(1_800_000_000);

fn credentials() -> ClientCredentials {
    ClientCredentials {
        token_url: "https://auth.example/token".into(),
        scope: None,
        client_id_secret_name: "ID".into(),
        client_secret_secret_name: "SECRET".into(),
    }
}

fn reply(status: u16, body: &str) -> Result<Reply, String> {
    Ok(Reply { status, etag: None, body: body.into() })
}

#[test]
fn a_token_is_requested_with_the_clients_secrets() {
    let secret = |name: &str| Some(name.to_ascii_lowercase());
    let expected = [
        ("accept", "application/json"),
        ("authorization", "Basic aWQ6c2VjcmV0"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    for (scope, body) in [
        (None, "grant_type=client_credentials"),
        (Some("items.read"), "grant_type=client_credentials&scope=items.read"),
    ] {
        let credentials = ClientCredentials { scope, ..credentials() };
        let call = call(&credentials, secret).unwrap();
        assert_eq!((call.method, call.url.as_str()), ("POST", "https://auth.example/token"));
        assert_eq!(call.headers, expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(call.body.as_deref(), Some(body));
    }
}

#[test]
fn a_secret_without_a_value_is_named() {
    let only = |known: &'static str| move |name: &str| (name == known).then(String::new);
    assert_eq!(call(&credentials(), only("ID")), Err("SECRET"));
    assert_eq!(call(&credentials(), only("SECRET")), Err("ID"));
}

#[test]
fn an_answer_is_read() {
    let token = token(reply(200, r#"{"access_token":"a.b","expires_in":10}"#), NOW).unwrap();
    assert_eq!(token.value(NOW.plus(9_999)), Some("a.b"));
    assert_eq!(token.value(NOW.plus(10_000)), None);
}

#[test]
fn an_answer_without_a_token_is_an_error() {
    for (reply, expected) in [
        (reply(401, r#"{"access_token":"a"}"#), "access token: status 401"),
        (reply(201, r#"{"access_token":"a"}"#), "access token: status 201"),
        (reply(200, "{}"), "the token response has no access_token"),
        (Err("no response".to_owned()), "access token: no response"),
    ] {
        assert_eq!(token(reply, NOW).unwrap_err().to_string(), expected);
    }
}
