//! What every algorithm must answer.

use super::jwk::Jwk;
use super::key_fault::KeyFault;

/// Everything that the table must know of an algorithm. The compiler demands all of it for each
/// line.
pub trait VerificationKey: Sized {
    /// The `alg` values that mean the algorithm. The configuration uses the first one.
    const NAMES: &'static [&'static str];

    /// The `kty` of its keys (RFC 7517, section 4.1).
    const KEY_TYPE: &'static str;

    /// The `crv` of its keys (RFC 8037, section 2), if their type has curves.
    const CURVE: Option<&'static str>;

    /// A published signature for [`crate::pipeline::self_test`].
    const KNOWN_ANSWER: KnownAnswer;

    /// Reads the members that make up the key. The caller has already compared `kty` and `crv`.
    ///
    /// # Errors
    /// A [`KeyFault`] if the key material is malformed or too weak.
    fn from_jwk(jwk: Jwk<'_>) -> Result<Self, KeyFault>;

    /// Returns whether the private half of this key made `signature` over `message`.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool;
}

/// A signature that verifies.
#[derive(Clone, Copy, Debug)]
pub struct KnownAnswer {
    /// The public key, a JWK.
    pub jwk: &'static str,
    /// Header, payload and signature of a compact JWS.
    pub token: [&'static str; 3],
}
