use serde_json::{Value, json};

use crate::config::tests::{faults_of, minimal, parse};

const JTL: &str = r#"{"name": "jtl", "kind": "jtl-session", "client_id_secret_name": "I", "client_secret_secret_name": "S"}"#;

fn two_providers(routes: Value) -> Value {
    let jtl: Value = serde_json::from_str(JTL).unwrap();
    json!({"providers": [minimal()["providers"][0], jtl], "routes": routes})
}

#[test]
fn what_happens_to_other_paths_must_be_said_where_a_route_demands_more_than_a_session() {
    for (routes, why) in [
        (json!([{"path": "/a", "require": {"users": ["u"]}}]), "routes[0] (/a) has a require"),
        (
            json!([{"path": "/a"}, {"path": "/b/*", "require": {"claims": {"x": [1]}}, "mode": "report"}]),
            "routes[1] (/b/*) has a require",
        ),
        (
            json!([{"path": "/a", "providers": ["jtl"]}, {"path": "/b", "require": {"users": ["u"]}}]),
            "routes[0] (/a) takes sessions of some providers only",
        ),
        (
            json!([{"path": "/a", "providers": ["mc"], "respond": "session"}]),
            "routes[0] (/a) takes sessions of some providers only",
        ),
    ] {
        let mut document = two_providers(routes);
        assert_eq!(
            faults_of(document.clone()),
            [format!(
                "unmatched: is required, because {why}; \"deny\" refuses a request that no route \
                 matches with 404; \"session\" sends it to https://backend.example.com for any \
                 session of mc or jtl, without that demand"
            )],
        );
        for choice in ["deny", "session"] {
            document["unmatched"] = json!(choice);
            assert_eq!(faults_of(document.clone()), [""; 0]);
        }
    }
}

#[test]
fn nothing_must_be_said_where_every_route_takes_every_session() {
    for routes in [
        json!([]),
        json!([{"path": "/a"}, {"path": "/b", "access": "public"}]),
        json!([{"path": "/a", "providers": ["jtl", "mc"]}, {"path": "/b"}]),
    ] {
        assert_eq!(faults_of(two_providers(routes)), [""; 0]);
    }
}

#[test]
fn the_fault_says_what_a_session_would_need() {
    let routes = json!([{"path": "/a", "upstream": "api", "require": {"users": ["u"]}}]);
    let fault = |upstreams: Value| {
        let mut document = minimal();
        document["upstreams"] = upstreams;
        document["routes"] = routes.clone();
        parse(&document).unwrap_err().into_iter().find(|f| f.starts_with("unmatched")).unwrap()
    };
    let api = json!({"url": "https://api.example.com"});
    assert!(
        fault(json!({"api": api}))
            .ends_with("needs an upstream \"origin\", and sends it there for any session")
    );
    // The upstream has a fault of its own.
    assert!(
        fault(json!({"api": api, "origin": {"url": "no"}}))
            .ends_with("sends it to upstream \"origin\" for any session, without that demand")
    );
}
