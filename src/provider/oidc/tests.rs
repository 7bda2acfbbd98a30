use serde_json::json;

use super::*;
use crate::provider::tests::{ISSUER, identity, judge, rejection};

fn oidc(required_claims: &[(&str, Value)]) -> Oidc {
    let required = required_claims.iter().map(|(path, value)| ((*path).to_owned(), value.clone()));
    Oidc {
        audiences: vec!["a".into(), "b".into()],
        types: vec!["JWT".into(), "at+jwt".into(), String::new()],
        required_claims: required.collect(),
    }
}

#[test]
fn the_issuer_is_the_providers_own() {
    let session = judge(oidc(&[]), ISSUER, &json!({"iss": ISSUER, "aud": "a"})).unwrap();
    assert_eq!((session.provider(), session.issuer()), ("p", ISSUER));
    assert_eq!(session.claims().audience(), ["a"]);
    let other = json!({"iss": "https://i.example/", "aud": "a"});
    assert_eq!(rejection(oidc(&[]), ISSUER, &other), Rejection::IssuerMismatch);
    let none = rejection(oidc(&[]), ISSUER, &json!({"aud": "a"}));
    assert_eq!(none, Rejection::ClaimMissing { claim: "iss".into() });
}

#[test]
fn one_of_the_audiences_is_named() {
    let expected = vec!["a".to_owned(), "b".to_owned()];
    let mismatch = Rejection::AudienceMismatch { expected };
    assert_eq!(rejection(oidc(&[]), None, &json!({"aud": ["x", "ab"]})), mismatch);
    assert!(judge(oidc(&[]), None, &json!({"aud": ["x", "b"]})).is_ok());
}

#[test]
fn an_identity_is_subject_and_scopes() {
    for (members, permissions) in [
        (json!({}), &[][..]),
        (json!({"scope": "read  write "}), &["read", "write"]),
        (json!({"scp": "read write"}), &["read", "write"]),
        (json!({"scp": ["read", "write it"]}), &["read", "write it"]),
        (json!({"scope": "read", "scp": ["write"]}), &["read"]),
        (json!({"scope": ["read"]}), &["read"]),
    ] {
        let mut all = json!({"aud": "a", "sub": "ada"});
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let found = identity(oidc(&[]), None, &all);
        assert_eq!((found.user.as_deref(), found.tenant), (Some("ada"), None));
        assert_eq!(found.permissions, permissions, "{members}");
    }
    assert_eq!(identity(oidc(&[]), None, &json!({"aud": "a", "sub": ""})).user, None);
    for name in ["scope", "scp"] {
        let wrong = rejection(oidc(&[]), None, &json!({"aud": "a", name: 1}));
        assert!(matches!(wrong, Rejection::ClaimsMalformed { .. }));
    }
}

#[test]
fn required_claims_have_their_value_itself_or_within() {
    let missing = Some(Rejection::ClaimMissing { claim: "x.y".into() });
    let mismatch = Some(Rejection::ClaimMismatch { claim: "x.y".into() });
    for (found, expected, rejected) in [
        (json!(true), json!(true), None),
        (json!("true"), json!(true), mismatch.clone()),
        (json!(["a", "b"]), json!("b"), None),
        (json!(["a", "b"]), json!(["a", "b"]), None),
        (json!(["a", "b"]), json!(["b", "a"]), mismatch.clone()),
        (json!(["a", "b"]), json!("c"), mismatch),
    ] {
        let kind = oidc(&[("x.y", expected.clone())]);
        let judged = judge(kind, None, &json!({"aud": "a", "x": {"y": found}}));
        assert_eq!(judged.err(), rejected, "{found} {expected}");
    }
    let kind = oidc(&[("x.y", json!(1))]);
    assert_eq!(judge(kind, None, &json!({"aud": "a", "x": {}})).err(), missing);
}
