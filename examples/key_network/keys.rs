//! The key caches that are compared: that of this worker and those of other libraries.

pub mod drawbridge;
pub mod jose;
pub mod jwks_rsa;
pub mod nimbus;

use std::rc::Rc;

use ::drawbridge::keys::{CachePolicy, Start};

use crate::issuer::{Document, Key};

/// A key cache and its settings.
#[derive(Clone, Copy, Debug)]
pub enum Keeper {
    Drawbridge(CachePolicy),
    Jose,
    JwksRsa,
    Nimbus { outage_tolerant: bool },
}

/// The result of a request's look at the keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    Accepted,
    /// No key fits the token, so the answer is 401.
    Refused,
    /// There are no keys, so the answer is 503 or an exception. The token may be valid.
    Failed,
    /// The request waits until the keys change, or until this time if there is one.
    Wait(Option<u64>),
}

/// The purpose of a fetch by one of the other libraries.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    /// The fetch is for the whole set. If it is ahead of time, no request waits for it.
    Set { ahead: bool },
    /// The fetch is for one key of the set.
    Key(Key),
}

/// Work that a request has begun.
pub enum Work {
    /// An attempt of this worker: it reads KV, then asks the issuer.
    Attempt(Start),
    /// A fetch by one of the other libraries, with a time limit in milliseconds.
    Fetch { purpose: Purpose, timeout: u64 },
}

/// A request's look at the keys.
pub struct Look<'a> {
    pub now: u64,
    pub key: &'a Key,
    /// The fetch that the request has waited for, and whether it brought a set.
    pub waited_for: Option<(Purpose, bool)>,
}

pub enum Keys {
    Drawbridge(Box<drawbridge::Cache>),
    Jose(jose::Jose),
    JwksRsa(jwks_rsa::JwksRsa),
    Nimbus(nimbus::Nimbus),
}

impl Keys {
    pub fn new(keeper: Keeper) -> Self {
        match keeper {
            Keeper::Drawbridge(policy) => {
                Self::Drawbridge(Box::new(drawbridge::Cache::new(policy)))
            }
            Keeper::Jose => Self::Jose(jose::Jose::default()),
            Keeper::JwksRsa => Self::JwksRsa(jwks_rsa::JwksRsa::default()),
            Keeper::Nimbus { outage_tolerant } => {
                Self::Nimbus(nimbus::Nimbus::new(outage_tolerant))
            }
        }
    }

    /// Returns the verdict for a request that comes or looks again, and adds the work that it
    /// begins to `works`.
    pub fn look(&mut self, look: &Look<'_>, works: &mut Vec<Work>) -> Verdict {
        match self {
            Self::Drawbridge(cache) => cache.look(look, works),
            Self::Jose(jose) => jose.look(look, works),
            Self::JwksRsa(jwks_rsa) => jwks_rsa.look(look, works),
            Self::Nimbus(nimbus) => nimbus.look(look, works),
        }
    }

    /// Returns the fetch that a waiting request waits for.
    pub fn awaited(&self, key: &Key) -> Option<Purpose> {
        match self {
            Self::Drawbridge(_) => None,
            Self::JwksRsa(_) => Some(Purpose::Key(key.clone())),
            Self::Jose(_) | Self::Nimbus(_) => Some(Purpose::Set { ahead: false }),
        }
    }

    /// Reports the end of a fetch by one of the other libraries.
    pub fn fetched(&mut self, now: u64, purpose: &Purpose, document: Option<&Rc<Document>>) {
        match self {
            Self::Drawbridge(_) => {}
            Self::Jose(jose) => jose.fetched(now, document),
            Self::JwksRsa(jwks_rsa) => jwks_rsa.fetched(now, purpose, document),
            Self::Nimbus(nimbus) => nimbus.fetched(now, document),
        }
    }
}
