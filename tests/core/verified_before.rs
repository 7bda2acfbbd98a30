//! For a remembered token, only the arithmetic of the signature is left out.

use crate::signing::Signer;
use drawbridge::config::Config;
use drawbridge::keys::{Fetched, KeyCaches, KeySet, Outcome};
use drawbridge::pipeline::{Gateway, Incoming, Record, Verdict};
use drawbridge::secrets::Secrets;
use drawbridge::time::UnixMillis;
use serde_json::{Value, json};
use std::rc::Rc;

const START: u64 = 1_800_000_000;

fn gateway() -> Gateway {
    let provider = |name: &str, audience: &str| {
        json!({
            "name": name, "kind": "oidc", "issuer": "https://login.example.com",
            "jwks_uri": "https://login.example.com/keys", "audiences": [audience], "algorithms": ["EdDSA"],
        })
    };
    let document = json!({
        "public_url": "https://api.example.com",
        "unmatched": "deny",
        "providers": [provider("orders", "orders-api"), provider("billing", "billing-api")],
        "upstreams": {"origin": {"url": "https://backend.example.com"}},
        "routes": [
            {"path": "/orders", "providers": ["orders"]},
            {"path": "/billing", "providers": ["billing"]},
            {"path": "/admin", "providers": ["orders"], "require": {"users": ["admin"]}},
        ],
    });
    let config = Config::parse([("DRAWBRIDGE", document.to_string().as_str())]).unwrap();
    Gateway::new(config, Secrets::default(), || [0; 16]).unwrap()
}

/// Gives the source this set, as if the issuer published it from now on.
fn publish(keys: &mut KeyCaches, seconds: u64, jwks: &str) {
    let now = UnixMillis::from_seconds(seconds);
    let cache = keys.cache(0).unwrap();
    let start = cache.refresh(now).unwrap();
    cache.kv_read(now, &start, None);
    let set = Fetched {
        keys: Rc::new(KeySet::parse(jwks.as_bytes()).unwrap()),
        document: jwks.into(),
        jwks_uri: "https://login.example.com/keys".into(),
        etag: None,
        fetched_at: now,
    };
    cache.fetched(now, &start, Outcome::Set(set));
}

struct Side {
    gateway: Gateway,
    keys: KeyCaches,
    token: String,
}

fn warm() -> Side {
    let signer = Signer::ed_dsa();
    let gateway = gateway();
    let mut keys = gateway.key_caches();
    publish(&mut keys, START, &signer.jwks("key-1"));
    let header = json!({"alg": "EdDSA", "kid": "key-1"}).to_string();
    let claims: Value = json!({"iss": "https://login.example.com", "sub": "user-1", "aud": "orders-api", "exp": START + 300});
    let token = signer.sign(header.as_bytes(), claims.to_string().as_bytes());
    let mut side = Side { gateway, keys, token };
    // The first verification marks the token, and the second one remembers it.
    for _ in 0..2 {
        assert_eq!(side.ask("/orders", START), ("forwarded", false));
    }
    side
}

impl Side {
    /// Returns the outcome for the token at this time, and whether its signature counted as
    /// verified.
    fn ask(&mut self, path: &str, seconds: u64) -> (&'static str, bool) {
        let token = self.token.clone();
        self.ask_with(&token, path, seconds)
    }

    fn ask_with(&mut self, token: &str, path: &str, seconds: u64) -> (&'static str, bool) {
        let (url, value) = (format!("https://api.example.com{path}"), format!("Bearer {token}"));
        let incoming = Incoming {
            method: "GET",
            url: &url,
            headers: [("authorization", value.as_str())].into_iter().collect(),
        };
        let now = UnixMillis::from_seconds(seconds);
        let judgement = self.gateway.judge(&incoming, &mut self.keys, now);
        let Record { verified_before, .. } = judgement.record;
        match judgement.verdict {
            Verdict::Forward(_) => ("forwarded", verified_before),
            Verdict::Reject(response) => (response.code, verified_before),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn its_signature_counts_while_the_same_keys_are_held() {
    let mut side = warm();
    assert_eq!(side.ask("/orders", START + 1), ("forwarded", true));
    // The set is fetched again and has not changed.
    publish(&mut side.keys, START + 100, &Signer::ed_dsa().jwks("key-1"));
    assert_eq!(side.ask("/orders", START + 101), ("forwarded", true));
}

#[test]
fn its_signature_is_verified_again_with_other_keys() {
    let mut side = warm();
    let other = Signer::rs256().jwks("key-2");
    let both = format!(
        "{},{}",
        Signer::ed_dsa().jwks("key-1").trim_end_matches("]}"),
        other.trim_start_matches(r#"{"keys":["#),
    );
    publish(&mut side.keys, START + 60, &both);
    assert_eq!(side.ask("/orders", START + 61), ("forwarded", false));
    assert_eq!(side.ask("/orders", START + 62), ("forwarded", true));
    // The token's key is revoked.
    publish(&mut side.keys, START + 120, &other);
    assert_eq!(side.ask("/orders", START + 121), ("key_unknown", false));
    // The same key is published again.
    publish(&mut side.keys, START + 180, &Signer::ed_dsa().jwks("key-1"));
    assert_eq!(side.ask("/orders", START + 181), ("forwarded", false));
}

#[test]
fn time_audience_and_rules_are_checked_every_time() {
    let mut side = warm();
    assert_eq!(side.ask("/billing", START + 1), ("audience_mismatch", true));
    assert_eq!(side.ask("/admin", START + 1), ("permission_denied", true));
    assert_eq!(side.ask("/orders", START + 304), ("forwarded", true));
    assert_eq!(side.ask("/orders", START + 305), ("token_expired", true));
}

#[test]
fn another_token_is_another_one() {
    let mut side = warm();
    let token = side.token.clone();
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let (code, verified_before) = side.ask_with(&changed, "/orders", START + 1);
        assert!(code != "forwarded" && !verified_before, "{at}: {code}");
    }
    assert_eq!(side.ask("/orders", START + 1), ("forwarded", true));
}
