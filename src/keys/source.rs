//! Where an issuer's keys come from.

use std::rc::Rc;

use super::client_credentials::ClientCredentials;
use super::jwk_set::KeySet;

/// Where an issuer's keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySource {
    /// The issuer, or the URL of the API that stands for it.
    pub name: String,
    /// Where they are.
    pub location: KeyLocation,
    /// What must be shown to read them.
    pub client_credentials: Option<ClientCredentials>,
}

impl KeySource {
    /// What it is called in the store that isolates share. Keys from a URL that was once configured
    /// must not be taken for those that the issuer's metadata leads to.
    pub fn kv_name(&self) -> String {
        match self.location {
            KeyLocation::Discovery => format!("{} by discovery", self.name),
            KeyLocation::Inline(_) | KeyLocation::Uri(_) => self.name.clone(),
        }
    }
}

/// Where a JWK Set is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyLocation {
    /// At the URL that the issuer's metadata names.
    Discovery,
    /// In the configuration.
    Inline(Rc<KeySet>),
    /// At this URL.
    Uri(String),
}

/// The key sources of a configuration, each once.
#[derive(Debug, Default)]
pub struct KeySources(Vec<KeySource>);

impl KeySources {
    /// Returns the index of a source, which is added if it is new: providers with one issuer share
    /// one source.
    pub fn add(&mut self, source: KeySource) -> usize {
        self.0.iter().position(|known| *known == source).unwrap_or_else(|| {
            self.0.push(source);
            self.0.len().saturating_sub(1)
        })
    }

    /// All of them, in the order of their indices.
    pub fn into_vec(self) -> Vec<KeySource> {
        self.0
    }

    /// All of them, in the order of their indices.
    pub fn as_slice(&self) -> &[KeySource] {
        &self.0
    }
}
