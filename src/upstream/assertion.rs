//! The assertion: a JWT of the worker's own by which a backend knows that a request came through
//! it, and whose request it is, whatever the callers' issuers are.

mod jws;

use std::cell::{Cell, OnceCell};
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::json;
use crate::time::UnixMillis;

/// The header field that carries it.
pub const ASSERTION_HEADER: &str = "x-verified-assertion";

/// What a backend is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionPolicy {
    /// The names of one or two secrets with private keys: the first signs, both are published.
    pub signing_key_secret_names: Vec<String>,
    /// `aud`.
    pub audience: String,
    /// From `iat` to `exp`, in seconds.
    pub lifetime_seconds: u64,
}

/// A private Ed25519 key with its id. `Debug` shows the id only.
#[derive(Clone)]
pub struct AssertionKey {
    id: String,
    signing_key: SigningKey,
}

/// The registered claims (RFC 7519, section 4.1), and the session.
#[derive(Debug, Serialize)]
pub struct Assertion<'a> {
    /// The worker's public URL.
    pub iss: &'a str,
    /// The backend.
    pub aud: &'a str,
    /// The user's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<&'a str>,
    /// Seconds since the Unix epoch.
    pub iat: u64,
    /// Seconds since the Unix epoch.
    pub exp: u64,
    /// Different in each assertion.
    pub jti: String,
    /// The whole session, see [`crate::session::Session::to_value`].
    pub session: Value,
}

impl AssertionKey {
    /// Reads a private JWK (RFC 8037, section 2): `kty`, `crv`, `d` and `x`, which must belong
    /// together. Its `kid` is the one it has, else its thumbprint (RFC 7638).
    ///
    /// # Errors
    /// What is wrong, without any part of the key.
    pub fn parse(jwk: &str) -> Result<Self, &'static str> {
        let jwk = json::object(jwk.trim().as_bytes()).map_err(|_| "is not a JWK")?;
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if (text("kty"), text("crv")) != (Some("OKP"), Some("Ed25519")) {
            return Err("is not a JWK with kty \"OKP\" and crv \"Ed25519\"");
        }
        let bytes = |name: &str| -> Option<[u8; 32]> {
            URL_SAFE_NO_PAD.decode(text(name)?).ok()?.try_into().ok()
        };
        let secret = bytes("d").ok_or("is a JWK without a private key d of 32 bytes")?;
        let signing_key = SigningKey::from_bytes(&secret);
        if bytes("x") != Some(signing_key.verifying_key().to_bytes()) {
            return Err("is a JWK whose x does not belong to its d");
        }
        let id = match jwk.get("kid") {
            None => thumbprint(&signing_key.verifying_key()),
            Some(Value::String(id)) if !id.is_empty() => id.clone(),
            Some(_) => return Err("is a JWK whose kid is not a string"),
        };
        Ok(Self { id, signing_key })
    }

    /// Signs an assertion.
    pub fn sign(&self, assertion: &Assertion<'_>) -> String {
        jws::sign(&self.id, assertion, &self.signing_key)
    }

    /// The public half as a JWK.
    pub fn public_jwk(&self) -> Value {
        json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "x": encoded(&self.signing_key.verifying_key()),
            "kid": self.id,
            "alg": "EdDSA",
            "use": "sig",
        })
    }

    /// The JWK Set of these keys, each once.
    pub fn jwks<'k>(keys: impl Iterator<Item = &'k Self>) -> String {
        let mut members: Vec<Value> = Vec::new();
        for jwk in keys.map(Self::public_jwk) {
            if !members.contains(&jwk) {
                members.push(jwk);
            }
        }
        json!({ "keys": members }).to_string()
    }
}

impl fmt::Debug for AssertionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssertionKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Returns the `x` of a key's JWK.
fn encoded(key: &VerifyingKey) -> String {
    URL_SAFE_NO_PAD.encode(key.as_bytes())
}

/// Returns the thumbprint (RFC 7638) of the JWK of a public Ed25519 key.
pub fn thumbprint(key: &VerifyingKey) -> String {
    // Section 3 there: the required members (RFC 8037, section 2) in the order of their names, without
    // white space.
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encoded(key));
    URL_SAFE_NO_PAD.encode(Sha256::digest(jwk))
}

/// Names for assertions: unlike any other, here and in every other isolate.
#[derive(Clone, Debug)]
pub struct TokenIds {
    random: fn() -> [u8; 16],
    seed: OnceCell<[u8; 16]>,
    issued: Cell<u64>,
}

impl TokenIds {
    /// `random` is asked for random bytes with the first id.
    pub fn new(random: fn() -> [u8; 16]) -> Self {
        Self { random, seed: OnceCell::new(), issued: Cell::new(0) }
    }

    /// The next `jti`. Two of one isolate tell nothing about each other.
    pub fn next(&self, now: UnixMillis) -> String {
        let count = self.issued.get().wrapping_add(1);
        self.issued.set(count);
        let digest = Sha256::new()
            .chain_update(self.seed.get_or_init(self.random))
            .chain_update(count.to_be_bytes())
            .chain_update(now.millis().to_be_bytes())
            .finalize();
        URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
