//! The self-test: published signatures must verify, and must fail over any other payload.
//!
//! The self-test detects an error of a compiler or a machine before a token depends on the
//! arithmetic. It also makes the runtime compile the code before a request waits for it.

use crate::keys::KeySet;
use crate::signature::{Algorithm, KnownAnswer};
use crate::token::UntrustedToken;

/// Returns whether every algorithm gives its known answer.
pub fn passes() -> bool {
    Algorithm::ALL.iter().all(|algorithm| holds(*algorithm, &algorithm.known_answer()))
}

/// Returns whether the token verifies with the key, and fails with another payload.
fn holds(algorithm: Algorithm, answer: &KnownAnswer) -> bool {
    let KnownAnswer { jwk, token: [header, payload, signature] } = answer;
    let document = format!(r#"{{"keys":[{jwk}]}}"#);
    let Ok(keys) = KeySet::parse(document.as_bytes()) else { return false };
    let verifies = |payload: &str| {
        let token = format!("{header}.{payload}.{signature}");
        let token = UntrustedToken::parse(&token);
        token.is_ok_and(|token| token.verify(keys.candidates(algorithm, None)).is_ok())
    };
    verifies(payload) && !verifies(&format!("AAAA{payload}"))
}

#[cfg(test)]
mod tests;
