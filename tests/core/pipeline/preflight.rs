//! Preflights, with CORS rules in the configuration and without.

use super::{Side, bearer, field};
use drawbridge::pipeline::Verdict;
use drawbridge::upstream::Forward;
use serde_json::{Value, json};

const ORIGIN: (&str, &str) = ("origin", "https://page.example");
const POST: (&str, &str) = ("access-control-request-method", "POST");

fn with_cors() -> Side {
    Side::new(&json!({"cors": {"allowed_origins": ["https://page.example"]}}))
}

fn without_cors(routes: &Value) -> Side {
    Side::new(&json!({"routes": routes}))
}

fn allowed_origin(forward: &Forward) -> Option<&str> {
    field(forward.response_headers()?, "access-control-allow-origin")
}

#[test]
fn a_preflight_is_answered_if_there_are_rules() {
    let mut side = with_cors();
    for path in ["/login", "/unknown", "/public/x"] {
        let Verdict::Answer(answer) = side.verdict("OPTIONS", path, &[ORIGIN, POST]) else {
            panic!("{path}");
        };
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        assert_eq!(field(&answer.headers, "access-control-allow-origin"), Some(ORIGIN.1));
        assert_eq!(field(&answer.headers, "cache-control"), Some("no-store"));
    }
}

#[test]
fn a_request_without_origin_method_or_options_is_no_preflight() {
    let mut side = with_cors();
    for (method, fields) in [
        ("OPTIONS", &[ORIGIN][..]),
        ("OPTIONS", &[POST]),
        ("OPTIONS", &[ORIGIN, ("access-control-request-method", "")]),
        ("OPTIONS", &[("origin", ""), POST]),
        ("POST", &[ORIGIN, POST]),
    ] {
        assert_eq!(side.refused(method, "/login", fields).code, "token_missing", "{fields:?}");
    }
}

#[test]
fn the_answers_to_other_requests_say_which_page_may_read_them() {
    let mut side = with_cors();
    let token = bearer(&json!({}));
    let session = ("authorization", token.as_str());
    let forward = side.forwarded("GET", "/login", &[ORIGIN, session]);
    assert_eq!(allowed_origin(&forward), Some(ORIGIN.1));
    let forward = side.forwarded("GET", "/public/x", &[]);
    assert_eq!(forward.response_headers(), Some(&[("vary", "Origin".to_owned())][..]));
    let response = side.refused("GET", "/login", &[ORIGIN]);
    assert_eq!(field(&response.headers, "access-control-allow-origin"), Some(ORIGIN.1));
    let Verdict::Answer(answer) = side.verdict("GET", "/me", &[ORIGIN, session]) else {
        panic!("it is answered with the session");
    };
    assert_eq!(field(&answer.headers, "access-control-allow-origin"), Some(ORIGIN.1));

    let mut silent = Side::new(&json!({}));
    assert_eq!(silent.forwarded("GET", "/public/x", &[ORIGIN]).response_headers(), None);
    let response = silent.refused("GET", "/login", &[ORIGIN]);
    assert_eq!(field(&response.headers, "vary"), None);
}

#[test]
fn without_rules_a_preflight_passes_if_the_announced_request_would() {
    let mut side = without_cors(&json!([
        {"path": "/public", "access": "public", "methods": ["POST"], "upstream": "origin"},
        {"path": "/public", "methods": ["PUT"], "upstream": "first"},
        {"path": "/named", "access": "public", "methods": ["POST"], "upstream": "origin"},
        {"path": "/named", "methods": ["OPTIONS"], "upstream": "first"},
        {"path": "/login", "upstream": "origin"},
    ]));
    assert_eq!(side.forwarded("OPTIONS", "/public", &[ORIGIN, POST]).upstream(), 1);
    for (path, fields, code) in [
        ("/public", &[ORIGIN][..], "method_not_allowed"),
        ("/public", &[ORIGIN, ("access-control-request-method", "PUT")], "method_not_allowed"),
        ("/login", &[ORIGIN, POST], "token_missing"),
        // A route that names OPTIONS decides about preflights, too.
        ("/named", &[ORIGIN, POST], "token_missing"),
    ] {
        assert_eq!(side.refused("OPTIONS", path, fields).code, code, "{path} {fields:?}");
    }
}

#[test]
fn a_preflight_may_have_the_quirks_of_the_announced_request() {
    let routes = json!([
        {"path": "/files/*", "methods": ["POST"], "allow_in_path": ["%2f"], "upstream": "origin"},
    ]);
    let code = |side: &mut Side, fields: &[(&str, &str)]| {
        side.refused("OPTIONS", "/files/a%2fb", fields).code
    };
    let mut side = without_cors(&routes);
    assert_eq!(code(&mut side, &[ORIGIN, POST]), "method_not_allowed");
    assert_eq!(code(&mut side, &[ORIGIN]), "path_ambiguous");
    let get = ("access-control-request-method", "GET");
    assert_eq!(code(&mut side, &[ORIGIN, get]), "path_ambiguous");
    assert_eq!(side.refused("POST", "/files/a%2fb", &[]).code, "token_missing");
    assert_eq!(side.refused("POST", "/files/a;b", &[]).code, "path_ambiguous");
}
