//! A key pair in the form in which the worker and its backends read it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drawbridge::upstream::thumbprint;
use ed25519_dalek::SigningKey;

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
        let secret = URL_SAFE_NO_PAD.encode(key.to_bytes());
        Self { id: thumbprint(&key.verifying_key()), secret, public }
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
