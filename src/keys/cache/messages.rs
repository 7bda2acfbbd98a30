//! What the key cache is told, and what it decides.

use std::rc::Rc;

use serde::Serialize;

use crate::keys::KeySet;
use crate::signature::Algorithm;
use crate::time::UnixMillis;

/// The bounds of a key cache, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CachePolicy {
    /// Up to this age a set is used without asking anyone.
    pub fresh: u64,
    /// For so much longer it serves where it cannot be refreshed.
    pub stale: u64,
    /// Between two attempts lies at least this.
    pub cooldown: u64,
    /// An attempt takes at most this.
    pub timeout: u64,
    /// A request that has a stale set waits at most this for a fresh one.
    pub wait: u64,
}

impl CachePolicy {
    /// For how long after it was fetched a set may serve.
    pub fn usable(&self) -> u64 {
        self.fresh.saturating_add(self.stale)
    }
}

/// A set of keys with its age and origin.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The keys.
    pub keys: Rc<KeySet>,
    /// The document they were read from.
    pub document: Rc<str>,
    /// The URL of the document.
    pub jwks_uri: Rc<str>,
    /// The document's entity tag (RFC 9110, section 8.8.3).
    pub etag: Option<String>,
    /// When its request was sent: what was published before then is in it.
    pub fetched_at: UnixMillis,
}

/// What a request can do about keys.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// Verify with these.
    Ready {
        /// The keys.
        keys: Rc<KeySet>,
        /// Changes when the keys do.
        generation: u64,
    },
    /// Look again when an attempt has settled, at the latest at that moment.
    Wait(UnixMillis),
    /// There are no keys, and none can be had yet.
    Unavailable {
        /// Until the next attempt is allowed, in whole seconds, at least 1.
        retry_after_seconds: u64,
    },
}

/// What a request can do whose token no key fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// Nothing: the token is refused.
    Final,
    /// Look again when an attempt has settled, at the latest at that moment.
    Wait(UnixMillis),
}

/// Where the keys that are held come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysFrom {
    /// They stand in the configuration.
    Configuration,
    /// The issuer has sent or confirmed them to this isolate.
    Issuer,
    /// KV had them.
    Kv,
}

impl KeysFrom {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Issuer => "issuer",
            Self::Kv => "store",
        }
    }
}

/// How a source stands, as a monitor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// No set is held.
    Absent,
    /// The set held may not serve any longer.
    Expired,
    /// The set is fresh.
    Fresh,
    /// The keys stand in the configuration.
    Inline,
    /// The set may serve while it cannot be refreshed.
    Stale,
}

impl KeyState {
    /// Whether the keys are used without asking anyone.
    pub fn is_fresh(self) -> bool {
        matches!(self, Self::Fresh | Self::Inline)
    }

    /// Whether tokens can be verified.
    pub fn is_usable(self) -> bool {
        self.is_fresh() || self == Self::Stale
    }
}

/// An attempt that the shell must carry out: read KV, then report [`super::KeyCache::kv_read`].
#[derive(Clone, Debug)]
pub struct Start {
    /// Identifies the attempt in later events.
    pub attempt: u64,
    /// When it must have settled.
    pub deadline: UnixMillis,
    pub(super) goal: Goal,
}

/// What the shell does after it has read KV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterKvRead {
    /// Nothing: KV had what was needed, or another attempt has taken over.
    Done,
    /// Fetch from the issuer, then report [`super::KeyCache::fetched`].
    Fetch(Option<Validator>),
}

/// What makes a fetch conditional (RFC 9110, section 13.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    /// For `If-None-Match`.
    pub etag: String,
    /// The URL that the entity tag is of.
    pub jwks_uri: Rc<str>,
}

/// How the fetch from the issuer ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It brought no valid set, whatever the cause.
    Failed,
    /// The issuer has confirmed the entity tag.
    NotModified {
        /// The entity tag.
        etag: String,
        /// When the request was sent.
        fetched_at: UnixMillis,
    },
    /// A valid set.
    Set(Fetched),
}

/// What the KV entry must contain to make a fetch from the issuer unnecessary.
#[derive(Clone, Debug)]
pub(super) enum Goal {
    /// Always fetch.
    Fetch,
    /// A set that is fresh and not yet due for a refresh.
    Fresh,
    /// A fresh set with a candidate that `tried` does not have.
    Candidate { algorithm: Algorithm, key_id: Option<String>, tried: Rc<KeySet> },
}
