//! A key pair in the form in which the worker and its backends read it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use sha2::{Digest as _, Sha256};

/// An Ed25519 key pair as the members of a JWK (RFC 8037, section 2).
pub struct Key {
    id: String,
    secret: String,
    public: String,
}

impl Key {
    /// Encodes a key pair. Its id is the thumbprint.
    pub fn new(key: &SigningKey) -> Self {
        let public = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        // RFC 7638, section 3: the required members in the order of their names, without white space.
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
        let id = URL_SAFE_NO_PAD.encode(Sha256::digest(members));
        Self { id, secret: URL_SAFE_NO_PAD.encode(key.to_bytes()), public }
    }

    /// Returns the JWK with the secret.
    pub fn secret_jwk(&self) -> String {
        let Self { id, secret, public } = self;
        format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{id}","d":"{secret}","x":"{public}"}}"#)
    }

    /// Returns the JWK that verifies.
    pub fn public_jwk(&self) -> String {
        let Self { id, public, .. } = self;
        format!(
            r#"{{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"{id}","x":"{public}"}}"#
        )
    }
}

#[cfg(test)]
mod tests;
