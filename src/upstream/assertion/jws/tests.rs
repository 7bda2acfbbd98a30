use jwt_compact::UntrustedToken;
use serde_json::{Value, json};

use super::*;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

/// Returns the claims of a token that the key has signed.
fn verified(text: &str) -> Option<Value> {
    let token = UntrustedToken::new(text).ok()?;
    assert_eq!((token.algorithm(), token.header().key_id.as_deref()), ("EdDSA", Some("k")));
    let token = EdDsa.validator::<Value>(&key()).validate(&token).ok()?;
    Some(token.claims().custom.clone())
}

#[test]
fn what_is_signed_verifies_and_nothing_else() {
    let text = sign("k", &json!({"sub": "user", "n": 1}), &key());
    assert_eq!(verified(&text), Some(json!({"sub": "user", "n": 1})));
    let (signed, signature) = text.rsplit_once('.').unwrap();
    let other = sign("k", &json!({"sub": "user", "n": 2}), &key());
    assert_eq!(verified(&format!("{signed}.{}", other.rsplit_once('.').unwrap().1)), None);
    assert_eq!(verified(&format!("{signed}.{}", signature.get(..80).unwrap())), None);
    assert_eq!(verified(&sign("k", &json!({}), &SigningKey::from_bytes(&[2; 32]))), None);
}
