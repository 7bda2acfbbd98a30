//! The signing of a compact JWS.

use std::borrow::Cow;

use ed25519_dalek::{Signer as _, SigningKey};
use jwt_compact::{Algorithm, AlgorithmSignature};

/// `EdDSA` (RFC 8037, section 3.1) as jwt-compact's model of an algorithm, with the Ed25519 that
/// the rest of this crate uses. It signs; whatever is to be verified is so by [`crate::pipeline`].
pub(super) struct EdDsa;

pub(super) struct Signature([u8; 64]);

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
