//! How an isolate keeps its keys: this worker's way and those of others.

pub mod drawbridge;
pub mod jose;
pub mod jwks_rsa;
pub mod nimbus;

use std::rc::Rc;

use ::drawbridge::keys::{CachePolicy, Start};

use crate::issuer::{Document, Key};

/// Which of them.
#[derive(Clone, Copy, Debug)]
pub enum Keeper {
    Drawbridge(CachePolicy),
    Jose,
    JwksRsa,
    Nimbus { outage_tolerant: bool },
}

/// What a request can do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    Accepted,
    /// No key fits: 401.
    Refused,
    /// There are no keys, through no fault of the token: 503, or an exception.
    Failed,
    /// Until something changes, at the latest at that time.
    Wait(Option<u64>),
}

/// A fetch that the policies of others have begun.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    /// The whole set. Nobody waits for it if it is ahead of time.
    Set { ahead: bool },
    /// One key of it.
    Key(Key),
}

/// Work that a request has brought about.
pub enum Work {
    /// Of this worker: store, then issuer.
    Attempt(Start),
    /// Of others: a fetch with this time limit.
    Fetch { purpose: Purpose, timeout: u64 },
}

/// A request's look at the keys.
pub struct Look<'a> {
    pub now: u64,
    pub key: &'a Key,
    /// What it has waited for, and whether that brought anything.
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

    /// A request comes, or looks again.
    pub fn look(&mut self, look: &Look<'_>, works: &mut Vec<Work>) -> Verdict {
        match self {
            Self::Drawbridge(cache) => cache.look(look, works),
            Self::Jose(jose) => jose.look(look, works),
            Self::JwksRsa(jwks_rsa) => jwks_rsa.look(look, works),
            Self::Nimbus(nimbus) => nimbus.look(look, works),
        }
    }

    /// What a request must wait for that has just been told to.
    pub fn awaited(&self, key: &Key) -> Option<Purpose> {
        match self {
            Self::Drawbridge(_) => None,
            Self::JwksRsa(_) => Some(Purpose::Key(key.clone())),
            Self::Jose(_) | Self::Nimbus(_) => Some(Purpose::Set { ahead: false }),
        }
    }

    /// A fetch of one of the others has ended.
    pub fn fetched(&mut self, now: u64, purpose: &Purpose, document: Option<&Rc<Document>>) {
        match self {
            Self::Drawbridge(_) => {}
            Self::Jose(jose) => jose.fetched(now, document),
            Self::JwksRsa(jwks_rsa) => jwks_rsa.fetched(now, purpose, document),
            Self::Nimbus(nimbus) => nimbus.fetched(now, document),
        }
    }
}
