use super::*;

const NOW: UnixMillis = UnixMillis::from_seconds(1_800_000_000);

/// RFC 8037, appendix A.1, with the thumbprint of A.3.
const D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

fn jwk(name: &str, value: Value) -> String {
    let mut jwk = json!({"kty": "OKP", "crv": "Ed25519", "d": D, "x": X});
    jwk[name] = value;
    jwk.to_string()
}

fn key() -> AssertionKey {
    AssertionKey::parse(&jwk("use", json!("sig"))).unwrap()
}

fn assertion() -> Assertion<'static> {
    Assertion {
        iss: "https://api.example.com",
        aud: "https://backend.example.com",
        sub: None,
        iat: 1,
        exp: 2,
        jti: "id".into(),
        session: json!({"provider": "login"}),
    }
}

#[test]
fn a_key_is_a_whole_private_jwk() {
    for (name, value, fault) in [
        ("kty", json!("EC"), "kty"),
        ("crv", json!("Ed448"), "crv"),
        ("d", json!(null), "without a private key"),
        ("d", json!(X), "x does not belong"),
        ("x", json!(D), "x does not belong"),
        ("x", json!(null), "x does not belong"),
        ("kid", json!(""), "kid is not"),
        ("kid", json!(7), "kid is not"),
    ] {
        let found = AssertionKey::parse(&jwk(name, value)).map(drop).unwrap_err();
        assert!(found.contains(fault), "{found}");
    }
    assert_eq!(AssertionKey::parse("[]").map(drop), Err("is not a JWK"));
}

#[test]
fn its_id_is_its_own_or_its_thumbprint() {
    let id = |key: &AssertionKey| key.public_jwk()["kid"].clone();
    assert_eq!(id(&key()), THUMBPRINT);
    let named = AssertionKey::parse(&jwk("kid", json!("2027"))).unwrap();
    assert_eq!(id(&named), "2027");
    assert_eq!(format!("{named:?}"), r#"AssertionKey { id: "2027", .. }"#);
}

#[test]
fn a_set_has_each_public_half_once() {
    let named = AssertionKey::parse(&jwk("kid", json!("2027"))).unwrap();
    let set = AssertionKey::jwks([&key(), &named, &key()].into_iter());
    let member = |kid| json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": kid, "alg": "EdDSA", "use": "sig"});
    let expected = json!({"keys": [member(THUMBPRINT), member("2027")]});
    assert_eq!(serde_json::from_str::<Value>(&set).unwrap(), expected);
}

#[test]
fn an_assertion_is_a_jwt_of_its_claims() {
    let text = key().sign(&assertion());
    let (signed, signature) = text.rsplit_once('.').unwrap();
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let parts = signed.split('.').map(|part| serde_json::from_slice(&bytes(part)).unwrap());
    let expected = [
        json!({"alg": "EdDSA", "typ": "JWT", "kid": THUMBPRINT}),
        json!({
            "iss": "https://api.example.com", "aud": "https://backend.example.com",
            "iat": 1, "exp": 2, "jti": "id", "session": {"provider": "login"},
        }),
    ];
    assert_eq!(parts.collect::<Vec<Value>>(), expected);
    let signature = ed25519_dalek::Signature::from_slice(&bytes(signature)).unwrap();
    let public = key().signing_key.verifying_key();
    assert!(public.verify_strict(signed.as_bytes(), &signature).is_ok());
}

#[test]
fn ids_differ_from_each_other_and_from_those_of_other_isolates() {
    let (ids, others) = (TokenIds::new(|| [1; 16]), TokenIds::new(|| [2; 16]));
    let found = [ids.next(NOW), ids.next(NOW), ids.next(NOW.plus(1)), others.next(NOW)];
    for (index, id) in found.iter().enumerate() {
        assert_eq!(id.len(), 22);
        assert!(!found[..index].contains(id));
    }
}
