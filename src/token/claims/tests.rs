use super::*;
use serde_json::json;

const NOW: u64 = 1_800_000_000;

fn check(members: &Value, skew: u8) -> Result<Claims, Rejection> {
    let signed = SignedToken::of(members.to_string().as_bytes());
    Claims::check(&signed, UnixMillis::from_seconds(NOW), skew)
}

fn claims(members: Value) -> Claims {
    let mut all = json!({"exp": NOW + 60});
    all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    check(&all, 0).unwrap()
}

#[test]
fn a_token_expires_with_the_second_and_the_skew() {
    for (exp, skew, expected) in [
        (json!(NOW + 1), 0, Ok(NOW + 1)),
        (json!(NOW as f64 + 0.5), 0, Ok(NOW)),
        (json!(NOW), 0, Err(0)),
        (json!(NOW - 4), 5, Ok(NOW - 4)),
        (json!(NOW - 5), 5, Err(5)),
        (json!(NOW - 65), 5, Err(65)),
        (json!(-3), 0, Err(NOW + 3)),
    ] {
        let expected = expected.map_err(|seconds_ago| Rejection::TokenExpired { seconds_ago });
        let found = check(&json!({"exp": exp}), skew).map(|c| c.expires_at_seconds());
        assert_eq!(found, expected, "{exp} {skew}");
    }
    assert_eq!(
        check(&json!({}), 0).map(drop),
        Err(Rejection::ClaimMissing { claim: "exp".into() })
    );
}

#[test]
fn a_token_from_the_future_is_not_valid_yet() {
    for name in ["nbf", "iat"] {
        for (at, skew, valid) in
            [(NOW - 1, 0, true), (NOW, 0, true), (NOW + 1, 0, false), (NOW + 5, 5, true)]
        {
            let found = check(&json!({"exp": NOW + 60, name: at}), skew).map(drop);
            let expected = if valid { Ok(()) } else { Err(Rejection::TokenNotYetValid) };
            assert_eq!(found, expected, "{name} {at} {skew}");
        }
        let found = check(&json!({"exp": NOW + 60, name: NOW + 6}), 5).map(drop);
        assert_eq!(found, Err(Rejection::TokenNotYetValid));
    }
}

#[test]
fn a_claim_of_the_wrong_type_is_malformed() {
    for (name, value) in [
        ("exp", json!("1800000060")),
        ("nbf", json!(null)),
        ("iat", json!([])),
        ("iss", json!(1)),
        ("sub", json!(null)),
        ("aud", json!(1)),
        ("aud", json!([])),
        ("aud", json!(["a", 1])),
    ] {
        let mut members = json!({"exp": NOW + 60});
        members[name] = value.clone();
        let Err(Rejection::ClaimsMalformed { fault }) = check(&members, 0) else {
            panic!("{name} {value}");
        };
        assert!(fault.contains(&format!("a claim {name} that is not")), "{fault}");
    }
}

#[test]
fn an_audience_is_one_or_several() {
    assert_eq!(claims(json!({})).audience(), [""; 0]);
    assert_eq!(claims(json!({"aud": "a"})).audience(), ["a"]);
    assert_eq!(claims(json!({"aud": ["a", "b"]})).audience(), ["a", "b"]);
}

#[test]
fn claims_are_found_by_name_before_path() {
    let claims = claims(json!({"a": {"b": {"c": 1}, "d": 2}, "a.d": 3, "e": [{"f": 4}]}));
    for (path, expected) in [
        ("a.b.c", Some(json!(1))),
        ("a.d", Some(json!(3))),
        ("a.b", Some(json!({"c": 1}))),
        ("a.b.x", None),
        ("x", None),
        ("e.f", None),
        ("", None),
    ] {
        assert_eq!(claims.by_path(path), expected.as_ref(), "{path}");
    }
    assert_eq!(claims.members().len(), 4);
}

#[test]
fn strings_are_strings() {
    let claims = claims(json!({"a": "text", "b": "", "c": 1, "d": ["x", "y"], "e": ["x", 1]}));
    let is_malformed =
        |result: Result<(), Rejection>| matches!(result, Err(Rejection::ClaimsMalformed { .. }));
    assert_eq!(claims.string("a"), Ok(Some("text")));
    assert_eq!(claims.string("x"), Ok(None));
    assert!(is_malformed(claims.string("c").map(drop)));
    assert_eq!(claims.required_string("a"), Ok("text"));
    for name in ["b", "x"] {
        let missing = Rejection::ClaimMissing { claim: name.into() };
        assert_eq!(claims.required_string(name), Err(missing));
    }
    assert!(is_malformed(claims.required_string("c").map(drop)));
    assert_eq!(claims.strings("d"), Ok(vec!["x".to_owned(), "y".to_owned()]));
    assert_eq!(claims.strings("x"), Ok(Vec::new()));
    for name in ["a", "c", "e"] {
        assert!(is_malformed(claims.strings(name).map(drop)), "{name}");
    }
}

#[test]
fn a_logout_token_proves_no_session() {
    let found = check(&json!({"exp": NOW + 60, "events": {}}), 0).map(drop);
    assert_eq!(found, Err(Rejection::ClaimMismatch { claim: "events".into() }));
}
