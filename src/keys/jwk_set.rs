//! JWK Sets (RFC 7517) and the choice of the keys that may have signed a token.

use std::fmt;

use serde_json::Value;

use crate::json::{self, JsonFault};
use crate::signature::{Algorithm, Jwk, KeyFault, VerifyingKey};

/// How many keys a set may have, usable or not.
pub const MAX_KEYS: usize = 64;

/// How many keys are tried for one token.
pub const MAX_CANDIDATES: usize = 4;

/// The keys of a set that can verify signatures; never none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<Key>,
    skipped: Vec<SkippedKey>,
}

impl KeySet {
    /// Reads a JWK Set. Members that are of no use here are skipped and counted, so that one
    /// malformed key does not stop the others.
    ///
    /// # Errors
    /// A [`KeySetFault`] where the bytes are not a set or no key in it is usable.
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

    /// The keys that may have signed a token with this `alg` and `kid`; none where there are more
    /// than [`MAX_CANDIDATES`], since each costs a verification.
    pub fn candidates<'a>(
        &'a self,
        algorithm: Algorithm,
        key_id: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Key> + Clone {
        let fitting = self.keys.iter().filter(move |key| key.fits(algorithm, key_id));
        let allowed = fitting.clone().nth(MAX_CANDIDATES).is_none();
        fitting.filter(move |_| allowed)
    }

    /// The key ids, `None` for a token without, under which more than [`MAX_CANDIDATES`] keys of
    /// one algorithm stand.
    pub fn crowded(&self) -> Vec<Option<&str>> {
        let is_crowded = |key_id: Option<&str>| {
            Algorithm::ALL.iter().copied().any(|algorithm| {
                let fitting = self.keys.iter().filter(|key| key.fits(algorithm, key_id));
                fitting.count() > MAX_CANDIDATES
            })
        };
        let mut ids: Vec<Option<&str>> = self.keys.iter().map(Key::id).collect();
        ids.push(None);
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| is_crowded(*id));
        ids
    }

    /// The usable keys.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The members that are not used, with the reason.
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
    /// `kid` (RFC 7517, section 4.5).
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The key material.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying_key
    }

    fn fits(&self, algorithm: Algorithm, key_id: Option<&str>) -> bool {
        self.verifying_key.algorithm() == algorithm
            && (key_id.is_none() || key_id == self.id.as_deref())
    }

    fn parse(member: &Value) -> Result<Self, SkipReason> {
        let jwk = Jwk::new(member.as_object().ok_or(SkipReason::Malformed)?);
        // A private key in public is a key that anyone may sign with: RFC 7517, section 9.2.
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

/// A member of a set that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    /// Its place in `keys`, from 0.
    pub index: usize,
    /// Why it is not used.
    pub reason: SkipReason,
}

/// Why a member of a set is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// A member is missing, has the wrong type or is not canonical base64url.
    Malformed,
    /// A key type or curve of another algorithm.
    OtherKind,
    /// `alg`, `use` or `key_ops` say that it is for something else.
    OtherPurpose,
    /// It is a private or symmetric key.
    Secret,
    /// It is too long to be verified with at a bounded cost.
    TooLong,
    /// It is too weak.
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

/// Why bytes are not a usable JWK Set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySetFault {
    /// They are not strict JSON.
    Json(JsonFault),
    /// There is no array `keys`.
    NoKeysMember,
    /// No key in it can verify a signature.
    NoUsableKey,
    /// There are more than [`MAX_KEYS`].
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
