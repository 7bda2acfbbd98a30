//! The events that the key cache receives, and the decisions that it returns.

use std::rc::Rc;

use serde::Serialize;

use crate::keys::KeySet;
use crate::signature::Algorithm;
use crate::time::UnixMillis;

/// The time limits of a key cache, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CachePolicy {
    /// The age up to which a set is fresh: requests use it without waiting for a refresh.
    pub fresh: u64,
    /// The time after `fresh` during which a set is still used if it cannot be refreshed.
    pub stale: u64,
    /// The minimum time between two attempts.
    pub cooldown: u64,
    /// The maximum duration of an attempt.
    pub timeout: u64,
    /// The maximum time that a request with a stale set waits for a fresh one.
    pub wait: u64,
}

impl CachePolicy {
    /// Returns the age from which a set may no longer be used.
    pub fn usable(&self) -> u64 {
        self.fresh.saturating_add(self.stale)
    }
}

/// A set of keys with its age and origin.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The keys.
    pub keys: Rc<KeySet>,
    /// The document that the keys were read from.
    pub document: Rc<str>,
    /// The URL of the document.
    pub jwks_uri: Rc<str>,
    /// The document's entity tag (RFC 9110, section 8.8.3).
    pub etag: Option<String>,
    /// The time at which the request for the set was sent. Every key that was published before
    /// then is in the set.
    pub fetched_at: UnixMillis,
}

/// What a request that needs keys does.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// Verify the token with these keys.
    Ready {
        /// The keys.
        keys: Rc<KeySet>,
        /// A number that changes when the keys change.
        generation: u64,
    },
    /// Look again when an attempt has settled, or at this time if that comes first.
    Wait(UnixMillis),
    /// There are no usable keys, and the cooldown does not allow an attempt yet.
    Unavailable {
        /// The time until the next attempt is allowed, in whole seconds, at least 1.
        retry_after_seconds: u64,
    },
}

/// What a request does if no key has verified its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// Refuse the token.
    Final,
    /// Look again when an attempt has settled, or at this time if that comes first.
    Wait(UnixMillis),
}

/// The origin of the keys that are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysFrom {
    /// The keys are part of the configuration.
    Configuration,
    /// The issuer has sent the keys to this isolate or has confirmed them.
    Issuer,
    /// The keys were read from KV.
    Kv,
}

impl KeysFrom {
    /// Returns the name of this origin in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Issuer => "issuer",
            Self::Kv => "store",
        }
    }
}

/// The state of a source, as a monitor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// No set is held.
    Absent,
    /// The set is too old to be used.
    Expired,
    /// The set is fresh.
    Fresh,
    /// The keys are part of the configuration.
    Inline,
    /// The set is no longer fresh. It is used while it cannot be refreshed.
    Stale,
}

impl KeyState {
    /// Returns whether requests use the keys without waiting for a refresh.
    pub fn is_fresh(self) -> bool {
        matches!(self, Self::Fresh | Self::Inline)
    }

    /// Returns whether the keys may verify tokens.
    pub fn is_usable(self) -> bool {
        self.is_fresh() || self == Self::Stale
    }
}

/// An attempt that the shell must carry out: read KV, then report [`super::KeyCache::kv_read`].
#[derive(Clone, Debug)]
pub struct Start {
    /// The number that identifies the attempt in later events.
    pub attempt: u64,
    /// The time by which the attempt must have settled.
    pub deadline: UnixMillis,
    pub(super) goal: Goal,
}

/// What the shell does after it has read KV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterKvRead {
    /// End the attempt: KV had the needed keys, or another attempt has taken over.
    Done,
    /// Fetch from the issuer, then report [`super::KeyCache::fetched`]. The fetch is conditional if
    /// there is a [`Validator`].
    Fetch(Option<Validator>),
}

/// The entity tag that makes a fetch conditional (RFC 9110, section 13.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    /// The value of `If-None-Match`.
    pub etag: String,
    /// The URL of the document that has this entity tag.
    pub jwks_uri: Rc<str>,
}

/// The result of a fetch from the issuer.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The fetch brought no valid set.
    Failed,
    /// The issuer has confirmed the entity tag.
    NotModified {
        /// The entity tag.
        etag: String,
        /// The time at which the request was sent.
        fetched_at: UnixMillis,
    },
    /// The issuer has sent a valid set.
    Set(Fetched),
}

/// What the KV entry must contain to make a fetch from the issuer unnecessary.
#[derive(Clone, Debug)]
pub(super) enum Goal {
    /// Always fetch.
    Fetch,
    /// A set that is fresh and not yet due for a refresh.
    Fresh,
    /// A fresh set with a candidate key that is not in `tried`.
    Candidate { algorithm: Algorithm, key_id: Option<String>, tried: Rc<KeySet> },
}
