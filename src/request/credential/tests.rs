use super::*;

fn find(fields: &[(&str, &str)]) -> Result<String, &'static str> {
    let bearer = CredentialSource { header: "authorization".into(), scheme: Some("Bearer".into()) };
    let session = CredentialSource { header: "x-session-id".into(), scheme: None };
    let headers = Headers::from_iter(fields.iter().copied());
    Credential::find(&[&bearer, &session], &headers)
        .map(|credential| credential.token().to_owned())
        .map_err(|rejection| rejection.code())
}

#[test]
fn exactly_one_token() {
    for (fields, expected) in [
        (&[("authorization", "Bearer a.b.c")][..], Ok("a.b.c")),
        (&[("authorization", "bEARER a.b.c")], Ok("a.b.c")),
        (&[("authorization", "Bearer  a.b.c")], Ok("a.b.c")),
        (&[("x-session-id", "a.b.c")], Ok("a.b.c")),
        (&[("x-session-id", "a.b.c"), ("authorization", "")], Ok("a.b.c")),
        (&[], Err("token_missing")),
        (&[("x-session-id", "")], Err("token_missing")),
        (&[("authorization", "Bearer a, Bearer b")], Err("credential_ambiguous")),
        (&[("authorization", "Bearer a,b")], Err("credential_ambiguous")),
        (&[("authorization", "Bearer a"), ("x-session-id", "b")], Err("credential_ambiguous")),
        (&[("authorization", "Basic x"), ("x-session-id", "b")], Err("credential_ambiguous")),
        (&[("authorization", "Bearer")], Err("credential_malformed")),
        (&[("authorization", "Bearer ")], Err("credential_malformed")),
        (&[("authorization", "Basic a")], Err("credential_malformed")),
        (&[("authorization", "a.b.c")], Err("credential_malformed")),
        (&[("authorization", "Bearer a b")], Err("credential_malformed")),
        (&[("authorization", "Bearer\ta")], Err("credential_malformed")),
        (&[("x-session-id", "a b")], Err("credential_malformed")),
        (&[("x-session-id", "ä")], Err("credential_malformed")),
    ] {
        assert_eq!(find(fields), expected.map(str::to_owned), "{fields:?}");
    }
}

#[test]
fn size_is_bounded_before_anything_is_split() {
    let at_limit = format!("Bearer {}", "a".repeat(MAX_TOKEN_BYTES));
    assert!(find(&[("authorization", &at_limit)]).is_ok());
    for value in [format!("{at_limit}a"), ", ".repeat(MAX_TOKEN_BYTES)] {
        assert_eq!(find(&[("authorization", &value)]), Err("token_too_large"));
    }
}

fn source(header: &str, scheme: Option<&str>) -> CredentialSource {
    CredentialSource { header: header.into(), scheme: scheme.map(str::to_owned) }
}

#[test]
fn sources_are_the_same_but_for_the_case_of_the_scheme() {
    let bearer = source("authorization", Some("Bearer"));
    assert!(bearer.is_same_as(&source("authorization", Some("BEARER"))));
    for other in [
        source("authorization", Some("Token")),
        source("authorization", None),
        source("x-authorization", Some("Bearer")),
    ] {
        assert!(!bearer.is_same_as(&other) && !other.is_same_as(&bearer), "{other:?}");
    }
}

#[test]
fn a_caller_is_told_each_form_once() {
    let [bearer, again] = [(); 2].map(|()| source("authorization", Some("Bearer")));
    let session = source("x-session-id", None);
    let found = Credential::find(&[&bearer, &again, &session], &Headers::default());
    let expected = "authorization: Bearer <token> or x-session-id: <token>".to_owned();
    assert_eq!(found.map(drop), Err(Rejection::TokenMissing { expected }));
}

#[test]
fn several_sources_may_share_a_field() {
    let sources = ["Bearer", "Token"].map(|scheme| source("authorization", Some(scheme)));
    let value = format!("Token {}", "a".repeat(MAX_TOKEN_BYTES));
    let headers = Headers::from_iter([("authorization", value.as_str())]);
    let found = Credential::find(&[&sources[0], &sources[1]], &headers).unwrap();
    let token = value.strip_prefix("Token ").unwrap();
    assert_eq!((found.token(), found.source()), (token, &sources[1]));
    assert_eq!(format!("{found:?}"), "Credential(authorization: REDACTED)");
    // The bound of the field has room for the longer scheme, so this token is found, and is too
    // long.
    let value = format!("{value}a");
    let headers = Headers::from_iter([("authorization", value.as_str())]);
    let found = Credential::find(&[&sources[0], &sources[1]], &headers);
    assert_eq!(found.map(drop), Err(Rejection::TokenTooLarge { max_bytes: MAX_TOKEN_BYTES }));
}
