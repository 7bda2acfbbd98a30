//! The pages of the worker itself.

use super::{Side, field};
use drawbridge::answer::Answer;
use drawbridge::pipeline::{Verdict, asks_for_health};
use drawbridge::time::UnixMillis;
use serde_json::{Value, json};

const HEALTH: &str = "/.well-known/drawbridge/health";
const JWKS: &str = "/.well-known/drawbridge/jwks.json";

fn asserting() -> Side {
    let assertion = json!({"signing_key_secret_name": ["KEY_A", "KEY_B"], "audience": "a"});
    let origin = json!({"url": "https://backend.example.com", "assertion": assertion});
    let upstreams = json!({"first": {"url": "https://first.example.com"}, "origin": origin});
    Side::new(&json!({"upstreams": upstreams}))
}

fn page(side: &mut Side, method: &str, path: &str) -> Answer {
    match side.verdict(method, path, &[]) {
        Verdict::Answer(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_keys_of_assertions_are_published() {
    let mut side = asserting();
    let answer = page(&mut side, "GET", JWKS);
    assert_eq!(answer.status, 200);
    assert_eq!(field(&answer.headers, "content-type"), Some("application/jwk-set+json"));
    assert_eq!(field(&answer.headers, "cache-control"), Some("public, max-age=300"));
    // Two secrets hold the same key. It is published once, without its private half.
    let set: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        set,
        json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            // The thumbprint is from RFC 8037, appendix A.3.
            "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        }]})
    );
    let head = page(&mut side, "HEAD", JWKS);
    assert_eq!((head.status, head.headers, head.body), (200, answer.headers, String::new()));
}

#[test]
fn nothing_else_is_there_and_nothing_is_forwarded() {
    let open = json!({"routes": [{"path": "/*", "access": "public", "upstream": "origin"}]});
    let mut side = Side::new(&open);
    for path in [
        JWKS, // without keys
        "/.well-known/drawbridge",
        "/.well-known/drawbridge/",
        "/.well-known/drawbridge/other",
        "/.WELL-known/Drawbridge/other",
        "/.well-known/%64rawbridge/other",
    ] {
        assert_eq!(side.refused("GET", path, &[]).code, "route_unknown", "{path}");
    }
    for path in ["/.well-known/drawbridges", "/.well-known/drawbridg", "/x/.well-known/drawbridge"]
    {
        assert_eq!(
            side.forwarded("GET", path, &[]).url(),
            format!("https://backend.example.com/base{path}")
        );
    }
}

#[test]
fn own_pages_are_read_only() {
    let mut side = asserting();
    for path in [HEALTH, JWKS] {
        let response = side.refused("POST", path, &[]);
        assert_eq!(response.code, "method_not_allowed", "{path}");
        assert_eq!(field(&response.headers, "allow"), Some("GET, HEAD"), "{path}");
    }
}

#[test]
fn details_of_health_are_for_those_who_know_the_secret() {
    let mut side = Side::new(&json!({"health_secret_name": "HEALTH"}));
    for (value, detailed) in [
        ("Bearer secret", true),
        ("bearer secret", true),
        ("Bearer secre", false),
        ("Basic secret", false),
        ("secret", false),
        ("", false),
    ] {
        let verdict = side.verdict("GET", HEALTH, &[("authorization", value)]);
        assert_eq!(verdict, Verdict::Health { detailed }, "{value}");
    }
    assert_eq!(side.verdict("HEAD", HEALTH, &[]), Verdict::Health { detailed: false });
    let mut without = Side::new(&json!({}));
    let verdict = without.verdict("GET", HEALTH, &[("authorization", "Bearer secret")]);
    assert_eq!(verdict, Verdict::Health { detailed: false });
}

#[test]
fn health_is_that_of_the_keys() {
    let side = Side::new(&json!({}));
    let now = UnixMillis::from_seconds(super::NOW);
    let answer = side.gateway.health(&side.keys, now, true, false);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &body["status"]), (200, &json!("ok")));
    let states = [&body["sources"][0]["state"], &body["sources"][1]["state"]];
    assert_eq!(states, ["inline", "fresh"]);
    let stale = side.gateway.health(&side.keys, now.plus(601_000), false, false);
    assert_eq!((stale.status, stale.body.as_str()), (200, r#"{"status":"degraded"}"#));
    assert_eq!(side.gateway.health(&side.keys, now, true, true).body, "");
}

#[test]
fn a_monitor_is_recognised_without_a_configuration() {
    for (method, url, expected) in [
        ("GET", format!("https://a.example{HEALTH}"), true),
        ("HEAD", format!("https://a.example{HEALTH}?x#y"), true),
        ("GET", format!("https://a.example{HEALTH}#y"), true),
        ("POST", format!("https://a.example{HEALTH}"), false),
        ("GET", format!("https://a.example{JWKS}"), false),
        ("GET", "https://a.example/".to_owned(), false),
    ] {
        assert_eq!(asks_for_health(method, &url), expected, "{method} {url}");
    }
}
