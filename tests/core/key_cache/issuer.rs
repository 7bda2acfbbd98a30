//! An issuer that rotates and revokes its keys, and remembers when it published which set.

use std::rc::Rc;

use crate::signing::encode;
use drawbridge::keys::{Fetched, KeySet};
use drawbridge::time::UnixMillis;
use ed25519_dalek::SigningKey;

pub const JWKS_URI: &str = "https://login.example.com/keys";

pub struct Issuer {
    versions: Vec<Version>,
}

/// A set that is published from `since`, in milliseconds of true time, until the next version.
struct Version {
    since: u64,
    keys: Vec<u8>,
    document: String,
}

impl Issuer {
    pub fn new() -> Self {
        let mut issuer = Self { versions: Vec::new() };
        issuer.publish(0, vec![0]);
        issuer
    }

    /// Publishes a new signing key. If `overlapping` is true, the last three old keys stay;
    /// otherwise all old keys go.
    pub fn rotate(&mut self, at: u64, overlapping: bool) {
        let current = &self.current().keys;
        let next = current.last().unwrap().wrapping_add(1);
        let kept = if overlapping { &current[current.len().saturating_sub(3)..] } else { &[] };
        let keys = [kept, &[next]].concat();
        self.publish(at, keys);
    }

    /// Returns the key that signed `ago` rotations ago.
    pub fn signing_key(&self, ago: usize) -> u8 {
        self.versions[self.versions.len().saturating_sub(ago + 1)].keys.last().copied().unwrap()
    }

    pub fn etag(&self) -> String {
        format!("\"{}\"", self.version())
    }

    pub fn document(&self) -> &str {
        &self.current().document
    }

    /// Returns the number of the version that is published now.
    pub fn version(&self) -> usize {
        self.versions.len() - 1
    }

    pub fn document_of(&self, version: usize) -> &str {
        &self.versions[version].document
    }

    /// Returns the time until which a key was published, at most `now`.
    pub fn last_published(&self, key: u8, now: u64) -> Option<u64> {
        let ends = self.versions.iter().skip(1).map(|next| next.since).chain([now]);
        self.versions.iter().zip(ends).filter(|(v, _)| v.keys.contains(&key)).last().map(|(_, e)| e)
    }

    fn current(&self) -> &Version {
        self.versions.last().unwrap()
    }

    fn publish(&mut self, since: u64, keys: Vec<u8>) {
        let document = document(&keys);
        self.versions.push(Version { since, keys, document });
    }
}

pub fn key_id(key: u8) -> String {
    format!("key-{key}")
}

/// Returns the set that the shell reads from a document, or an error if there is none.
pub fn read(document: &str, etag: String, fetched_at: UnixMillis) -> Result<Fetched, String> {
    let keys = KeySet::parse(document.as_bytes()).map_err(|fault| fault.to_string())?;
    Ok(Fetched {
        keys: Rc::new(keys),
        document: document.into(),
        jwks_uri: JWKS_URI.into(),
        etag: Some(etag),
        fetched_at,
    })
}

fn document(keys: &[u8]) -> String {
    let keys: Vec<String> = keys
        .iter()
        .map(|key| {
            let public = SigningKey::from_bytes(&[*key; 32]).verifying_key();
            let (x, kid) = (encode(public.as_bytes()), key_id(*key));
            format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":"{kid}"}}"#)
        })
        .collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}
