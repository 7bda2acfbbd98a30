//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2.2), for public keys only.
//!
//! [`montgomery`] computes with the keys that issuers use, which have the exponent 65537. The crate
//! `rsa` computes with all others, and with the feature `plain-rsa` with all keys.

mod digits;
mod montgomery;
mod pair;
mod roca;

use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha2::{Digest, Sha256};

use super::jwk::Jwk;
use super::key_fault::KeyFault;
use super::verification_key::{KnownAnswer, VerificationKey};
use montgomery::Modulus;

const MIN_MODULUS_BITS: usize = 2048;
const MAX_MODULUS_BITS: usize = 4096;
const MIN_EXPONENT: u64 = 65_537;
const MAX_EXPONENT: u64 = 1 << 32;

/// The DER encoding of `DigestInfo` up to the hash (RFC 8017, section 9.2, note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// Whether [`montgomery`] is used. If not, the compiler removes its code from the worker.
const OWN_ARITHMETIC: bool = cfg!(not(feature = "plain-rsa"));

/// A public key of acceptable strength.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    key: RsaPublicKey,
    prepared: Option<Modulus>,
}

impl PublicKey {
    /// Makes a key from its big-endian modulus and exponent (RFC 7518, section 6.3.1).
    ///
    /// # Errors
    /// A [`KeyFault`] if the modulus is even, is not of 2048 to 4096 bits or is known to be weak
    /// (CVE-2017-15361), or if the exponent is even, below 65537 or above 2^32.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyFault> {
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
}

impl VerificationKey for PublicKey {
    const NAMES: &'static [&'static str] = &["RS256"];
    const KEY_TYPE: &'static str = "RSA";
    const CURVE: Option<&'static str> = None;

    /// The example of RFC 7515, appendix A.2.
    const KNOWN_ANSWER: KnownAnswer = KnownAnswer {
        jwk: r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#,
        token: [
            "eyJhbGciOiJSUzI1NiJ9",
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        ],
    };

    fn from_jwk(jwk: Jwk<'_>) -> Result<Self, KeyFault> {
        Self::new(&jwk.bytes("n")?, &jwk.bytes("e")?)
    }

    /// A signature must be exactly as long as the modulus and smaller than the modulus.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
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

/// Encodes a hash as EMSA-PKCS1-v1_5 (RFC 8017, section 9.2): `00 01 FF … FF 00 DigestInfo hash`. A
/// hash has only one encoding, so the signature is compared with it and never parsed.
fn encoded(hash: &[u8], length: usize) -> Vec<u8> {
    let tail = [&[0], SHA256_DIGEST_INFO.as_slice(), hash].concat();
    let padding = length.saturating_sub(tail.len()).saturating_sub(2);
    [[0, 1].as_slice(), &vec![0xff; padding], &tail].concat()
}

#[cfg(test)]
mod tests;
