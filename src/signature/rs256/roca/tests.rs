use super::*;
use rsa::BigUint;

/// Returns a modulus with the fingerprint: the product of two factors `k * m + GENERATOR^a mod m`.
/// The factors need not be primes for the test.
fn weak_modulus(bits: usize, a: u32, b: u32) -> Vec<u8> {
    let is_prime = |n: &u32| (2..*n).all(|d| !n.is_multiple_of(d));
    let m: BigUint = (2..=353).filter(is_prime).map(BigUint::from).product();
    let factor = |exponent: u32, salt: u8| {
        let k = BigUint::from_bytes_be(&vec![salt; bits / 16 - m.to_bytes_be().len()]);
        k * &m + BigUint::from(GENERATOR).modpow(&BigUint::from(exponent), &m)
    };
    (factor(a, 0xf7) * factor(b, 0xd3)).to_bytes_be()
}

#[test]
fn keys_of_that_form_are_recognised() {
    for bits in [2048, 3072, 4096] {
        for (a, b) in [(1, 2), (77_777, 123_456_789), (0, 0)] {
            assert!(has_fingerprint(&weak_modulus(bits, a, b)), "{bits} {a} {b}");
        }
    }
}

#[test]
fn others_are_not() {
    let weak = BigUint::from_bytes_be(&weak_modulus(2048, 3, 5));
    for distance in 1..1000_u32 {
        assert!(!has_fingerprint(&(&weak + BigUint::from(2 * distance)).to_bytes_be()));
    }
    assert!(!has_fingerprint(&[]));
}
