//! The keys that a token is verified with: from files, or from their issuers.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use drawbridge::config::Config;
use drawbridge::keys::{
    AfterKvRead, Fetched, KeyCaches, KeyLocation, KeySet, KeySource, Outcome, Start,
};
use drawbridge::time::UnixMillis;

use super::fetch::fetch;
use crate::document::read_text;

/// Where keys come from.
pub struct Keys {
    /// By the index of the source: the file's name and its content. With any, nothing is fetched.
    files: HashMap<usize, (String, String)>,
    /// By the index of the source, what became of it.
    origins: HashMap<usize, String>,
}

impl Keys {
    /// Takes the options `--jwks FILE` and `--jwks SOURCE=FILE`.
    ///
    /// # Errors
    /// An option that names no source, or a file that holds no keys.
    pub fn new(options: &[String], config: &Config) -> Result<Self, String> {
        let mut files = HashMap::new();
        for option in options {
            let (source, file) = assign(option, config)?;
            let cannot = |cause: &str| format!("cannot use {file}: {cause}");
            let text = read_text(Path::new(file)).map_err(|cause| cannot(&cause))?;
            if text.len() > config.keys.max_bytes {
                return Err(cannot(&format!(
                    "it has more than keys.max_bytes ({})",
                    config.keys.max_bytes
                )));
            }
            KeySet::parse(text.as_bytes()).map_err(|fault| cannot(&fault.to_string()))?;
            if files.insert(source, (file.to_owned(), text)).is_some() {
                return Err(format!("--jwks {option} is a second file for one source"));
            }
        }
        let inline = config.key_sources.iter().enumerate();
        let inline = inline.filter(|(_, source)| matches!(source.location, KeyLocation::Inline(_)));
        let origins = inline.map(|(index, _)| (index, "in the configuration".to_owned())).collect();
        Ok(Self { files, origins })
    }

    /// Where the keys of a source are from, or why there are none.
    pub fn origin(&self, source: usize) -> &str {
        self.origins.get(&source).map_or("", String::as_str)
    }

    /// Carries out an attempt that judging has brought about.
    pub fn carry_out(
        &mut self,
        config: &Config,
        source: usize,
        start: &Start,
        store: &mut KeyCaches,
        now: UnixMillis,
    ) {
        let Some(key_source) = config.key_sources.get(source) else { return };
        let Some(cache) = store.cache(source) else { return };
        let AfterKvRead::Fetch(_) = cache.kv_read(now, start, None) else { return };
        let (outcome, origin) = match self.obtain(config, source, key_source, now) {
            Ok((fetched, origin)) => (Outcome::Set(fetched), origin),
            Err(cause) => (Outcome::Failed, cause),
        };
        cache.fetched(now, start, outcome);
        self.origins.insert(source, origin);
    }

    fn obtain(
        &self,
        config: &Config,
        source: usize,
        key_source: &KeySource,
        now: UnixMillis,
    ) -> Result<(Fetched, String), String> {
        if self.files.is_empty() {
            let fetched = fetch(key_source, config, now)?;
            let origin = format!("fetched from {}", fetched.jwks_uri);
            return Ok((fetched, origin));
        }
        let missing =
            || format!("no --jwks for {}, and nothing is fetched beside files", key_source.name);
        let (file, text) = self.files.get(&source).ok_or_else(missing)?;
        let keys = KeySet::parse(text.as_bytes()).map_err(|fault| fault.to_string())?;
        let fetched = Fetched {
            keys: Rc::new(keys),
            document: text.as_str().into(),
            jwks_uri: "".into(),
            etag: None,
            fetched_at: now,
        };
        Ok((fetched, format!("from {file}")))
    }
}

/// Which source an option is for, and its file.
fn assign<'o>(option: &'o str, config: &Config) -> Result<(usize, &'o str), String> {
    let sources = &config.key_sources;
    for (index, source) in sources.iter().enumerate() {
        let file =
            option.strip_prefix(source.name.as_str()).and_then(|rest| rest.strip_prefix('='));
        if let Some(file) = file {
            return Ok((index, file));
        }
    }
    for provider in &config.providers {
        let rest = option.strip_prefix(provider.name.as_str());
        if let (Some(file), [issuer]) =
            (rest.and_then(|rest| rest.strip_prefix('=')), provider.issuers.as_slice())
        {
            return Ok((issuer.key_source, file));
        }
    }
    match sources.len() {
        1 => Ok((0, option)),
        _ => {
            let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
            Err(format!(
                "--jwks {option} must say whose keys these are, as --jwks SOURCE=FILE; the sources are {}",
                names.join(", "),
            ))
        }
    }
}
