//! The header fields that tell a backend who the caller is.

use drawbridge::config::Config;
use drawbridge::pipeline::{Gateway, Incoming, Verdict};
use drawbridge::secrets::Secrets;
use drawbridge::time::UnixMillis;
use serde_json::{Value, json};

use super::percent::decode;
use super::signing::Signer;

struct Rig {
    signer: Signer,
    gateway: Gateway,
}

thread_local! {
    static RIG: Rig = Rig::new();
}

/// Checks that any claim makes legal field values (RFC 9110, section 5.5). Percent-decoding
/// restores the claim.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.is_empty() {
        return;
    }
    let items: Vec<&str> = text.split('\n').filter(|item| !item.is_empty()).collect();
    let claim: Value = serde_json::from_str(text).unwrap_or_default();
    RIG.with(|rig| {
        let Some(fields) = rig.identity(text, &items, &claim) else { return };
        let get = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        for (_, value) in &fields {
            assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{value:?}");
            assert_eq!(value.trim(), value);
        }
        let back = |value: &str| String::from_utf8(decode(value.as_bytes())).unwrap();
        assert_eq!(get("x-verified-user").map(back).as_deref(), Some(text));
        let listed =
            get("x-verified-permissions").map(|value| value.split(' ').map(back).collect());
        assert_eq!(listed.unwrap_or_else(Vec::new), items);
        let claimed = get("x-verified-claim");
        match &claim {
            Value::Null | Value::Object(_) => assert_eq!(claimed, None),
            Value::String(value) => assert_eq!(claimed.map(back).as_ref(), Some(value)),
            Value::Array(values) if values.iter().all(Value::is_string) => {
                let split = |value: &str| value.split(' ').map(|item| back(item).into()).collect();
                let found: Vec<Value> = claimed.map(split).unwrap_or_default();
                // An empty item is left out of the list.
                let expected: Vec<&Value> = values.iter().filter(|value| *value != "").collect();
                assert_eq!(found.iter().collect::<Vec<_>>(), expected);
            }
            Value::Array(_) => {}
            Value::Number(number) if number.is_f64() => {
                let number = number.as_f64().unwrap();
                let near = |text: &str| {
                    (text.parse::<f64>().unwrap() - number).abs() <= number.abs() * 1e-15
                };
                assert_eq!(claimed.is_some_and(near), number.abs() < 9_007_199_254_740_992.0);
            }
            value => assert_eq!(claimed, Some(value.to_string().as_str())),
        }
    });
}

impl Rig {
    fn new() -> Self {
        let signer = Signer::ed_dsa();
        let jwks: Value = serde_json::from_str(&signer.jwks("key-1")).unwrap();
        let document = json!({
            "providers": [{
                "name": "p", "kind": "oidc", "issuer": "https://login.example.com",
                "audiences": ["a"], "algorithms": ["EdDSA"], "jwks": jwks, "header": "x-token",
            }],
            "upstreams": {"origin": {
                "url": "https://backend.example.com",
                "identity_headers": {
                    "x-verified-user": "user_id", "x-verified-permissions": "permissions",
                    "x-verified-claim": "claims.claim",
                },
            }},
        });
        let config = Config::parse([("DRAWBRIDGE", document.to_string().as_str())]).unwrap();
        let gateway = Gateway::new(config, Secrets::default(), || [0; 16]).unwrap();
        Self { signer, gateway }
    }

    /// Returns the identity headers; `None` if the token is larger or deeper than tokens may be.
    fn identity(&self, user: &str, items: &[&str], claim: &Value) -> Option<Vec<(String, String)>> {
        let claims = json!({
            "iss": "https://login.example.com", "aud": "a", "exp": 2, "sub": user,
            "scp": items, "claim": claim,
        });
        let token = self.signer.sign(br#"{"alg":"EdDSA"}"#, claims.to_string().as_bytes());
        let incoming = Incoming {
            method: "GET",
            url: "https://api.example.com/orders",
            headers: [("x-token", token.as_str())].into_iter().collect(),
        };
        let mut keys = self.gateway.key_caches();
        match self.gateway.judge(&incoming, &mut keys, UnixMillis::from_seconds(1)).verdict {
            Verdict::Forward(forward) => Some(forward.identity().to_vec()),
            Verdict::Reject(response) => {
                let code = response.code;
                assert!(["token_too_large", "claims_malformed"].contains(&code), "{code}");
                None
            }
            other => panic!("{other:?}"),
        }
    }
}
