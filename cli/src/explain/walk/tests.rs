use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drawbridge::pipeline::Step;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

use super::*;

const NOW: u64 = 1_800_000_000;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn jwks(seed: u8) -> Value {
    let x = URL_SAFE_NO_PAD.encode(key(seed).verifying_key().as_bytes());
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x}]})
}

fn signed(seed: u8, header: &Value, claims: &str) -> String {
    let input = [header.to_string(), claims.to_owned()].map(|part| URL_SAFE_NO_PAD.encode(part));
    let input = input.join(".");
    let signature = key(seed).sign(input.as_bytes()).to_bytes();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Two issuers in one header, a third elsewhere, and routes of every kind.
fn configurations() -> Vec<Config> {
    let provider = |name: &str, issuer: &str, seed: u8, header: &str| {
        json!({
            "name": name, "kind": "oidc", "issuer": format!("https://{issuer}.example"), "header": header,
            "audiences": ["api"], "algorithms": ["EdDSA"], "jwks": jwks(seed),
        })
    };
    let upstream = json!({"url": "https://backend.example.com/v1"});
    let routes = json!([
        {"path": "/public", "access": "public"},
        {"path": "/orders/*", "methods": ["POST"], "require": {"permissions_all": ["write"]}},
        {"path": "/orders/{id}", "methods": ["GET"], "providers": ["a"]},
        {"path": "/report", "require": {"users": ["nobody"]}, "mode": "report", "forward_token": true},
        {"path": "/me", "respond": "session"},
        {"path": "/files/*", "allow_in_path": ["%2f", "//"], "access": "public"},
        {"path": "/api/*", "upstream": "cut", "providers": ["c"]},
    ]);
    let base = json!({
        "public_url": "https://api.example.com",
        "unmatched": "session",
        "providers": [
            provider("a", "a", 1, "authorization"), provider("b", "b", 2, "authorization"),
            provider("c", "c", 3, "x-token"),
        ],
        "routes": routes,
        "upstreams": {"origin": upstream, "cut": {"url": "https://cut.example.com", "strip_prefix": "/api"}},
    });
    let changes = [
        json!({}),
        json!({"unmatched": "deny", "case_sensitive": true}),
        json!({"cors": {"allowed_origins": ["https://app.example"]}, "health_secret_name": "HEALTH"}),
    ];
    changes
        .iter()
        .map(|change| {
            let mut document = base.clone();
            for (name, value) in change.as_object().unwrap() {
                document[name] = value.clone();
            }
            Config::parse([("DRAWBRIDGE", document.to_string().as_str())]).unwrap()
        })
        .collect()
}

fn tokens() -> Vec<String> {
    let header = json!({"alg": "EdDSA", "kid": "k"});
    let claims = |changes: Value| {
        let mut claims =
            json!({"iss": "https://a.example", "aud": "api", "sub": "u", "exp": NOW + 60});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims.to_string()
    };
    let mut tokens = vec!["x".to_owned(), "e30.e30.AA".into(), "x".repeat(16_385)];
    for changes in [
        json!({}),
        json!({"scope": "write"}),
        json!({"iss": "https://b.example"}),
        json!({"iss": "https://c.example"}),
        json!({"iss": 5}),
        json!({"iss": null}),
        json!({"aud": "other"}),
        json!({"aud": null}),
        json!({"exp": NOW - 60}),
        json!({"exp": null}),
        json!({"nbf": NOW + 60}),
        json!({"sub": 7}),
    ] {
        tokens.extend([1, 2, 3].map(|seed| signed(seed, &header, &claims(changes.clone()))));
    }
    tokens.extend([
        signed(1, &json!({"alg": "RS256", "kid": "k"}), &claims(json!({}))),
        signed(1, &json!({"alg": "EdDSA", "kid": "other"}), &claims(json!({}))),
        signed(1, &json!({"alg": "EdDSA", "typ": "other"}), &claims(json!({}))),
        signed(1, &json!({"alg": "EdDSA", "crit": []}), &claims(json!({}))),
        signed(1, &header, "[]"),
    ]);
    tokens
}

/// The steps that can refuse with a code.
fn steps(code: &str) -> &'static [Step] {
    use Step::{
        Claims, Credential, Issuer, Key, Outcome, OwnPage, Path, Provider, Requirement, Route,
        Signature, Token,
    };
    match code {
        "algorithm_not_allowed" | "header_malformed" => &[Token, Issuer],
        "audience_mismatch" => &[Provider],
        "claim_mismatch" | "claim_missing" => &[Claims, Provider],
        "claims_malformed" => &[Issuer, Claims, Provider],
        "credential_ambiguous" | "credential_malformed" | "token_missing" | "token_too_large" => {
            &[Credential]
        }
        "header_critical" | "token_malformed" => &[Token],
        "issuer_mismatch" => &[Issuer, Provider],
        "key_unknown" => &[Key],
        "method_not_allowed" => &[OwnPage, Path, Route],
        "path_ambiguous" => &[Path, Route],
        "permission_denied" => &[Requirement, Outcome],
        "route_unknown" => &[OwnPage, Route, Outcome],
        "signature_invalid" => &[Signature],
        "token_expired" | "token_not_yet_valid" => &[Claims],
        other => panic!("{other}"),
    }
}

