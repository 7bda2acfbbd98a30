//! What a refused caller is told.

use super::{Side, bearer, document, field};
use drawbridge::pipeline::{Incoming, Verdict};
use drawbridge::rejection::Rejection;
use drawbridge::request::Headers;
use serde_json::{Value, json};

fn realm(side: &mut Side, url: &str) -> String {
    match side.judge("GET", url, &[]).verdict {
        Verdict::Reject(response) => {
            let challenge = field(&response.headers, "www-authenticate").unwrap().to_owned();
            challenge.split('"').nth(1).unwrap().to_owned()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_status_is_the_one_on_which_all_providers_agree() {
    let mut side = Side::new(&json!({}));
    // `jtl` has the status 403, and `login` the default.
    for (path, fields, expected) in [
        ("/jtl", [("x-session-id", "x")], ("token_malformed", 403)),
        ("/login", [("authorization", "Bearer x")], ("token_malformed", 401)),
        ("/both", [("x-session-id", "x")], ("token_malformed", 403)),
        ("/both", [("authorization", "Bearer x")], ("token_malformed", 401)),
    ] {
        let response = side.refused("GET", path, &fields);
        assert_eq!((response.code, response.status), expected, "{path} {fields:?}");
    }
    let large = "x".repeat(17_000);
    for (path, status) in [("/jtl", 403), ("/both", 401)] {
        let response = side.refused("GET", path, &[("x-session-id", &large)]);
        assert_eq!((response.code, response.status), ("token_too_large", status), "{path}");
    }
}

#[test]
fn the_texts_of_jtls_tutorial_are_for_its_clients_alone() {
    let mut side = Side::new(&json!({}));
    for (path, error) in [
        ("/jtl", "Session token is required"),
        ("/both", "invalid_request"),
        ("/login", "invalid_request"),
    ] {
        let response = side.refused("GET", path, &[]);
        let body: Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!((response.code, &body["error"]), ("token_missing", &json!(error)), "{path}");
    }
    // If no provider is concerned, the wording is the standard one.
    let response = side.refused("GET", "/unknown", &[]);
    let body: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!((response.status, &body["error"]), (404, &json!("route_unknown")));
}

#[test]
fn a_refused_method_is_answered_with_the_allowed_ones() {
    let routes = json!([
        {"path": "/a", "methods": ["POST", "GET"], "upstream": "origin"},
        {"path": "/a", "methods": ["DELETE"], "upstream": "origin"},
        {"path": "/b", "methods": ["POST"], "upstream": "origin"},
    ]);
    let mut side = Side::new(&json!({"routes": routes}));
    for (path, allow) in [("/a", "DELETE, GET, HEAD, POST"), ("/b", "POST")] {
        let response = side.refused("PUT", path, &[]);
        assert_eq!((response.code, response.status), ("method_not_allowed", 405));
        assert_eq!(field(&response.headers, "allow"), Some(allow), "{path}");
    }
}

#[test]
fn the_ray_is_in_the_body_and_head_has_none() {
    let mut side = Side::new(&json!({}));
    let response = side.refused("GET", "/login", &[("cf-ray", "8a1-FRA")]);
    assert!(response.body.contains(r#""instance":"8a1-FRA""#), "{}", response.body);
    assert_eq!(side.refused("HEAD", "/login", &[]).body, "");
}

#[test]
fn the_realm_is_the_public_url_or_the_requests_own_host() {
    let mut side = Side::new(&json!({"public_url": ["https://a.example/x/", "https://b.example"]}));
    assert_eq!(realm(&mut side, "https://b.example/login"), "https://a.example/x");
    let mut document = document(&json!({
        "providers": [{"name": "mc", "kind": "merchant-center", "regions": ["gcp-eu"]}],
        "unmatched": "session",
        "upstreams": {"origin": {"url": "https://backend.example.com"}},
        "routes": [],
    }));
    document.as_object_mut().unwrap().remove("public_url");
    let mut side = Side::of(&document);
    for (url, expected) in [
        ("http://api.example.com:8080/x", "https://api.example.com:8080"),
        ("https://localhost:8787/x", "http://localhost:8787"),
        ("https://[::1]:8787/x", "http://[::1]:8787"),
    ] {
        assert_eq!(realm(&mut side, url), expected);
    }
    // A request with an invalid host has no public URL, with which its token could be compared.
    let token = bearer(&json!({}));
    let fields = [("authorization", token.as_str())];
    let Verdict::Reject(response) = side.judge("GET", "https://a b/x", &fields).verdict else {
        panic!("there is no such host");
    };
    assert_eq!(response.code, "path_ambiguous");
    let Verdict::Reject(response) = side.judge("GET", "https://a.example/x", &fields).verdict
    else {
        panic!("the token is of another kind");
    };
    assert_eq!(response.code, "algorithm_not_allowed");
}

#[test]
fn the_shell_has_reasons_of_its_own() {
    let side = Side::new(&json!({}));
    let headers: Headers<'_> = [("cf-ray", "8a1-FRA")].into_iter().collect();
    let incoming = Incoming { method: "GET", url: "https://api.example.com/login", headers };
    let response = side.gateway.reject(&incoming, &Rejection::UpstreamTimeout);
    assert_eq!((response.status, response.code), (504, "upstream_timeout"));
    assert!(response.body.contains("8a1-FRA"));
}
