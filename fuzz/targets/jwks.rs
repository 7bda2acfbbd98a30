//! A JWK Set, in the form that an issuer publishes and in the form of a KV entry.

use std::collections::HashSet;
use std::rc::Rc;

use drawbridge::keys::{Fetched, KeySet, MAX_CANDIDATES, MAX_KEYS, kv_entry};
use drawbridge::signature::Algorithm;
use drawbridge::time::UnixMillis;

use super::json::strict_object;

const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Checks five properties of any set:
///
/// - Each member is a key or is skipped.
/// - No private key is used.
/// - No key accepts a signature of zeros.
/// - A lookup returns at most [`MAX_CANDIDATES`] keys.
/// - A KV entry restores the same set.
pub fn target(data: &[u8]) {
    let Ok(set) = KeySet::parse(data) else { return };
    let document = strict_object(data).unwrap();
    let members = document["keys"].as_array().unwrap();
    let skipped: HashSet<usize> = set.skipped().iter().map(|skipped| skipped.index).collect();
    assert!(!set.keys().is_empty() && members.len() <= MAX_KEYS);
    assert_eq!(set.keys().len() + skipped.len(), members.len());
    assert_eq!(skipped.len(), set.skipped().len());
    let used = members.iter().enumerate().filter(|(index, _)| !skipped.contains(index));
    for (key, (_, member)) in set.keys().iter().zip(used) {
        assert_eq!(key.id(), member.get("kid").map(|kid| kid.as_str().unwrap()));
        assert!(PRIVATE.iter().all(|name| member.get(name).is_none()));
        for length in [0, 64, 256, 512] {
            assert!(!key.verifying_key().verify(b"", &vec![0; length]));
        }
    }
    for algorithm in [Algorithm::EdDsa, Algorithm::Rs256] {
        let ids = set.keys().iter().map(|key| key.id()).chain([None, Some("nobody")]);
        for id in ids {
            let candidates: Vec<_> = set.candidates(algorithm, id).collect();
            assert!(candidates.len() <= MAX_CANDIDATES);
            for key in candidates {
                assert_eq!(key.verifying_key().algorithm(), algorithm);
                assert!(id.is_none() || key.id() == id);
            }
        }
    }
    comes_back(data, set);
}

fn comes_back(data: &[u8], set: KeySet) {
    let uri = "https://issuer.example/keys";
    let at = UnixMillis::from_seconds(1_800_000_000);
    let fetched = Fetched {
        keys: Rc::new(set),
        document: std::str::from_utf8(data).unwrap().into(),
        jwks_uri: uri.into(),
        etag: Some("\"1\"".to_owned()),
        fetched_at: at,
    };
    let entry = kv_entry::write("issuer", &fetched);
    let read = |source: &str| kv_entry::read(&entry, source, |found| found == uri, at);
    let back = read("issuer").unwrap();
    assert_eq!((back.keys, back.document), (fetched.keys, fetched.document));
    assert_eq!((back.jwks_uri, back.etag), (fetched.jwks_uri, fetched.etag));
    assert_eq!(back.fetched_at, fetched.fetched_at);
    assert!(read("another").is_err());
}
