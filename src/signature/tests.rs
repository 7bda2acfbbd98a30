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
    let ed25519 =
        Ed25519Key::new(signing.verifying_key().as_bytes()).map(VerifyingKey::from).unwrap();
    let signature = signing.sign(b"message").to_bytes();
    assert!(ed25519.verify(b"message", &signature));
    assert!(!ed25519.verify(b"other", &signature));
    let rsa = RsaKey::new(&[0xff; 256], &[1, 0, 1]).map(VerifyingKey::from).unwrap();
    assert!(!rsa.verify(b"message", &signature));
    assert!(!rsa.verify(b"message", &[0; 256]));
    assert_eq!([ed25519.algorithm(), rsa.algorithm()], [Algorithm::EdDsa, Algorithm::Rs256]);
    assert_eq!(Ed25519Key::new(&[0; 32]), Err(KeyFault::Weak));
    assert_eq!(RsaKey::new(&[0xff; 256], &[3]), Err(KeyFault::Exponent));
}

#[test]
fn a_jwk_is_read_by_its_type_and_curve() {
    for (jwk, expected) in [
        (r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, KeyFault::Weak),
        (r#"{"kty":"RSA","crv":1,"n":"AQAB"}"#, KeyFault::Malformed),
        (r#"{"kty":"OKP","crv":"Ed448","x":"AA"}"#, KeyFault::OtherKind),
        (r#"{"kty":"OKP","crv":1,"x":"AA"}"#, KeyFault::Malformed),
        (r#"{"kty":"EC","crv":"Ed25519","x":"AA"}"#, KeyFault::OtherKind),
        (r#"{"crv":"Ed25519","x":"AA"}"#, KeyFault::Malformed),
    ] {
        let members = crate::json::object(jwk.as_bytes()).unwrap();
        assert_eq!(VerifyingKey::from_jwk(Jwk::new(&members)), Err(expected), "{jwk}");
    }
    for algorithm in Algorithm::ALL {
        let members = crate::json::object(algorithm.known_answer().jwk.as_bytes()).unwrap();
        let key = VerifyingKey::from_jwk(Jwk::new(&members)).unwrap();
        assert_eq!(key.algorithm(), *algorithm);
    }
}
