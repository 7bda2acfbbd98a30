//! The issuer: what it publishes, with which key it signs, when it answers.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drawbridge::keys::KeySet;
use ed25519_dalek::SigningKey;

use crate::plan::{ChangeKind, HOUR, Plan};

pub const JWKS_URI: &str = "https://login.example.com/keys";

/// A key's number, and its `kid`.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub number: u8,
    pub id: Rc<str>,
}

/// A published set, parsed once for all.
pub struct Document {
    pub keys: Rc<KeySet>,
    pub text: Rc<str>,
    pub etag: String,
    pub numbers: Vec<u8>,
}

pub struct Issuer {
    /// From when which set is published.
    published: Vec<(u64, Rc<Document>)>,
    /// From when which key signs.
    signing: Vec<(u64, Key)>,
    /// From when which key is no longer published, and used by a thief.
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

    /// The key that was revoked last, and when.
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
