//! What a backend receives, and what the worker answers itself.

use super::{NOW, Side, URL, bearer, jtl_token, publish};
use crate::signing::Signer;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drawbridge::pipeline::Verdict;
use drawbridge::rejection::Rejection;
use drawbridge::upstream::Forward;
use serde_json::{Value, json};

fn identity<'f>(forward: &'f Forward, name: &str) -> Option<&'f str> {
    let found = forward.identity().iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value.as_str())
}

fn session(side: &mut Side, fields: &[(&str, &str)]) -> Value {
    match side.verdict("GET", "/me", fields) {
        Verdict::Answer(answer) => serde_json::from_str(&answer.body).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn with_upstream(upstream: &Value, path: &str) -> Side {
    Side::new(&json!({
        "upstreams": {"first": {"url": "https://first.example.com"}, "second": upstream},
        "routes": [{"path": path, "upstream": "second"}],
    }))
}

#[test]
fn a_request_goes_to_the_routes_backend_with_path_and_query() {
    let mut side = Side::new(&json!({}));
    let token = bearer(&json!({}));
    let forward = side.forwarded("GET", "/login?page=2&x=%2f", &[("authorization", &token)]);
    assert_eq!(forward.upstream(), 1);
    assert_eq!(forward.url(), "https://backend.example.com/base/login?page=2&x=%2f");
    assert_eq!(identity(&forward, "x-verified-user"), Some("user-1"));
    assert_eq!(identity(&forward, "x-verified-provider"), Some("login"));
    assert_eq!(identity(&forward, "x-verified-expires"), Some((NOW + 59).to_string().as_str()));
    assert_eq!(forward.kept(), None);
    let forward = side.forwarded("GET", "/public/x", &[("authorization", &token)]);
    assert_eq!(forward.identity(), []);
}

#[test]
fn a_prefix_is_cut_and_a_path_beside_it_goes_nowhere() {
    let second = json!({"url": "https://second.example.com/v1", "strip_prefix": "/api"});
    let mut side = Side::new(&json!({
        "upstreams": {"first": {"url": "https://first.example.com"}, "second": second},
        "routes": [{"path": "/api/*", "access": "public", "upstream": "second"}],
    }));
    let url = side.forwarded("GET", "/api/orders?x", &[]).url().to_owned();
    assert_eq!(url, "https://second.example.com/v1/orders?x");
    assert_eq!(side.refused("GET", "/other", &[]).code, "route_unknown");
}

#[test]
fn the_token_is_sent_on_if_the_route_says_so() {
    let routes = json!([{"path": "/login", "forward_token": true, "upstream": "origin"}]);
    let mut side = Side::new(&json!({"routes": routes}));
    let forward = side.forwarded("GET", "/login", &[("authorization", &bearer(&json!({})))]);
    assert_eq!(forward.kept(), Some("authorization"));
    let forward = side.forwarded("GET", "/login", &[("x-session-id", &jtl_token())]);
    assert_eq!(forward.kept(), Some("x-session-id"));
}

#[test]
fn on_a_public_route_every_credential_is_the_backends() {
    let mut side = Side::new(&json!({}));
    let token = bearer(&json!({}));
    for value in ["Basic abc", "Bearer abc", "Bearer", &token, "Basic abc, bearer x"] {
        let forward = side.forwarded("POST", "/public/hook", &[("authorization", value)]);
        assert!(forward.session().is_none() && forward.kept().is_none(), "{value}");
        for name in ["authorization", "x-session-id", "cookie", "x_session_id"] {
            assert!(!side.gateway.removes(&forward, name), "{name}");
        }
        assert!(side.gateway.removes(&forward, "x-verified-user"));
    }
    let forward = side.forwarded("GET", "/login", &[("authorization", &token)]);
    for name in ["authorization", "x-session-id", "x_session_id", "x-verified-user"] {
        assert!(side.gateway.removes(&forward, name), "{name}");
    }
    assert!(!side.gateway.removes(&forward, "cookie"));
}

#[test]
fn claims_that_no_field_can_hold_are_left_out_and_named() {
    let headers = json!({"x-department": "claims.department", "x-roles": "claims.roles"});
    let upstream = json!({"url": "https://second.example.com", "identity_headers": headers});
    let mut side = with_upstream(&upstream, "/login");
    let token = bearer(&json!({"department": {"name": "sales"}, "roles": ["a b", "c"]}));
    let forward = side.forwarded("GET", "/login", &[("authorization", &token)]);
    assert_eq!(forward.omitted(), ["x-department"]);
    assert_eq!(identity(&forward, "x-roles"), Some("a%20b c"));
    let shown = format!("{forward:?}");
    assert!(shown.contains("x-roles") && shown.contains("x-department"), "{shown}");
    assert!(!shown.contains("a%20b"), "{shown}");
}

#[test]
fn a_backend_is_shown_an_assertion() {
    let assertion = json!({"signing_key_secret_name": "KEY_A", "audience": "https://second.example.com", "lifetime_seconds": 30});
    let upstream = json!({"url": "https://second.example.com", "assertion": assertion});
    let mut side = with_upstream(&upstream, "/login");
    let token = bearer(&json!({}));
    let mut claims = || -> Value {
        let forward = side.forwarded("GET", "/login", &[("authorization", &token)]);
        let shown = identity(&forward, "x-verified-assertion").unwrap();
        let payload = shown.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    };
    let (first, second) = (claims(), claims());
    assert_ne!(first["jti"], second["jti"]);
    let mut expected = json!({
        "iss": URL, "aud": "https://second.example.com", "sub": "user-1",
        "iat": NOW, "exp": NOW + 30, "jti": first["jti"],
        "session": {
            "provider": "login", "issuer": "https://login.example.com",
            "userId": "user-1", "expiresAt": NOW + 59,
        },
    });
    assert_eq!(first, expected);
    expected["jti"] = second["jti"].clone();
    assert_eq!(second, expected);
}

#[test]
fn the_platforms_api_is_called_for_a_tenant_only() {
    let upstream = json!({"url": "https://api.example.net", "access_token_of": "jtl"});
    let mut side = Side::new(&json!({
        "providers": [
            {"name": "app", "kind": "jtl-app", "app_id": "app-1"},
            {
                "name": "jtl", "kind": "jtl-session",
                "client_id_secret_name": "ID", "client_secret_secret_name": "SECRET",
            },
        ],
        "upstreams": {"origin": {"url": "https://backend.example.com"}, "api": upstream},
        "routes": [{"path": "/erp", "upstream": "api"}, {"path": "/own", "upstream": "origin"}],
    }));
    publish(&mut side.keys, 0, &Signer::rs256().jwks("key-1"));
    let forward = side.forwarded("GET", "/erp", &[("x-session-id", &jtl_token())]);
    assert_eq!(forward.identity(), [("x-tenant-id".to_owned(), "tenant-2".to_owned())]);
    let app_token = |tenant: &Value| {
        let claims = json!({
            "iss": "https://id.jtl-cloud.com", "aud": "app-1", "sub": "user-1",
            "urn:jtl:tenant_id": tenant, "exp": NOW + 59,
        });
        let header = br#"{"alg":"RS256","kid":"key-1"}"#;
        format!("Bearer {}", Signer::rs256().sign(header, claims.to_string().as_bytes()))
    };
    let with_tenant = app_token(&json!("tenant-1"));
    let forward = side.forwarded("GET", "/erp", &[("authorization", &with_tenant)]);
    assert_eq!(forward.identity(), [("x-tenant-id".to_owned(), "tenant-1".to_owned())]);
    let without = app_token(&json!(""));
    let fields = [("authorization", without.as_str())];
    assert_eq!(side.refused("GET", "/erp", &fields).code, "permission_denied");
    assert_eq!(side.forwarded("GET", "/own", &fields).upstream(), 1);
}

#[test]
fn a_session_is_answered_as_its_platform_expects() {
    let mut side = Side::new(&json!({}));
    assert_eq!(
        session(&mut side, &[("x-session-id", &jtl_token())]),
        json!({"success": true, "userId": "user-2", "tenantId": "tenant-2"})
    );
    assert_eq!(
        session(&mut side, &[("authorization", &bearer(&json!({"scope": "read write"})))]),
        json!({
            "provider": "login", "issuer": "https://login.example.com", "userId": "user-1",
            "userPermissions": ["read", "write"], "expiresAt": NOW + 59,
        })
    );
    let Verdict::Answer(head) = side.verdict("HEAD", "/me", &[("x-session-id", &jtl_token())])
    else {
        panic!("it is answered with the session");
    };
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[test]
fn what_matches_no_route_needs_any_session_or_is_refused() {
    let token = bearer(&json!({}));
    let fields = [("authorization", token.as_str())];
    let mut side = Side::new(&json!({}));
    assert_eq!(side.refused("GET", "/unknown", &fields).code, "route_unknown");
    let origin = json!({"url": "https://backend.example.com"});
    let mut side =
        Side::new(&json!({"unmatched": "session", "upstreams": {"origin": origin}, "routes": []}));
    assert_eq!(side.refused("GET", "/unknown", &[]).code, "token_missing");
    let forward = side.forwarded("GET", "/unknown", &fields);
    assert_eq!(forward.url(), "https://backend.example.com/unknown");
}

#[test]
fn a_backend_is_told_the_host_and_the_scheme_that_were_asked() {
    let told = |side: &mut Side, path: &str, fields: &[(&str, &str)]| {
        let forward = side.forwarded("GET", path, fields);
        forward.forwarded().map(|forwarded| format!("{} {}", forwarded.scheme, forwarded.host))
    };
    let token = bearer(&json!({}));
    let fields = [("authorization", token.as_str())];
    let mut side = Side::new(&json!({}));
    for (path, fields) in [("/login", &fields[..]), ("/public/x", &[])] {
        assert_eq!(told(&mut side, path, fields).as_deref(), Some("https api.example.com"));
    }
    let other = json!(["https://first.example.org:8443", "https://api.example.com"]);
    let mut side = Side::new(&json!({"public_url": other}));
    assert_eq!(told(&mut side, "/public/x", &[]).as_deref(), Some("https api.example.com"));
    let mut side = Side::new(&json!({"public_url": "https://first.example.org:8443"}));
    assert_eq!(told(&mut side, "/public/x", &[]).as_deref(), Some("https first.example.org:8443"));
    let mut side = Side::new(&json!({
        "public_url": other,
        "upstreams": {"origin": {"url": "https://backend.example.com", "cache": "default"}},
        "routes": [{"path": "/public/*", "access": "public"}],
    }));
    assert_eq!(told(&mut side, "/public/x", &[]).as_deref(), Some("https first.example.org:8443"));
}

#[test]
fn the_fields_of_a_request_are_bounded() {
    let mut side = Side::new(&json!({}));
    let forward = side.forwarded("GET", "/public/x", &[]);
    let fields = |count: usize| -> Vec<(String, String)> {
        (0..count).map(|index| (format!("x-{index}"), "a, b, c".to_owned())).collect()
    };
    assert_eq!(forward.check_fields("GET", &fields(128)), Ok(()));
    let refused = Err(Rejection::HeadersTooMany { most: 128 });
    assert_eq!(forward.check_fields("GET", &fields(129)), refused);
}

#[test]
fn a_field_that_names_another_method_is_refused_on_behalf_of_a_session() {
    let mut side = Side::new(&json!({}));
    let open = side.forwarded("POST", "/public/x", &[]);
    let token = bearer(&json!({}));
    let own = side.forwarded("POST", "/login", &[("authorization", &token)]);
    for name in ["x-http-method-override", "x_http.method", "x-method_override"] {
        for (value, is_another) in [
            ("DELETE", true),
            ("POST, POST", true),
            ("GET", true),
            ("POSTS", true),
            ("PO\u{17f}T", true),
            ("POST", false),
            (" post\t", false),
            ("", false),
            ("\t ", false),
        ] {
            let fields = [("x-a".to_owned(), "DELETE".to_owned()), (name.to_owned(), value.into())];
            let expected = if is_another { Err(Rejection::MethodAmbiguous) } else { Ok(()) };
            assert_eq!(own.check_fields("POST", &fields), expected, "{name}: {value}");
            assert_eq!(open.check_fields("POST", &fields), Ok(()), "{name}: {value}");
        }
    }
    assert_eq!(own.check_fields("POST", &[("x-http-methods".into(), "PUT".into())]), Ok(()));
}
