//! Whose tokens a provider accepts.

use crate::keys::{KeyLocation, KeySource, KeySources};

/// Whose tokens a provider accepts, and whose keys must have signed them.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The exact `iss`; `None` for a kind whose tokens name no issuer.
    pub name: Option<String>,
    /// The index of its keys in [`crate::config::Config::key_sources`].
    pub key_source: usize,
}

impl Issuer {
    /// An issuer whose tokens name it, and whose keys anybody may read.
    pub(crate) fn named(name: &str, location: KeyLocation, key_sources: &mut KeySources) -> Self {
        let source = KeySource { name: name.to_owned(), location, client_credentials: None };
        Self { name: Some(name.to_owned()), key_source: key_sources.add(source) }
    }
}
