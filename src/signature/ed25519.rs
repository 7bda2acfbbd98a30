//! Ed25519 (RFC 8032, section 5.1) with strict verification: a signature has only one valid
//! encoding.

mod precomputed_table;

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::rc::Rc;
use std::sync::LazyLock;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha512};

use super::jwk::Jwk;
use super::key_fault::KeyFault;
use super::verification_key::{KnownAnswer, VerificationKey};
use precomputed_table::PrecomputedTable;

/// The number of signatures that a key verifies before it gets a precomputed table. The table pays
/// off after as many signatures again. Signatures that do not verify are not counted, so nobody can
/// cause this work with forged tokens.
const PREPARE_AFTER: u8 = 16;

static BASE_POINT: LazyLock<PrecomputedTable> =
    LazyLock::new(|| PrecomputedTable::of(&ED25519_BASEPOINT_POINT));

/// A canonical public key of large order.
#[derive(Clone)]
pub struct PublicKey {
    key: VerifyingKey,
    verified: Cell<u8>,
    /// The table of the negative of the key's point.
    prepared: OnceCell<Rc<PrecomputedTable>>,
}

impl PublicKey {
    /// Makes a key from its 32-byte encoding (RFC 8032, section 5.1.5).
    ///
    /// # Errors
    /// A [`KeyFault`] unless `x` is the canonical encoding of a point of large order.
    pub fn new(x: &[u8]) -> Result<Self, KeyFault> {
        let bytes = x.try_into().map_err(|_| KeyFault::Malformed)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyFault::Malformed)?;
        // Decompression reduces y modulo p, but RFC 8032, section 5.1.3 demands y < p.
        if key.to_edwards().compress().as_bytes() != bytes {
            return Err(KeyFault::Malformed);
        }
        if key.is_weak() {
            return Err(KeyFault::Weak);
        }
        Ok(Self { key, verified: Cell::new(0), prepared: OnceCell::new() })
    }

    fn count(&self) {
        self.verified.set(self.verified.get().saturating_add(1));
        if self.verified.get() >= PREPARE_AFTER {
            self.prepare();
        }
    }

    #[expect(clippy::arithmetic_side_effects, reason = "a point always has a negative")]
    fn prepare(&self) -> &PrecomputedTable {
        self.prepared.get_or_init(|| Rc::new(PrecomputedTable::of(&-self.key.to_edwards())))
    }

    /// Verifies with the table. Returns `None` if the signature has the wrong length or S is not
    /// canonical.
    ///
    /// The verdict is that of `verify_strict`. Both compute the point S B - k A and accept only the
    /// encoding of this point as R. So R is canonical without being decoded, and R has small order
    /// exactly if this point has.
    #[expect(clippy::arithmetic_side_effects, reason = "points always add up to a point")]
    fn verify_prepared(
        &self,
        negative_key: &PrecomputedTable,
        message: &[u8],
        signature: &[u8],
    ) -> Option<bool> {
        let (r, s) = signature.split_first_chunk::<32>()?;
        let s = Scalar::from_canonical_bytes(s.try_into().ok()?).into_option()?;
        let hash = Sha512::new().chain_update(r).chain_update(self.key.as_bytes());
        let hash = hash.chain_update(message).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&hash.into());
        let expected = BASE_POINT.times(&s) + negative_key.times(&k);
        Some(expected.compress().as_bytes() == r && !expected.is_small_order())
    }
}

impl VerificationKey for PublicKey {
    // RFC 9864 gave EdDSA with Ed25519 a second name.
    const NAMES: &'static [&'static str] = &["EdDSA", "Ed25519"];
    const KEY_TYPE: &'static str = "OKP";
    const CURVE: Option<&'static str> = Some("Ed25519");

    /// The key is from RFC 8037, appendix A.2, the signature from appendix A.4.
    const KNOWN_ANSWER: KnownAnswer = KnownAnswer {
        jwk: r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        token: [
            "eyJhbGciOiJFZERTQSJ9",
            "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        ],
    };

    fn from_jwk(jwk: Jwk<'_>) -> Result<Self, KeyFault> {
        Self::new(&jwk.bytes("x")?)
    }

    /// Verifies without cofactor. Refuses an S that is not below the group order, and an R that is
    /// not canonical or has small order.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        if let Some(negative_key) = self.prepared.get() {
            return self.verify_prepared(negative_key, message, signature).unwrap_or(false);
        }
        let verified = Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok());
        if verified {
            self.count();
        }
        verified
    }
}

/// Compares the keys only: the table follows from the key, and the count does not matter.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.key).finish()
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "nothing here overflows")]
mod tests;
