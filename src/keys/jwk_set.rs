//! JWK Sets (RFC 7517), and which of their keys may have signed a token.

use std::fmt;

use serde_json::Value;

use crate::json::{self, JsonFault};
use crate::signature::{Algorithm, Jwk, KeyFault, VerifyingKey};

/// The maximum number of keys in a set, including those that cannot be used.
pub const MAX_KEYS: usize = 64;

/// The maximum number of keys that are tried for one token.
pub const MAX_CANDIDATES: usize = 4;

/// The keys of a JWK Set that can verify signatures. There is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<Key>,
    skipped: Vec<SkippedKey>,
}

impl KeySet {
    /// Reads a JWK Set (RFC 7517, section 5).
    ///
    /// Members that cannot be used are skipped and listed in [`KeySet::skipped`], so that one
    /// malformed key does not make the others unusable.
    ///
    /// # Errors
    /// Returns a [`KeySetFault`] if the bytes are not a JWK Set, or if the set has too many keys or
    /// no usable key.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeySetFault> {
        let mut document = json::object(bytes).map_err(KeySetFault::Json)?;
        let Some(Value::Array(members)) = document.remove("keys") else {
            return Err(KeySetFault::NoKeysMember);
        };
        if members.len() > MAX_KEYS {
            return Err(KeySetFault::TooManyKeys);
        }
        let mut keys = Vec::with_capacity(members.len());
        let mut skipped = Vec::new();
        for (index, member) in members.iter().enumerate() {
            match Key::parse(member) {
                Ok(key) => keys.push(key),
                Err(reason) => skipped.push(SkippedKey { index, reason }),
            }
        }
        if keys.is_empty() {
            return Err(KeySetFault::NoUsableKey);
        }
        Ok(Self { keys, skipped })
    }

    /// Returns the keys that may have signed a token with this `alg` and `kid`. If there are more
    /// than [`MAX_CANDIDATES`], it returns none, because each candidate costs a verification.
    pub fn candidates<'a>(
        &'a self,
        algorithm: Algorithm,
        key_id: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Key> + Clone {
        let fitting = self.keys.iter().filter(move |key| key.fits(algorithm, key_id));
        let allowed = fitting.clone().nth(MAX_CANDIDATES).is_none();
        fitting.filter(move |_| allowed)
    }

    /// Returns the key ids that more than [`MAX_CANDIDATES`] keys of one algorithm share. `None`
    /// stands for a token without a key id, which any key of the algorithm may have signed.
    pub fn crowded(&self) -> Vec<Option<&str>> {
        let is_crowded = |key_id: Option<&str>| {
            Algorithm::ALL.iter().copied().any(|algorithm| {
                let fitting = self.keys.iter().filter(|key| key.fits(algorithm, key_id));
                fitting.count() > MAX_CANDIDATES
            })
        };
        let mut ids: Vec<&str> = self.keys.iter().filter_map(Key::id).collect();
        ids.sort_unstable();
        ids.dedup();
        let ids = std::iter::once(None).chain(ids.into_iter().map(Some));
        ids.filter(|id| is_crowded(*id)).collect()
    }

    /// Returns the usable keys.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Returns the members that cannot be used, each with the reason.
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }
}

/// One usable public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    id: Option<String>,
    verifying_key: VerifyingKey,
}

impl Key {
    /// Returns the key id, `kid` (RFC 7517, section 4.5).
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns the key material.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying_key
    }

    fn fits(&self, algorithm: Algorithm, key_id: Option<&str>) -> bool {
        self.verifying_key.algorithm() == algorithm
            && (key_id.is_none() || key_id == self.id.as_deref())
    }

    fn parse(member: &Value) -> Result<Self, SkipReason> {
        let jwk = Jwk::new(member.as_object().ok_or(SkipReason::Malformed)?);
        // Anyone can sign with a private key that was published (RFC 7517, section 9.2).
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|name| jwk.has(name)) {
            return Err(SkipReason::Secret);
        }
        let verifying_key = VerifyingKey::from_jwk(jwk)?;
        let names = verifying_key.algorithm().names();
        if jwk.text("alg")?.is_some_and(|name| !names.contains(&name))
            || jwk.text("use")?.is_some_and(|purpose| purpose != "sig")
            || !jwk.allows("verify")?
        {
            return Err(SkipReason::OtherPurpose);
        }
        Ok(Self { id: jwk.text("kid")?.map(str::to_owned), verifying_key })
    }
}

impl AsRef<VerifyingKey> for Key {
    fn as_ref(&self) -> &VerifyingKey {
        &self.verifying_key
    }
}

/// A member of a JWK Set that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    /// The member's index in `keys`, counted from 0.
    pub index: usize,
    /// The reason why the member cannot be used.
    pub reason: SkipReason,
}

/// The reason why a member of a JWK Set cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// A member is missing, has the wrong type or is not canonical base64url.
    Malformed,
    /// The key type or curve belongs to an algorithm that is not supported.
    OtherKind,
    /// According to `alg`, `use` or `key_ops`, the key has another purpose.
    OtherPurpose,
    /// The key is a private or symmetric one.
    Secret,
    /// The key is too long for a verification at a bounded cost.
    TooLong,
    /// The key is too weak.
    Weak,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "malformed",
            Self::OtherKind => "of another kind",
            Self::OtherPurpose => "for another purpose",
            Self::Secret => "a private or symmetric key",
            Self::TooLong => "too long",
            Self::Weak => "too weak",
        })
    }
}

impl From<KeyFault> for SkipReason {
    fn from(fault: KeyFault) -> Self {
        match fault {
            KeyFault::Malformed => Self::Malformed,
            KeyFault::OtherKind => Self::OtherKind,
            KeyFault::TooLong => Self::TooLong,
            KeyFault::Exponent | KeyFault::Weak => Self::Weak,
        }
    }
}

/// The reason why bytes are not a usable JWK Set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySetFault {
    /// The bytes are not a strict JSON object.
    Json(JsonFault),
    /// There is no array `keys`.
    NoKeysMember,
    /// No key in the set can verify a signature.
    NoUsableKey,
    /// The set has more than [`MAX_KEYS`] members.
    TooManyKeys,
}

impl fmt::Display for KeySetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(fault) => write!(f, "the key set {fault}"),
            Self::NoKeysMember => f.write_str("the key set has no array `keys`"),
            Self::NoUsableKey => f.write_str("the key set has no usable key"),
            Self::TooManyKeys => write!(f, "the key set has more than {MAX_KEYS} keys"),
        }
    }
}

#[cfg(test)]
mod tests;