/// Judges and explains a request, and returns the outcome if both agree.
fn agrees(config: &Config, request: &Received) -> String {
    let now = UnixMillis::from_seconds(NOW);
    let gateway = Gateway::new(config.clone(), stand_ins(config), || [7; 16]).unwrap();
    let verdict = gateway.judge(&incoming(request), &mut gateway.key_caches(), now).verdict;
    let keys = Keys::new(&[], config).unwrap();
    let report = walk(config.clone(), keys, request, now).unwrap();
    let (entries, summary) = report.parts();
    assert!(entries.is_sorted_by(|a, b| a.step < b.step), "{entries:?}");
    let last = entries.last().unwrap().step;
    let allowed = match &verdict {
        Verdict::Reject(response) => {
            assert_eq!(summary.data["code"], response.code);
            assert_eq!(summary.data["status"], response.status);
            assert!(steps(response.code).contains(&last), "{} at {last:?}", response.code);
            false
        }
        Verdict::Forward(forward) => {
            assert_eq!((&summary.data["url"], last), (&forward.url().into(), Step::Outcome));
            true
        }
        Verdict::Answer(answer) => {
            assert_eq!(summary.data["status"], answer.status);
            assert!([Step::OwnPage, Step::Preflight, Step::Outcome].contains(&last));
            true
        }
        Verdict::Health { detailed } => {
            assert_eq!((&summary.data["detailed"], last), (&(*detailed).into(), Step::OwnPage));
            true
        }
        Verdict::Wait { .. } => panic!("the keys are there"),
    };
    assert_eq!(summary.allowed, allowed);
    summary.data["code"].as_str().unwrap_or(summary.data["outcome"].as_str().unwrap()).to_owned()
}

/// What the requests of the test below must lead to, so that no outcome goes untested.
const OUTCOMES: [&str; 23] = [
    "algorithm_not_allowed",
    "answered",
    "audience_mismatch",
    "claim_missing",
    "claims_malformed",
    "credential_ambiguous",
    "credential_malformed",
    "forwarded",
    "header_critical",
    "header_malformed",
    "health",
    "issuer_mismatch",
    "key_unknown",
    "method_not_allowed",
    "path_ambiguous",
    "permission_denied",
    "route_unknown",
    "signature_invalid",
    "token_expired",
    "token_malformed",
    "token_missing",
    "token_not_yet_valid",
    "token_too_large",
];

const PATHS: [&str; 17] = [
    "/",
    "/public",
    "/public/",
    "/Public",
    "/orders",
    "/orders/1",
    "/orders/1/2",
    "/report",
    "/me",
    "/files/a%2Fb",
    "/files//x",
    "/x//y",
    "/a%2Fb",
    "/api/x",
    "/api",
    "/.well-known/drawbridge/health",
    "/.well-known/drawbridge/x",
];

/// Header fields without a token, with each token, and with some tokens elsewhere.
fn heads() -> Vec<Vec<(String, String)>> {
    let tokens = tokens();
    let field = |name: &str, value: String| (name.to_owned(), value);
    let mut heads = vec![
        vec![],
        vec![field("authorization", "Basic x".into())],
        vec![field("authorization", "Bearer a, Bearer b".into())],
        vec![field("authorization", "Bearer a".into()), field("x-token", "b".into())],
    ];
    let bearers =
        tokens.iter().map(|token| vec![field("authorization", format!("Bearer {token}"))]);
    heads.extend(bearers);
    heads.extend(tokens.iter().step_by(5).map(|token| vec![field("x-token", token.clone())]));
    heads
}

fn request(method: &str, path: &str, headers: &[(String, String)]) -> Received {
    let url = format!("https://api.example.com{path}");
    let (method, headers) = (method.to_owned(), headers.to_vec());
    Received { method, url, headers, has_body: false, notes: Vec::new() }
}

fn preflight(path: &str) -> Received {
    let headers = [("origin", "https://app.example"), ("access-control-request-method", "POST")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    request("OPTIONS", path, &headers)
}

#[test]
fn what_is_explained_is_what_is_judged() {
    let heads = heads();
    let mut outcomes = BTreeSet::new();
    for config in configurations() {
        for path in PATHS {
            for (index, head) in heads.iter().enumerate() {
                for methods in [["GET", "POST", "HEAD"], ["POST", "TRACE", "GET"]] {
                    let method = methods[index % methods.len()];
                    outcomes.insert(agrees(&config, &request(method, path, head)));
                }
            }
            outcomes.insert(agrees(&config, &preflight(path)));
        }
    }
    assert_eq!(outcomes.iter().map(String::as_str).collect::<Vec<_>>(), OUTCOMES);
}
