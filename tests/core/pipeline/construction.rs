//! What a gateway needs before it can serve.

use super::{ASSERTION_KEY, Side, document};
use drawbridge::config::Config;
use drawbridge::pipeline::Gateway;
use drawbridge::secrets::Secrets;
use serde_json::json;

fn faults(secrets: &[(&str, &str)]) -> Vec<String> {
    let origin = json!({
        "url": "https://backend.example.com",
        "shared_secret": {"header": "x-origin-secret", "secret_name": "SHARED"},
        "assertion": {"signing_key_secret_name": ["KEY_A", "KEY_B"], "audience": "a"},
    });
    let document = document(
        &json!({"upstreams": {"first": {"url": "https://first.example.com"}, "origin": origin}}),
    );
    let config = Config::parse([("DRAWBRIDGE", document.to_string().as_str())]).unwrap();
    let secrets: Secrets =
        secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let faults = Gateway::new(config, secrets, || [0; 16]).err().unwrap_or_default();
    faults.iter().map(|fault| format!("{} {}", fault.place, fault.message)).collect()
}

#[test]
fn each_secret_is_there_and_what_it_must_be() {
    let all = [
        ("ID", "id"),
        ("SECRET", "secret"),
        ("SHARED", "shared"),
        ("KEY_A", ASSERTION_KEY),
        ("KEY_B", ASSERTION_KEY),
    ];
    assert_eq!(faults(&all), [""; 0]);
    for (index, (name, _)) in all.into_iter().enumerate() {
        let mut empty = all;
        empty[index].1 = "";
        let others = all.into_iter().filter(|(other, _)| *other != name).collect::<Vec<_>>();
        let expected = [format!("{name} is missing; set this secret")];
        assert_eq!(faults(&others), expected);
        assert_eq!(faults(&empty), expected);
    }
    let with = |name, value| {
        let others = all.into_iter().filter(|(other, _)| *other != name);
        faults(&others.chain([(name, value)]).collect::<Vec<_>>())
    };
    assert_eq!(with("KEY_B", "a key"), ["KEY_B is not a JWK"]);
    for value in ["Bearer abc", "Basic dXNlcjpw  x", "a"] {
        assert_eq!(with("SHARED", value), [""; 0]);
    }
    for value in ["line\nbreak", " a", "a ", " ", "a\tb", "ä"] {
        assert_eq!(with("SHARED", value), ["SHARED has a character that no header may hold"]);
    }
}

#[test]
fn the_shell_hands_in_and_strips_what_the_configuration_names() {
    let names = |side: &Side| side.gateway.read_headers().join(" ");
    let side = Side::new(&json!({}));
    assert_eq!(
        names(&side),
        "access-control-request-method authorization cf-ray origin x-session-id"
    );
    let jtl = json!({
        "name": "jtl", "kind": "jtl-session",
        "client_id_secret_name": "ID", "client_secret_secret_name": "SECRET",
    });
    let only_jtl = json!({"providers": [jtl], "routes": []});
    assert_eq!(
        names(&Side::new(&only_jtl)),
        "access-control-request-method cf-ray origin x-session-id"
    );
    let mut monitored = only_jtl;
    monitored["health_secret_name"] = json!("HEALTH");
    assert!(names(&Side::new(&monitored)).contains(" authorization "));

    let origin = json!({
        "url": "https://backend.example.com",
        "identity_headers": {"X_Caller.Name": "user_id"},
        "shared_secret": {"header": "X-Origin-Secret", "secret_name": "SHARED"},
    });
    let upstreams = json!({"first": {"url": "https://first.example.com", "identity_headers": {}}, "origin": origin});
    let side = Side::new(&json!({"upstreams": upstreams}));
    for upstream in [0, 1] {
        let removed = side.gateway.removed_of_sessions(upstream).unwrap();
        let of_public_routes = side.gateway.removed_of_public_routes(upstream).unwrap();
        for name in ["X.Caller_Name", "x-origin-secret", "te"] {
            assert!(removed.removes(name) && of_public_routes.removes(name), "{name}");
        }
        for name in ["authorization", "x-session-id"] {
            assert!(removed.removes(name) && !of_public_routes.removes(name), "{name}");
        }
        assert!(!removed.removes("x-caller") && !removed.removes("cookie"));
    }
    assert_eq!(side.gateway.removed_of_sessions(2), None);
    assert_eq!(side.gateway.removed_of_public_routes(2), None);
}

#[test]
fn a_secret_in_authorization_is_a_secret_of_its_own_upstream_only() {
    let secret = |header: &str| json!({"header": header, "secret_name": "SHARED"});
    let upstreams = json!({
        "first": {"url": "https://first.example.com", "shared_secret": secret("Authorization")},
        "origin": {"url": "https://backend.example.com", "shared_secret": secret("x-origin-secret")},
    });
    let jtl = json!({
        "name": "jtl", "kind": "jtl-session",
        "client_id_secret_name": "ID", "client_secret_secret_name": "SECRET",
    });
    let side = Side::new(&json!({"providers": [jtl], "upstreams": upstreams, "routes": []}));
    for upstream in [0, 1] {
        let lists = [
            side.gateway.removed_of_sessions(upstream).unwrap(),
            side.gateway.removed_of_public_routes(upstream).unwrap(),
        ];
        for removed in lists {
            assert_eq!(removed.removes("authorization"), upstream == 0);
            assert!(removed.removes("x-origin-secret"));
        }
    }
}

#[test]
fn a_gateway_shows_what_it_was_made_of() {
    let side = Side::new(&json!({}));
    assert_eq!(side.gateway.config().providers.len(), 2);
    assert_eq!(side.gateway.secrets().get("ID"), Some("secret"));
    assert_eq!(side.gateway.key_caches().caches().len(), 2);
}
