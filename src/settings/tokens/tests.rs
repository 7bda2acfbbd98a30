use super::*;
use serde_json::json;

const TOKEN: &str = "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl";

#[test]
fn a_token_is_a_fault_wherever_it_stands() {
    let faults = Faults::default();
    faults.add("routes[0].path", "is wrong already");
    let document = json!({
        "routes": [{"path": format!("/{TOKEN}"), "providers": ["mc", TOKEN]}, {"path": "/plain"}],
        "upstreams": {TOKEN: {"url": 1}},
        "providers": [{"name": "oidc", "jwks": {"keys": [{"kid": TOKEN}]}}],
    });
    refuse_tokens("", &document, &faults);
    let faults: Vec<String> = faults.into_sorted().iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "routes[0].path: is wrong already",
            "routes[0].providers[1]: has a token; a configuration holds no tokens and no secrets",
            "upstreams.eyJh…: is a token; a configuration holds no tokens",
        ],
    );
}
