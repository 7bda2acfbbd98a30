//! The keys that a token is verified with: from files, or from their issuers.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use drawbridge::config::Config;
use drawbridge::keys::{AfterKvRead, Fetched, KeyCaches, KeyLocation, KeySet, KeySource, Outcome};
use drawbridge::redaction::without_query;
use drawbridge::time::UnixMillis;

use super::fetch::fetch;
use crate::document::read_text;

/// The keys of each source of the configuration.
pub struct Keys {
    /// By the index of the source. If there are any, nothing is fetched.
    files: HashMap<usize, KeyFile>,
    /// By the index of the source, where its keys are from, or why there are none.
    origins: HashMap<usize, String>,
}

/// A file with the keys of one source.
struct KeyFile {
    name: String,
    text: String,
    keys: Rc<KeySet>,
}

impl Keys {
    /// Takes the options `--jwks FILE` and `--jwks SOURCE=FILE`.
    ///
    /// # Errors
    /// An option that names no source, or names one again; a file that holds no keys.
    pub fn new(options: &[String], config: &Config) -> Result<Self, String> {
        let mut files = HashMap::new();
        for option in options {
            let (source, name) = source_and_file(option, config)?;
            let file = KeyFile::read(name, config.keys.max_bytes)
                .map_err(|cause| format!("cannot use {name}: {cause}"))?;
            if files.insert(source, file).is_some() {
                return Err(format!("--jwks {option} is a second file for one source"));
            }
        }
        let inline = config.key_sources.iter().enumerate();
        let inline = inline.filter(|(_, source)| matches!(source.location, KeyLocation::Inline(_)));
        let origins = inline.map(|(index, _)| (index, "in the configuration".to_owned())).collect();
        Ok(Self { files, origins })
    }

    /// Returns where the keys of a source are from, or why there are none.
    pub fn origin(&self, source: usize) -> &str {
        self.origins.get(&source).map_or("", String::as_str)
    }

    /// Carries out the attempts that judging a request has brought about.
    pub fn carry_out_all(&mut self, config: &Config, store: &mut KeyCaches, now: UnixMillis) {
        for (source, start) in store.take_starts() {
            let Some(key_source) = config.key_sources.get(source) else { continue };
            let Some(cache) = store.cache(source) else { continue };
            let AfterKvRead::Fetch(_) = cache.kv_read(now, &start, None) else { continue };
            let (outcome, origin) = match self.obtain(config, source, key_source, now) {
                Ok((fetched, origin)) => (Outcome::Set(fetched), origin),
                Err(cause) => (Outcome::Failed, cause),
            };
            cache.fetched(now, &start, outcome);
            self.origins.insert(source, origin);
        }
    }

    /// Obtains the keys of a source, and says where they are from.
    fn obtain(
        &self,
        config: &Config,
        source: usize,
        key_source: &KeySource,
        now: UnixMillis,
    ) -> Result<(Fetched, String), String> {
        if self.files.is_empty() {
            let fetched = fetch(key_source, config, now)?;
            let origin = format!("fetched from {}", without_query(&fetched.jwks_uri));
            return Ok((fetched, origin));
        }
        let missing =
            || format!("no --jwks for {}, and nothing is fetched beside files", key_source.name);
        let file = self.files.get(&source).ok_or_else(missing)?;
        Ok((file.fetched(now), format!("from {}", file.name)))
    }
}

impl KeyFile {
    /// Reads a file as the worker reads an issuer's response.
    fn read(name: &str, max_bytes: usize) -> Result<Self, String> {
        let text = read_text(Path::new(name))?;
        if text.len() > max_bytes {
            return Err(format!("it has more than keys.max_bytes ({max_bytes})"));
        }
        let keys = KeySet::parse(text.as_bytes()).map_err(|fault| fault.to_string())?;
        Ok(Self { name: name.to_owned(), text, keys: Rc::new(keys) })
    }

    /// Returns the keys as if an issuer had sent them.
    fn fetched(&self, now: UnixMillis) -> Fetched {
        Fetched {
            keys: Rc::clone(&self.keys),
            document: self.text.as_str().into(),
            jwks_uri: "".into(),
            etag: None,
            fetched_at: now,
        }
    }
}

/// Returns the index of the source that an option is for, and its file.
fn source_and_file<'o>(option: &'o str, config: &Config) -> Result<(usize, &'o str), String> {
    let file_of = |name: &str| option.strip_prefix(name)?.strip_prefix('=');
    let sources = &config.key_sources;
    for (index, source) in sources.iter().enumerate() {
        if let Some(file) = file_of(&source.name) {
            return Ok((index, file));
        }
    }
    for provider in &config.providers {
        if let (Some(file), [issuer]) = (file_of(&provider.name), provider.issuers.as_slice()) {
            return Ok((issuer.key_source, file));
        }
    }
    if sources.len() == 1 {
        return Ok((0, option));
    }
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    Err(format!(
        "--jwks {option} must say whose keys these are, as --jwks SOURCE=FILE; the sources are {}",
        names.join(", "),
    ))
}
