//! Whose tokens a provider accepts.

use crate::keys::{KeyLocation, KeySource, KeySources};

/// An issuer whose tokens a provider accepts. The issuer's keys must have signed them.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The exact `iss` (RFC 7519, section 4.1.1); `None` for a kind whose tokens name no issuer.
    pub name: Option<String>,
    /// The index of the issuer's keys in [`crate::config::Config::key_sources`].
    pub key_source: usize,
}

impl Issuer {
    /// Makes an issuer whose tokens name it, and whose keys are public. Adds its key source.
    pub(crate) fn named(name: &str, location: KeyLocation, key_sources: &mut KeySources) -> Self {
        let source = KeySource { name: name.to_owned(), location, client_credentials: None };
        Self { name: Some(name.to_owned()), key_source: key_sources.add(source) }
    }
}
