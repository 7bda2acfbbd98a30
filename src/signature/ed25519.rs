//! Ed25519 (RFC 8032, section 5.1), strict: one signature, one meaning.

use ed25519_dalek::{Signature, VerifyingKey};

use super::KeyFault;

/// A canonical public key of large order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    pub(super) fn new(x: &[u8]) -> Result<Self, KeyFault> {
        let bytes = x.try_into().map_err(|_| KeyFault::Malformed)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyFault::Malformed)?;
        // Decompression takes y modulo p; RFC 8032, section 5.1.3 wants y < p.
        if key.to_edwards().compress().as_bytes() != bytes {
            return Err(KeyFault::Malformed);
        }
        if key.is_weak() {
            return Err(KeyFault::Weak);
        }
        Ok(Self(key))
    }

    /// Verifies without cofactor, and refuses an S of the group order or more and an R that is not
    /// canonical or has small order.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2^255 - 19, little endian, with its lowest byte raised by `above`.
    fn field_prime_plus(above: u8) -> [u8; 32] {
        let mut bytes = [0xff; 32];
        bytes[0] = 0xed_u8.wrapping_add(above);
        bytes[31] = 0x7f;
        bytes
    }

    #[test]
    fn weak_and_non_canonical_keys_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::new(&identity), Err(KeyFault::Weak));
        assert_eq!(PublicKey::new(&[0; 32]), Err(KeyFault::Weak));
        for above in 0..=18 {
            assert!(PublicKey::new(&field_prime_plus(above)).is_err(), "p + {above}");
        }
        assert_eq!(PublicKey::new(&[0; 31]), Err(KeyFault::Malformed));
        assert_eq!(PublicKey::new(&[]), Err(KeyFault::Malformed));
    }
}
