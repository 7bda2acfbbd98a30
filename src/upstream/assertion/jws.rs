//! Signs a JWT with Ed25519, as a compact JWS (RFC 7515, section 7.1). No other file of this crate
//! uses `jwt-compact`.
//!
//! `jwt-compact` signs only. Its verification accepts an unknown `crit`, and parses the claims before
//! it checks the signature. Callers' tokens are verified by [`crate::pipeline`] instead.

use std::borrow::Cow;

use ed25519_dalek::{Signer as _, SigningKey};
use jwt_compact::{Algorithm, AlgorithmExt as _, AlgorithmSignature, Claims, Header};
use serde::Serialize;

/// Signs claims, with `typ`, `alg` and the key's id in the header.
///
/// `iat` and `exp` must be among the claims as numbers: jwt-compact's own would need a clock type.
pub(super) fn sign(key_id: &str, claims: &impl Serialize, key: &SigningKey) -> String {
    let header = Header::empty().with_token_type("JWT").with_key_id(key_id);
    // Strings and numbers always serialise.
    EdDsa.token(&header, &Claims::new(claims), key).unwrap_or_default()
}

/// `EdDSA` (RFC 8037, section 3.1) as jwt-compact's model of an algorithm, with the Ed25519 that
/// the rest of this crate uses.
struct EdDsa;

struct Signature([u8; 64]);

impl AlgorithmSignature for Signature {
    fn try_from_slice(slice: &[u8]) -> anyhow::Result<Self> {
        Ok(Self(slice.try_into()?))
    }

    fn as_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.0)
    }
}

impl Algorithm for EdDsa {
    type SigningKey = SigningKey;
    type VerifyingKey = SigningKey;
    type Signature = Signature;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("EdDSA")
    }

    fn sign(&self, key: &SigningKey, message: &[u8]) -> Signature {
        Signature(key.sign(message).to_bytes())
    }

    fn verify_signature(&self, signature: &Signature, key: &SigningKey, message: &[u8]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        key.verifying_key().verify_strict(message, &signature).is_ok()
    }
}

#[cfg(test)]
mod tests;
