//! The payload of a token that the right key has signed.

use std::sync::OnceLock;

use drawbridge::keys::KeySet;
use drawbridge::time::UnixMillis;
use drawbridge::token::{Claims, UntrustedToken};
use serde_json::Value;

use super::json::strict_object;
use super::signing::Signer;

const NOW: u32 = 1_800_000_000;
const SKEW: u8 = 5;

/// Checks that claims hold exactly if another reader finds a strict object whose registered claims
/// have the right types and are valid now. Both readers must find the same values.
pub fn target(data: &[u8]) {
    let (signer, set) = key();
    let text = signer.sign(br#"{"alg":"EdDSA"}"#, data);
    let token = UntrustedToken::parse(&text).unwrap();
    let set = KeySet::parse(set.as_bytes()).unwrap();
    let issuer = token.claimed_issuer().map(|issuer| issuer.map(str::to_owned));
    let (signed, _) = token.verify(set.keys()).unwrap();
    let claims = Claims::check(&signed, UnixMillis::from_seconds(NOW.into()), SKEW);

    let object = strict_object(data);
    assert_eq!(signed.members().is_ok(), object.is_some());
    assert_eq!(claims.is_ok(), object.as_ref().is_some_and(holds));
    let Some(object) = object else { return };
    assert_eq!(Value::Object((*signed.members().unwrap()).clone()), object);
    assert_eq!(issuer.is_ok(), object.get("iss").is_none_or(Value::is_string));
    let Ok(claims) = claims else { return };
    assert_eq!(Value::Object(claims.members().clone()), object);
    assert_eq!(issuer.unwrap().as_deref(), object.get("iss").and_then(Value::as_str));
    let audience: Vec<&str> = match &object.get("aud") {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        other => other.iter().filter_map(|value| value.as_str()).collect(),
    };
    assert_eq!(claims.audience(), audience);
    for name in object.as_object().unwrap().keys() {
        assert_eq!(claims.by_path(name), object.get(name));
    }
}

fn holds(claims: &Value) -> bool {
    let (now, skew) = (f64::from(NOW), f64::from(SKEW));
    let has = |name: &str, fits: &dyn Fn(&Value) -> bool| claims.get(name).is_none_or(fits);
    let in_time = |value: &Value| value.as_f64().is_some_and(|at| at <= now + skew);
    let is_audience = |value: &Value| match value {
        Value::Array(items) => !items.is_empty() && items.iter().all(Value::is_string),
        value => value.is_string(),
    };
    claims.get("exp").and_then(Value::as_f64).is_some_and(|exp| now < exp + skew)
        && has("nbf", &in_time)
        && has("iat", &in_time)
        && has("iss", &Value::is_string)
        && has("sub", &Value::is_string)
        && has("aud", &is_audience)
        && claims.get("events").is_none()
}

fn key() -> &'static (Signer, String) {
    static KEY: OnceLock<(Signer, String)> = OnceLock::new();
    KEY.get_or_init(|| (Signer::ed_dsa(), Signer::ed_dsa().jwks("key-1")))
}
