//! Verifies the same signature many times. The cost does not depend on the values.

use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drawbridge::signature::{Ed25519Key, RsaKey, VerificationKey as _};
use ed25519_dalek::Signature;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// What can be measured. The number of a subject is its index.
pub const SUBJECTS: [&str; 5] = [
    "RS256, Drawbridge",
    "RS256, rsa as it comes",
    "EdDSA, Drawbridge",
    "EdDSA, ed25519-dalek as it comes",
    "SHA-256 of the token",
];

/// The DER encoding of `DigestInfo` up to the hash (RFC 8017, section 9.2, note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

#[derive(Deserialize)]
struct Vectors {
    rs256: Vector,
    eddsa: Vector,
}

#[derive(Deserialize)]
struct Vector {
    token: String,
    jwk: Jwk,
}

#[derive(Deserialize)]
struct Jwk {
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
}

type Verify = Box<dyn Fn() -> bool>;

/// Returns a verification whose key is prepared.
pub fn subject(number: usize) -> Verify {
    let Vectors { rs256, eddsa } = serde_json::from_str(include_str!("../vectors.json")).unwrap();
    let (rs_message, rs_signature) = parts(&rs256.token);
    let (ed_message, ed_signature) = parts(&eddsa.token);
    let n = decode(rs256.jwk.n.as_ref().unwrap());
    let e = decode(rs256.jwk.e.as_ref().unwrap());
    let x = decode(eddsa.jwk.x.as_ref().unwrap());
    match number {
        0 => {
            let key = RsaKey::new(&n, &e).unwrap();
            Box::new(move || key.verify(&rs_message, &rs_signature))
        }
        1 => {
            let (n, e) = (BigUint::from_bytes_be(&n), BigUint::from_bytes_be(&e));
            let key = RsaPublicKey::new(n, e).unwrap();
            Box::new(move || {
                let scheme =
                    Pkcs1v15Sign { hash_len: Some(32), prefix: Box::new(SHA256_DIGEST_INFO) };
                key.verify(scheme, &Sha256::digest(&rs_message), &rs_signature).is_ok()
            })
        }
        2 => {
            let key = Ed25519Key::new(&x).unwrap();
            Box::new(move || key.verify(&ed_message, &ed_signature))
        }
        3 => {
            let bytes = x.as_slice().try_into().unwrap();
            let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).unwrap();
            Box::new(move || {
                Signature::from_slice(&ed_signature)
                    .is_ok_and(|signature| key.verify_strict(&ed_message, &signature).is_ok())
            })
        }
        _ => {
            let digest = Sha256::digest(&rs_message);
            Box::new(move || Sha256::digest(&rs_message) == digest)
        }
    }
}

/// Verifies the signature of a subject `times` times, and returns how many of the verifications
/// succeeded. WebAssembly calls this function.
#[unsafe(no_mangle)]
pub extern "C" fn verify(number: u32, times: u32) -> u32 {
    thread_local! {
        static SUBJECTS_READY: [Verify; 5] = std::array::from_fn(subject);
    }
    SUBJECTS_READY.with(|subjects| {
        let verify = &subjects[number as usize];
        (0..times).filter(|_| black_box(verify)()).count() as u32
    })
}

fn parts(token: &str) -> (Vec<u8>, Vec<u8>) {
    let (message, signature) = token.rsplit_once('.').unwrap();
    (message.as_bytes().to_vec(), decode(signature))
}

fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}
