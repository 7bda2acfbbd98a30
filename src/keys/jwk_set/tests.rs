use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

/// The public key of RFC 8037, appendix A.2.
const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn okp(extra: Value) -> Value {
    let mut key = json!({"kty": "OKP", "crv": "Ed25519", "x": X});
    for (name, value) in extra.as_object().unwrap() {
        key[name] = value.clone();
    }
    key
}

fn rsa(n: &str) -> Value {
    json!({"kty": "RSA", "n": n, "e": "AQAB"})
}

fn set(keys: &[Value]) -> Result<KeySet, KeySetFault> {
    KeySet::parse(json!({"keys": keys}).to_string().as_bytes())
}

#[test]
fn unusable_members_are_skipped_and_listed() {
    let weak = URL_SAFE_NO_PAD.encode([0xff; 128]);
    let long = URL_SAFE_NO_PAD.encode([0xff; 513]);
    let keys = [
        (okp(json!({"kid": "good"})), None),
        (json!(1), Some(SkipReason::Malformed)),
        (json!({}), Some(SkipReason::Malformed)),
        (okp(json!({"x": "AA"})), Some(SkipReason::Malformed)),
        (okp(json!({"x": format!("{X}=")})), Some(SkipReason::Malformed)),
        (okp(json!({"kid": 1})), Some(SkipReason::Malformed)),
        (okp(json!({"key_ops": "verify"})), Some(SkipReason::Malformed)),
        (okp(json!({"crv": "X25519"})), Some(SkipReason::OtherKind)),
        (json!({"kty": "EC", "crv": "P-256"}), Some(SkipReason::OtherKind)),
        (okp(json!({"use": "enc"})), Some(SkipReason::OtherPurpose)),
        (okp(json!({"alg": "ES256"})), Some(SkipReason::OtherPurpose)),
        (okp(json!({"key_ops": ["sign"]})), Some(SkipReason::OtherPurpose)),
        (okp(json!({"d": "AA"})), Some(SkipReason::Secret)),
        (json!({"kty": "oct", "k": "AA"}), Some(SkipReason::Secret)),
        (rsa(&weak), Some(SkipReason::Weak)),
        (rsa(&long), Some(SkipReason::TooLong)),
    ];
    let parsed = set(&keys.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>()).unwrap();
    assert_eq!(parsed.keys().len(), 1);
    let expected: Vec<_> = keys
        .iter()
        .enumerate()
        .filter_map(|(index, (_, reason))| Some(SkippedKey { index, reason: (*reason)? }))
        .collect();
    assert_eq!(parsed.skipped(), expected);
}

#[test]
fn a_set_without_a_usable_key_is_no_set() {
    assert_eq!(set(&[]), Err(KeySetFault::NoUsableKey));
    assert_eq!(set(&[json!({})]), Err(KeySetFault::NoUsableKey));
    assert_eq!(KeySet::parse(b"{}"), Err(KeySetFault::NoKeysMember));
    assert_eq!(KeySet::parse(br#"{"keys":{}}"#), Err(KeySetFault::NoKeysMember));
    assert_eq!(KeySet::parse(b"<html>"), Err(KeySetFault::Json(JsonFault::Syntax)));
    assert_eq!(set(&vec![okp(json!({})); MAX_KEYS + 1]), Err(KeySetFault::TooManyKeys));
    assert!(set(&vec![okp(json!({})); MAX_KEYS]).is_ok());
}

#[test]
fn candidates_fit_algorithm_and_key_id() {
    let set = set(&[
        okp(json!({"kid": "a", "alg": "EdDSA", "use": "sig", "key_ops": ["verify"]})),
        okp(json!({"kid": "b", "alg": "Ed25519"})),
        okp(json!({})),
    ])
    .unwrap();
    let count = |algorithm, kid| set.candidates(algorithm, kid).count();
    assert_eq!(count(Algorithm::EdDsa, Some("a")), 1);
    assert_eq!(count(Algorithm::EdDsa, None), 3);
    assert_eq!(count(Algorithm::EdDsa, Some("c")), 0);
    assert_eq!(count(Algorithm::Rs256, None), 0);
}

#[test]
fn too_many_candidates_count_as_none() {
    let set = |n| set(&vec![okp(json!({})); n]).unwrap();
    assert_eq!(set(MAX_CANDIDATES).candidates(Algorithm::EdDsa, None).count(), MAX_CANDIDATES);
    assert_eq!(set(MAX_CANDIDATES + 1).candidates(Algorithm::EdDsa, None).count(), 0);
}

#[test]
fn key_ids_that_too_many_keys_share_are_named() {
    let of = |ids: &[&str]| {
        let keys: Vec<Value> = ids.iter().map(|id| okp(json!({"kid": id}))).collect();
        set(&keys).unwrap()
    };
    assert_eq!(of(&["a", "b", "c", "a"]).crowded(), [None; 0]);
    // Any of these keys may have signed a token without a key id.
    assert_eq!(of(&["a", "b", "c", "d", "a"]).crowded(), [None]);
    assert_eq!(of(&["a", "a", "a", "a", "b"]).crowded(), [None]);
    assert_eq!(of(&["b", "a", "a", "a", "a", "a"]).crowded(), [None, Some("a")]);
    assert_eq!(
        of(&["a", "b"]).keys().iter().map(Key::id).collect::<Vec<_>>(),
        [Some("a"), Some("b")]
    );
}

#[test]
fn reasons_are_words() {
    use SkipReason::*;
    let shown = [Malformed, OtherKind, OtherPurpose, Secret, TooLong, Weak].map(|r| r.to_string());
    assert_eq!(
        shown.join(", "),
        "malformed, of another kind, for another purpose, a private or symmetric key, too long, too weak"
    );
    let faults = [
        KeySetFault::NoKeysMember,
        KeySetFault::NoUsableKey,
        KeySetFault::TooManyKeys,
        KeySetFault::Json(JsonFault::Syntax),
    ];
    for (fault, expected) in faults.iter().zip([
        "has no array `keys`",
        "has no usable key",
        "has more than 64 keys",
        "is not valid JSON",
    ]) {
        assert_eq!(fault.to_string(), format!("the key set {expected}"));
    }
}
