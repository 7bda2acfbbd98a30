//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2.2), public-key operations only.
//!
//! The keys that issuers use, with the exponent 65537, are computed with by [`montgomery`]; all
//! others, and all with the feature `plain-rsa`, by `rsa`.

mod digits;
mod montgomery;
mod pair;
mod roca;

use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha2::{Digest, Sha256};

use super::KeyFault;
use montgomery::Modulus;

const MIN_MODULUS_BITS: usize = 2048;
const MAX_MODULUS_BITS: usize = 4096;
const MIN_EXPONENT: u64 = 65_537;
const MAX_EXPONENT: u64 = 1 << 32;

/// The DER encoding of `DigestInfo` up to the hash: RFC 8017, section 9.2, note 1.
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// Without it, no code of the arithmetic of our own is in the worker.
const OWN_ARITHMETIC: bool = cfg!(not(feature = "plain-rsa"));

/// A public key of acceptable strength.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    key: RsaPublicKey,
    prepared: Option<Modulus>,
}

impl PublicKey {
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyFault> {
        let n = BigUint::from_bytes_be(modulus);
        match n.bits() {
            0..MIN_MODULUS_BITS => return Err(KeyFault::Weak),
            MIN_MODULUS_BITS..=MAX_MODULUS_BITS => {}
            _ => return Err(KeyFault::TooLong),
        }
        if modulus.last().is_none_or(|last| last % 2 == 0) {
            return Err(KeyFault::Malformed);
        }
        if roca::has_fingerprint(modulus) {
            return Err(KeyFault::Weak);
        }
        let e = BigUint::from_bytes_be(exponent);
        let allowed = BigUint::from(MIN_EXPONENT)..=BigUint::from(MAX_EXPONENT);
        if !allowed.contains(&e) || exponent.last().is_none_or(|last| last % 2 == 0) {
            return Err(KeyFault::Exponent);
        }
        let usual = OWN_ARITHMETIC && e == BigUint::from(MIN_EXPONENT);
        let prepared = usual.then(|| Modulus::new(&n)).flatten();
        RsaPublicKey::new_with_max_size(n, e, MAX_MODULUS_BITS)
            .map(|key| Self { key, prepared })
            .map_err(|_| KeyFault::Malformed)
    }

    /// A signature is exactly as long as the modulus and smaller than it.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let hash = Sha256::digest(message);
        if signature.len() != self.key.size() {
            return false;
        }
        match &self.prepared {
            Some(modulus) if OWN_ARITHMETIC => {
                modulus.power_is(signature, &encoded(&hash, signature.len()))
            }
            _ => {
                let prefix = Box::new(SHA256_DIGEST_INFO);
                let scheme = Pkcs1v15Sign { hash_len: Some(32), prefix };
                self.key.verify(scheme, &hash, signature).is_ok()
            }
        }
    }
}

/// EMSA-PKCS1-v1_5 (RFC 8017, section 9.2): `00 01 FF … FF 00 DigestInfo hash`. There is one
/// encoding, so that a signature is compared with it and never parsed.
fn encoded(hash: &[u8], length: usize) -> Vec<u8> {
    let tail = [&[0], SHA256_DIGEST_INFO.as_slice(), hash].concat();
    let padding = length.saturating_sub(tail.len()).saturating_sub(2);
    [[0, 1].as_slice(), &vec![0xff; padding], &tail].concat()
}

#[cfg(test)]
mod tests;
