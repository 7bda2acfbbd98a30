//! The verdicts on requests: route, answer or backend, and record.

mod construction;
mod forward;
mod issuers;
mod own_pages;
mod preflight;
mod record;
mod rejection;

use std::rc::Rc;

use crate::signing::Signer;
use drawbridge::config::Config;
use drawbridge::keys::{Fetched, KeyCaches, KeySet, Outcome};
use drawbridge::pipeline::{Gateway, Incoming, Judgement, Verdict};
use drawbridge::rejection::RejectionResponse;
use drawbridge::secrets::Secrets;
use drawbridge::time::UnixMillis;
use drawbridge::upstream::Forward;
use serde_json::{Value, json};

const NOW: u64 = 1_800_000_000;
const URL: &str = "https://api.example.com";
/// The key of RFC 8037, appendix A.
const ASSERTION_KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// A gateway with two providers. The keys of `login` stand in the configuration; those of `jtl` are
/// in memory.
struct Side {
    gateway: Gateway,
    keys: KeyCaches,
}

/// Returns a configuration. `changes` replaces some of its members.
fn document(changes: &Value) -> Value {
    let jwks: Value = serde_json::from_str(&Signer::ed_dsa().jwks("key-1")).unwrap();
    let mut document = json!({
        "public_url": URL,
        "unmatched": "deny",
        "providers": [
            {
                "name": "login", "kind": "oidc", "issuer": "https://login.example.com", "jwks": jwks,
                "audiences": ["orders-api"], "algorithms": ["EdDSA"],
            },
            {
                "name": "jtl", "kind": "jtl-session", "reject_status": 403,
                "client_id_secret_name": "ID", "client_secret_secret_name": "SECRET",
            },
        ],
        "upstreams": {
            "first": {"url": "https://first.example.com"},
            "origin": {"url": "https://backend.example.com/base"},
        },
        "routes": [
            {"path": "/public/*", "access": "public", "upstream": "origin"},
            {"path": "/both", "upstream": "origin"},
            {"path": "/login", "providers": ["login"], "upstream": "origin"},
            {"path": "/jtl", "providers": ["jtl"], "upstream": "origin"},
            {"path": "/me", "respond": "session"},
            {"path": "/admin", "providers": ["login"], "require": {"users": ["admin"]}, "upstream": "origin"},
            {"path": "/report", "providers": ["login"], "require": {"users": ["admin"]}, "mode": "report", "upstream": "origin"},
        ],
    });
    for (name, value) in changes.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

fn secret(name: &str) -> (String, String) {
    let value = if name.contains("KEY") { ASSERTION_KEY } else { "secret" };
    (name.to_owned(), value.to_owned())
}

impl Side {
    fn new(changes: &Value) -> Self {
        let mut side = Self::of(&document(changes));
        if side.keys.sources().len() > 1 {
            publish(&mut side.keys, 1, &Signer::ed_dsa().jwks("key-2"));
        }
        side
    }

    fn of(document: &Value) -> Self {
        let document = document.to_string();
        let config = Config::parse([("DRAWBRIDGE", document.as_str())]).unwrap();
        let secrets: Secrets = config.secret_names().into_iter().map(secret).collect();
        let gateway = Gateway::new(config, secrets, || [0; 16]).unwrap();
        let keys = gateway.key_caches();
        Self { gateway, keys }
    }

    fn judge(&mut self, method: &str, url: &str, fields: &[(&str, &str)]) -> Judgement {
        let headers = fields.iter().copied().collect();
        let incoming = Incoming { method, url, headers };
        self.gateway.judge(&incoming, &mut self.keys, UnixMillis::from_seconds(NOW))
    }

    fn verdict(&mut self, method: &str, path: &str, fields: &[(&str, &str)]) -> Verdict {
        self.judge(method, &format!("{URL}{path}"), fields).verdict
    }

    fn refused(&mut self, method: &str, path: &str, fields: &[(&str, &str)]) -> RejectionResponse {
        match self.verdict(method, path, fields) {
            Verdict::Reject(response) => response,
            other => panic!("{other:?}"),
        }
    }

    fn forwarded(&mut self, method: &str, path: &str, fields: &[(&str, &str)]) -> Forward {
        match self.verdict(method, path, fields) {
            Verdict::Forward(forward) => forward,
            other => panic!("{other:?}"),
        }
    }
}

/// Gives these keys to a source.
fn publish(keys: &mut KeyCaches, source: usize, jwks: &str) {
    let now = UnixMillis::from_seconds(NOW);
    let cache = keys.cache(source).unwrap();
    let start = cache.refresh(now).unwrap();
    cache.kv_read(now, &start, None);
    let set = Fetched {
        keys: Rc::new(KeySet::parse(jwks.as_bytes()).unwrap()),
        document: jwks.into(),
        jwks_uri: "https://keys.example.com".into(),
        etag: None,
        fetched_at: now,
    };
    cache.fetched(now, &start, Outcome::Set(set)).unwrap();
}

/// Returns a field value with a token of `login`.
fn bearer(changes: &Value) -> String {
    let mut claims = json!({"iss": "https://login.example.com", "sub": "user-1", "aud": "orders-api", "exp": NOW + 59});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let header = br#"{"alg":"EdDSA","kid":"key-1"}"#;
    format!("Bearer {}", Signer::ed_dsa().sign(header, claims.to_string().as_bytes()))
}

/// Returns a token of `jtl`.
fn jtl_token() -> String {
    let claims = json!({"exp": NOW + 59, "userId": "user-2", "tenantId": "tenant-2"});
    let header = br#"{"alg":"EdDSA","kid":"key-2"}"#;
    Signer::ed_dsa().sign(header, claims.to_string().as_bytes())
}

fn field<'h>(headers: &'h [(&'static str, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(found, _)| *found == name).map(|(_, value)| value.as_str())
}
