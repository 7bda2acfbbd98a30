//! Tokens whose signatures were verified before.
//!
//! A caller that sends one token with many requests costs only one verification. Time, audience,
//! the route's rules and the keys may change between requests, so they are checked every time.

use std::collections::{HashMap, VecDeque};

use sha2::{Digest as _, Sha256};

use crate::token::{Header, SignedToken};

/// The number of tokens that are remembered. If all are of the greatest length, they take some 10
/// MB of an isolate's 128 MB.
const MAX_TOKENS: usize = 512;

/// The number of places for marks of tokens that were verified once.
const MAX_MARKS: usize = 1024;

/// The SHA-256 of a whole token. It replaces the token itself, so that no credential is kept.
type Digest = [u8; 32];

/// The end of a token, which is part of its signature. If another token has the same mark, its
/// digest is looked up, and nothing more.
type Mark = [u8; 16];

/// A remembered token: what was verified, and with which keys.
#[derive(Clone, Debug)]
pub struct RememberedToken {
    /// The token's protected header.
    pub header: Header,
    /// The signed payload.
    pub signed: SignedToken,
    /// The index of the key source.
    pub source: usize,
    /// The generation of the keys in that source, see [`crate::keys::Lookup::Ready`].
    pub generation: u64,
}

/// The tokens that were last verified, remembered from the second verification on. If each request
/// brings its own token, remembering all of them costs more time than it saves.
#[derive(Debug)]
pub struct RememberedTokens {
    /// The marks. Each lies at the place that is computed from it.
    marks: Vec<Mark>,
    tokens: HashMap<Digest, RememberedToken>,
    /// The digests of the remembered tokens, the oldest first.
    order: VecDeque<Digest>,
}

impl Default for RememberedTokens {
    fn default() -> Self {
        let marks = vec![Mark::default(); MAX_MARKS];
        Self { marks, tokens: HashMap::new(), order: VecDeque::new() }
    }
}

impl RememberedTokens {
    /// Returns what is remembered about a compact JWS.
    pub fn find(&self, token: &str) -> Option<&RememberedToken> {
        if !self.is_marked(mark(token)) {
            return None;
        }
        self.tokens.get(&digest(token))
    }

    /// Remembers a token that was just verified, if it was verified before. If there are too many,
    /// the oldest one is dropped.
    pub fn remember(&mut self, token: &str, verified: &RememberedToken) {
        let mark = mark(token);
        if !self.is_marked(mark) {
            if let Some(last) = self.marks.get_mut(place(mark)) {
                *last = mark;
            }
            return;
        }
        let digest = digest(token);
        if self.tokens.insert(digest, verified.clone()).is_none() {
            self.order.push_back(digest);
        }
        if self.order.len() > MAX_TOKENS
            && let Some(oldest) = self.order.pop_front()
        {
            self.tokens.remove(&oldest);
        }
    }

    fn is_marked(&self, mark: Mark) -> bool {
        self.marks.get(place(mark)) == Some(&mark)
    }
}

fn digest(token: &str) -> Digest {
    Sha256::digest(token).into()
}

fn mark(token: &str) -> Mark {
    token.as_bytes().last_chunk().copied().unwrap_or_default()
}

/// Returns the place of a mark. Every character counts, since one character of base64url carries
/// only six bits.
fn place(mark: Mark) -> usize {
    let sum = mark
        .iter()
        .fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    sum % MAX_MARKS
}

#[cfg(test)]
mod tests;
