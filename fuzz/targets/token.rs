//! A compact JWS.

use std::collections::HashSet;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drawbridge::keys::KeySet;
use drawbridge::token::{Header, UntrustedToken};

use super::signing::Signer;

const PAYLOAD: &[u8] = br#"{"exp":1800000059,"sub":"user-1","aud":["a"]}"#;

struct Known {
    sets: [String; 2],
    tokens: HashSet<String>,
}

/// Checks that keys verify only the tokens that they have signed, and that each token has only one
/// encoding.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(token) = UntrustedToken::parse(text) else { return };
    let parts: Vec<Vec<u8>> =
        text.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    assert_eq!(parts.len(), 3);
    assert_eq!(text, parts.iter().map(|p| URL_SAFE_NO_PAD.encode(p)).collect::<Vec<_>>().join("."));
    assert_eq!(Header::parse(&parts[0]).as_ref(), Ok(token.header()));

    let known = known();
    let sets = known.sets.each_ref().map(|set| KeySet::parse(set.as_bytes()).unwrap());
    let verified = token.verify(sets.iter().flat_map(KeySet::keys)).is_ok();
    assert_eq!(verified, known.tokens.contains(text));
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let signers = [Signer::ed_dsa(), Signer::rs256()];
        let mut tokens = HashSet::new();
        for signer in &signers {
            for header in [r#"{"alg":"ALG"}"#, r#"{"alg":"ALG","kid":"key-1","typ":"JWT"}"#] {
                let header = header.replace("ALG", signer.algorithm());
                tokens.insert(signer.sign(header.as_bytes(), PAYLOAD));
            }
        }
        Known { sets: signers.map(|signer| signer.jwks("key-1")), tokens }
    })
}

/// Returns the tokens that verify, for the corpus.
#[cfg(test)]
#[allow(dead_code, reason = "tests/fuzz/ alone calls it")]
pub fn tokens() -> Vec<String> {
    let mut tokens: Vec<_> = known().tokens.iter().cloned().collect();
    tokens.sort();
    tokens
}
