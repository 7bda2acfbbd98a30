//! Ed25519 with and without a precomputed table, against `ed25519-dalek`.

use curve25519_dalek::EdwardsPoint;
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::scalar::Scalar;
use drawbridge::signature::{Ed25519Key, VerificationKey as _};
use sha2::{Digest as _, Sha512};

/// The number of signatures that each key verifies first: more than it takes to get a precomputed
/// table.
const WARM_UP: u64 = 40;
/// The group order L, which a lenient reader treats as zero.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Checks that all three verifiers agree about a valid signature and about one that is nearly
/// valid. The keys are of prime order and of mixed order.
pub fn target(data: &[u8]) {
    let [which, change, position, value, message @ ..] = data else { return };
    PAIRS.with(|pairs| {
        let pair = &pairs[usize::from(*which) % pairs.len()];
        let nonce = u64::from(*value).wrapping_mul(0x9e37_79b9).wrapping_add(message.len() as u64);
        let right = pair.sign(message, nonce);
        assert!(pair.accept(message, &right));
        let mut changed = right.to_vec();
        match change % 8 {
            0 => changed[usize::from(position % 64)] ^= (*value).max(1),
            1 => add(&mut changed[32..], &ORDER),
            2 => changed[..32].copy_from_slice(&torsion(*value)),
            3 => changed[32..].fill(0),
            4 => changed.truncate(usize::from(position % 64)),
            5 => {
                changed = message.iter().copied().cycle().take(64.min(message.len() * 64)).collect()
            }
            // R gets another component of small order.
            6 => {
                let bytes = (nonce_point(nonce) + EIGHT_TORSION[usize::from(value % 8)]).compress();
                changed[..32].copy_from_slice(bytes.as_bytes());
            }
            _ => changed[31] ^= 0x80,
        }
        let accepted = pair.accept(message, &changed);
        assert!(!accepted || changed == right);
    });
}

fn torsion(which: u8) -> [u8; 32] {
    let mut bytes = EIGHT_TORSION[usize::from(which % 8)].compress().to_bytes();
    // Some points of small order have a second encoding, with the other sign.
    bytes[31] ^= if which < 8 { 0x80 } else { 0 };
    bytes
}

fn nonce_point(nonce: u64) -> EdwardsPoint {
    ED25519_BASEPOINT_POINT * Scalar::from(nonce)
}

/// Adds a little-endian number, and drops the carry out of the highest byte.
fn add(number: &mut [u8], other: &[u8; 32]) {
    let mut carry = 0;
    for (byte, more) in number.iter_mut().zip(other) {
        let sum = u16::from(*byte) + u16::from(*more) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
}

struct Pair {
    secret: Scalar,
    torsion: EdwardsPoint,
    public: [u8; 32],
    prepared: Ed25519Key,
}

thread_local! {
    static PAIRS: Vec<Pair> = [(3, 0), (1 << 60, 1), (77, 4), (12345, 7)].map(|(secret, t)| Pair::new(secret, t)).into();
}

impl Pair {
    fn new(secret: u64, torsion: usize) -> Self {
        let secret = Scalar::from(secret) * Scalar::from(u64::MAX);
        let torsion = EIGHT_TORSION[torsion];
        let public = (ED25519_BASEPOINT_POINT * secret + torsion).compress().to_bytes();
        let prepared = Ed25519Key::new(&public).unwrap();
        let pair = Self { secret, torsion, public, prepared };
        for nonce in 1..=WARM_UP {
            assert!(pair.prepared.verify(b"", &pair.sign(b"", nonce)));
        }
        pair
    }

    /// Makes a signature that holds without cofactor, even if the key has a component of small
    /// order. R is changed until its component cancels that of the key.
    fn sign(&self, message: &[u8], nonce: u64) -> [u8; 64] {
        for nonce in nonce.max(1).. {
            for guess in 0..8_u64 {
                let r = nonce_point(nonce) - self.torsion * Scalar::from(guess);
                let hash = Sha512::new().chain_update(r.compress().as_bytes());
                let hash = hash.chain_update(self.public).chain_update(message).finalize();
                let k = Scalar::from_bytes_mod_order_wide(&hash.into());
                if self.torsion * k == self.torsion * Scalar::from(guess) {
                    let s = Scalar::from(nonce) + k * self.secret;
                    let mut signature = [0; 64];
                    signature[..32].copy_from_slice(r.compress().as_bytes());
                    signature[32..].copy_from_slice(s.as_bytes());
                    return signature;
                }
            }
        }
        unreachable!("one guess in eight is right");
    }

    /// Returns the verdict of all three verifiers, which must be the same.
    fn accept(&self, message: &[u8], signature: &[u8]) -> bool {
        let prepared = self.prepared.verify(message, signature);
        let fresh = Ed25519Key::new(&self.public).unwrap().verify(message, signature);
        let reference = ed25519_dalek::VerifyingKey::from_bytes(&self.public).unwrap();
        let theirs = ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| reference.verify_strict(message, &signature).is_ok());
        assert_eq!((prepared, fresh), (theirs, theirs));
        theirs
    }
}
