//! Tokens that were verified before: a caller that sends one token with many requests costs one
//! verification. What may change from request to request (time, audience, the route's rules, the
//! keys) is checked every time.

use std::collections::{HashMap, VecDeque};

use sha2::{Digest as _, Sha256};

use crate::token::{Header, SignedToken};

/// How many are remembered. With the longest tokens that is some 10 MB of an isolate's 128.
const MAX_TOKENS: usize = 512;

/// Of how many tokens is known that they were verified once.
const MAX_MARKS: usize = 1024;

/// The SHA-256 of a whole token: the tokens themselves are not kept.
type Digest = [u8; 32];

/// The end of a token, which is a part of its signature. Whoever has the same mark with another token
/// gains nothing but that its digest is looked up.
type Mark = [u8; 16];

/// A token, with what has verified it.
#[derive(Clone, Debug)]
pub struct RememberedToken {
    /// Its protected header.
    pub header: Header,
    /// What it says.
    pub signed: SignedToken,
    /// The index of the key source.
    pub source: usize,
    /// The generation of its keys, see [`crate::keys::Lookup::Ready`].
    pub generation: u64,
}

/// The last ones that were verified, from the second time on: where each request brings a token of its
/// own, remembering them all would cost more than it ever saves.
#[derive(Debug)]
pub struct RememberedTokens {
    /// Each at the place that it says.
    marks: Vec<Mark>,
    tokens: HashMap<Digest, RememberedToken>,
    /// The oldest first.
    order: VecDeque<Digest>,
}

impl Default for RememberedTokens {
    fn default() -> Self {
        let marks = vec![Mark::default(); MAX_MARKS];
        Self { marks, tokens: HashMap::new(), order: VecDeque::new() }
    }
}

impl RememberedTokens {
    /// What is known of a compact JWS.
    pub fn find(&self, token: &str) -> Option<&RememberedToken> {
        if !self.is_marked(mark(token)) {
            return None;
        }
        self.tokens.get(&digest(token))
    }

    /// Remembers a token that was verified, if it was before; the oldest one makes room.
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

/// Base64url has six bits in a character, of which a third tells nothing by itself.
fn place(mark: Mark) -> usize {
    let sum = mark
        .iter()
        .fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    sum % MAX_MARKS
}

#[cfg(test)]
mod tests;
