//! Drawbridge accepts tokens that an independent library has made and signed.

use std::borrow::Cow;

use crate::signing::Signer;
use ::jwt_compact::alg::{Rsa, StrongKey};
use ::jwt_compact::{Algorithm, AlgorithmExt as _, AlgorithmSignature, Claims, Header};
use drawbridge::keys::KeySet;
use drawbridge::signature::Algorithm as OurAlgorithm;
use drawbridge::token::UntrustedToken;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Map, Value, json};

/// Ed25519 as an algorithm of jwt-compact.
struct Ed25519;

struct Signature(Vec<u8>);

impl AlgorithmSignature for Signature {
    fn try_from_slice(slice: &[u8]) -> anyhow::Result<Self> {
        Ok(Self(slice.to_vec()))
    }

    fn as_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.0)
    }
}

impl Algorithm for Ed25519 {
    type SigningKey = SigningKey;
    type VerifyingKey = ();
    type Signature = Signature;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("EdDSA")
    }

    fn sign(&self, key: &SigningKey, message: &[u8]) -> Signature {
        Signature(key.sign(message).to_bytes().to_vec())
    }

    fn verify_signature(&self, _: &Signature, (): &(), _: &[u8]) -> bool {
        false
    }
}

fn claims() -> Claims<Map<String, Value>> {
    Claims::new(json!({"sub": "user-1", "iss": "https://a.example"}).as_object().unwrap().clone())
}

fn members(token: &str, signer: &Signer) -> Map<String, Value> {
    let set = KeySet::parse(signer.jwks("key-1").as_bytes()).unwrap();
    let token = UntrustedToken::parse(token).unwrap();
    let algorithm = OurAlgorithm::from_name(&token.header().algorithm).unwrap();
    assert_eq!(token.header().key_id.as_deref(), Some("key-1"));
    assert_eq!(token.header().media_type.as_deref(), Some("JWT"));
    token
        .verify(set.candidates(algorithm, Some("key-1")))
        .unwrap()
        .0
        .members()
        .unwrap()
        .as_ref()
        .clone()
}

fn header() -> Header {
    Header::empty().with_token_type("JWT").with_key_id("key-1")
}

#[test]
fn rs256() {
    let signer = Signer::rs256();
    let Signer::Rs256(key) = &signer else { panic!("an RSA key") };
    let key = StrongKey::try_from((**key).clone()).unwrap();
    let token = Rsa::rs256().token(&header(), &claims(), &key.into_inner()).unwrap();
    assert_eq!(members(&token, &signer)["sub"], "user-1");
}

#[test]
fn ed_dsa() {
    let signer = Signer::ed_dsa();
    let Signer::EdDsa(key) = &signer else { panic!("an Ed25519 key") };
    let token = Ed25519.token(&header(), &claims(), key).unwrap();
    assert_eq!(members(&token, &signer)["sub"], "user-1");
}
