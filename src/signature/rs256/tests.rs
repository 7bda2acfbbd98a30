use super::*;

fn modulus(bits: usize) -> Vec<u8> {
    let mut bytes = vec![0xff; bits / 8];
    bytes[0] = 0x80;
    bytes
}

#[test]
fn the_usual_exponent_has_arithmetic_of_its_own() {
    for (bits, exponent, own) in [
        (2048, [1, 0, 1], OWN_ARITHMETIC),
        (4096, [1, 0, 1], OWN_ARITHMETIC),
        (2048, [1, 0, 3], false),
    ] {
        let key = PublicKey::new(&modulus(bits), &exponent).unwrap();
        assert_eq!(key.prepared.is_some(), own, "{bits} {exponent:?}");
    }
}

#[test]
fn weak_keys_are_refused() {
    let e = [1, 0, 1];
    assert!(PublicKey::new(&modulus(2048), &e).is_ok());
    assert!(PublicKey::new(&modulus(4096), &e).is_ok());
    assert_eq!(PublicKey::new(&modulus(1024), &e), Err(KeyFault::Weak));
    assert_eq!(PublicKey::new(&modulus(2040), &e), Err(KeyFault::Weak));
    assert_eq!(PublicKey::new(&modulus(4104), &e), Err(KeyFault::TooLong));
    assert_eq!(PublicKey::new(&[], &e), Err(KeyFault::Weak));
    let mut even = modulus(2048);
    *even.last_mut().unwrap() = 0;
    assert_eq!(PublicKey::new(&even, &e), Err(KeyFault::Malformed));
}

#[test]
fn a_leading_zero_adds_no_strength() {
    let mut padded = vec![0; 128];
    padded.extend(modulus(1024));
    assert_eq!(PublicKey::new(&padded, &[1, 0, 1]), Err(KeyFault::Weak));
}

#[test]
fn exponents_are_bounded() {
    let n = modulus(2048);
    for (exponent, accepted) in [
        (vec![], false),
        (vec![1], false),
        (vec![3], false),
        (vec![1, 0, 0], false),
        (vec![1, 0, 1], true),
        (vec![1, 0, 2], false),
        (vec![0xff, 0xff, 0xff, 0xff], true),
        (vec![1, 0, 0, 0, 0], false),
        (vec![1, 0, 0, 0, 1], false),
    ] {
        assert_eq!(PublicKey::new(&n, &exponent).is_ok(), accepted, "{exponent:?}");
    }
}
