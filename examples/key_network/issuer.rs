//! The issuer: which keys it publishes, and with which key it signs.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drawbridge::keys::KeySet;
use ed25519_dalek::SigningKey;

use crate::plan::{ChangeKind, HOUR, Plan};

pub const JWKS_URI: &str = "https://login.example.com/keys";

/// A key: its number and its `kid`.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub number: u8,
    pub id: Rc<str>,
}

/// A published set, parsed once for all isolates.
pub struct Document {
    pub keys: Rc<KeySet>,
    pub text: Rc<str>,
    pub etag: String,
    pub numbers: Vec<u8>,
}

pub struct Issuer {
    /// The published sets, each with the time of its publication.
    published: Vec<(u64, Rc<Document>)>,
    /// The signing keys, each with the time from which it signs.
    signing: Vec<(u64, Key)>,
    /// The revoked keys, each with the time of its revocation. From then on, a thief uses the key.
    revoked: Vec<(u64, Key)>,
}

impl Issuer {
    pub fn new(plan: &Plan) -> Self {
        let mut issuer = Self {
            published: vec![(0, document(&[0]))],
            signing: vec![(0, key(0))],
            revoked: Vec::new(),
        };
        for (change, next) in plan.changes.iter().zip(1..) {
            let (at, old) = (change.at, next - 1);
            match change.kind {
                ChangeKind::Overlapping => {
                    issuer.published.push((at, document(&[old, next])));
                    issuer.signing.push((at + HOUR, key(next)));
                    issuer.published.push((at + 2 * HOUR, document(&[next])));
                    issuer.revoked.push((at + 2 * HOUR, key(old)));
                }
                ChangeKind::Abrupt => {
                    issuer.published.push((at, document(&[next])));
                    issuer.signing.push((at, key(next)));
                    issuer.revoked.push((at, key(old)));
                }
            }
        }
        issuer
    }

    pub fn published(&self, at: u64) -> &Rc<Document> {
        &latest(&self.published, at).unwrap().1
    }

    pub fn signing_key(&self, at: u64) -> &Key {
        &latest(&self.signing, at).unwrap().1
    }

    /// Returns the key that was revoked last, at or before `at`, with the time of its revocation.
    pub fn revoked(&self, at: u64) -> Option<&(u64, Key)> {
        latest(&self.revoked, at)
    }
}

fn latest<T>(history: &[(u64, T)], at: u64) -> Option<&(u64, T)> {
    history.iter().rfind(|(since, _)| *since <= at)
}

fn key(number: u8) -> Key {
    Key { number, id: format!("key-{number}").into() }
}

fn document(numbers: &[u8]) -> Rc<Document> {
    let members: Vec<String> = numbers.iter().map(|number| jwk(&key(*number))).collect();
    let text = format!(r#"{{"keys":[{}]}}"#, members.join(","));
    Rc::new(Document {
        keys: Rc::new(KeySet::parse(text.as_bytes()).unwrap()),
        text: text.into(),
        etag: format!("\"{numbers:?}\""),
        numbers: numbers.to_vec(),
    })
}

fn jwk(key: &Key) -> String {
    let public = SigningKey::from_bytes(&[key.number; 32]).verifying_key();
    let (x, kid) = (URL_SAFE_NO_PAD.encode(public.as_bytes()), &key.id);
    format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":"{kid}"}}"#)
}
