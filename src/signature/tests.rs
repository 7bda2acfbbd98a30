use super::*;
use ed25519_dalek::{Signer as _, SigningKey};

#[test]
fn an_algorithm_has_the_names_of_the_registry_and_no_others() {
    for (name, algorithm) in [
        ("EdDSA", Some(Algorithm::EdDsa)),
        ("Ed25519", Some(Algorithm::EdDsa)),
        ("RS256", Some(Algorithm::Rs256)),
        ("rs256", None),
        ("RS384", None),
        ("HS256", None),
        ("none", None),
        ("", None),
    ] {
        assert_eq!(Algorithm::from_name(name), algorithm, "{name}");
    }
    assert_eq!(Algorithm::EdDsa.names(), ["EdDSA", "Ed25519"]);
    assert_eq!(Algorithm::Rs256.names(), ["RS256"]);
}

#[test]
fn a_key_verifies_with_its_own_algorithm() {
    let signing = SigningKey::from_bytes(&[1; 32]);
    let ed25519 = VerifyingKey::ed25519(signing.verifying_key().as_bytes()).unwrap();
    let signature = signing.sign(b"message").to_bytes();
    assert!(ed25519.verify(b"message", &signature));
    assert!(!ed25519.verify(b"other", &signature));
    let rsa = VerifyingKey::rsa(&[0xff; 256], &[1, 0, 1]).unwrap();
    assert!(!rsa.verify(b"message", &signature));
    assert!(!rsa.verify(b"message", &[0; 256]));
    assert_eq!([ed25519.algorithm(), rsa.algorithm()], [Algorithm::EdDsa, Algorithm::Rs256]);
    assert_eq!(VerifyingKey::ed25519(&[0; 32]), Err(KeyFault::Weak));
    assert_eq!(VerifyingKey::rsa(&[0xff; 256], &[3]), Err(KeyFault::Exponent));
}
