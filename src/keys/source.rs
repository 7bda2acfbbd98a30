//! The sources of keys: which issuer, at which location, with which client credentials.

use std::rc::Rc;

use super::client_credentials::ClientCredentials;
use super::jwk_set::KeySet;

/// The source of an issuer's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySource {
    /// The issuer, or the URL of the API in its place.
    pub name: String,
    /// The location of the keys.
    pub location: KeyLocation,
    /// The grant for an access token, if the issuer requires one to read the keys.
    pub client_credentials: Option<ClientCredentials>,
}

impl KeySource {
    /// Returns the source's name in KV. It tells discovery from a configured URL, so that keys from
    /// a URL of an earlier configuration are not mistaken for keys that discovery has found.
    pub fn kv_name(&self) -> String {
        match self.location {
            KeyLocation::Discovery => format!("{} by discovery", self.name),
            KeyLocation::Inline(_) | KeyLocation::Uri(_) => self.name.clone(),
        }
    }
}

/// The location of a JWK Set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyLocation {
    /// At the URL that the issuer's metadata names.
    Discovery,
    /// In the configuration.
    Inline(Rc<KeySet>),
    /// At this URL.
    Uri(String),
}

/// The key sources of a configuration, without duplicates.
#[derive(Debug, Default)]
pub struct KeySources(Vec<KeySource>);

impl KeySources {
    /// Adds a source if it is new, and returns its index. Providers with equal sources share one.
    pub fn add(&mut self, source: KeySource) -> usize {
        self.0.iter().position(|known| *known == source).unwrap_or_else(|| {
            self.0.push(source);
            self.0.len().saturating_sub(1)
        })
    }

    /// Returns all sources, in the order of their indices.
    pub fn into_vec(self) -> Vec<KeySource> {
        self.0
    }

    /// Borrows all sources, in the order of their indices.
    pub fn as_slice(&self) -> &[KeySource] {
        &self.0
    }
}
