//! Tokens that were verified before: a caller that sends one token with many requests costs one
//! verification. What may change from request to request (time, audience, the route's rules, the
//! keys) is checked every time.

use std::collections::{HashMap, VecDeque};

use sha2::{Digest as _, Sha256};

use crate::token::{Header, SignedToken};

/// How many are remembered. With the longest tokens that is some 10 MB of an isolate's 128.
const MAX_TOKENS: usize = 512;

/// The SHA-256 of a whole token: the tokens themselves are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Of a compact JWS.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

/// A token, with what has verified it.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    /// Its protected header.
    pub header: Header,
    /// What it says.
    pub signed: SignedToken,
    /// The index of the key source.
    pub source: usize,
    /// The generation of its keys, see [`crate::key_cache::Lookup::Ready`].
    pub generation: u64,
}

/// The last ones that were verified.
#[derive(Debug, Default)]
pub struct VerifiedTokens {
    tokens: HashMap<TokenDigest, VerifiedToken>,
    /// The oldest first.
    order: VecDeque<TokenDigest>,
}

impl VerifiedTokens {
    /// What is known of a token.
    pub fn find(&self, digest: &TokenDigest) -> Option<&VerifiedToken> {
        self.tokens.get(digest)
    }

    /// Remembers a token; the oldest one makes room.
    pub fn insert(&mut self, digest: TokenDigest, token: VerifiedToken) {
        if self.tokens.insert(digest, token).is_none() {
            self.order.push_back(digest);
        }
        if self.order.len() > MAX_TOKENS
            && let Some(oldest) = self.order.pop_front()
        {
            self.tokens.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room() {
        let mut known = VerifiedTokens::default();
        let token = |generation| VerifiedToken {
            header: Header::parse(br#"{"alg":"EdDSA"}"#).unwrap(),
            signed: SignedToken::of(br#"{"exp":1}"#),
            source: 0,
            generation,
        };
        let digest = |index: usize| TokenDigest::of(&index.to_string());
        for index in 0..MAX_TOKENS + 10 {
            known.insert(digest(index), token(1));
        }
        // The same one again, with later keys, is not another one.
        known.insert(digest(20), token(2));
        let found = |index| known.find(&digest(index)).map(|token| token.generation);
        assert_eq!((found(9), found(10), found(20)), (None, Some(1), Some(2)));
        assert_eq!((known.tokens.len(), known.order.len()), (MAX_TOKENS, MAX_TOKENS));
    }
}
