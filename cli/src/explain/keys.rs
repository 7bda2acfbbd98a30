//! The keys that a token is verified with: from files, or from their issuers.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use drawbridge::config::Config;
use drawbridge::keys::exchange::{Call, Reply};
use drawbridge::keys::fetch::{Document, FetchError, KeyFetch, Next};
use drawbridge::keys::grant::{self, GrantError};
use drawbridge::keys::{
    AfterKvRead, ClientCredentials, Fetched, KeyCaches, KeyLocation, KeySet, KeySource, Outcome,
    Start,
};
use drawbridge::time::UnixMillis;

use super::exchange;
use super::moment;
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
            let fetched = Driver::new(config).keys(key_source, now)?;
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

/// Carries out one attempt, with the configuration's bounds.
struct Driver {
    deadline: UnixMillis,
    max_bytes: usize,
}

impl Driver {
    fn new(config: &Config) -> Self {
        // Of this machine's clock, whatever `--now` says.
        let deadline = moment::now().plus(config.keys.policy.timeout);
        Self { deadline, max_bytes: config.keys.max_bytes }
    }

    fn keys(&self, source: &KeySource, now: UnixMillis) -> Result<Fetched, String> {
        let (mut fetch, mut next) = KeyFetch::start(source, None, now);
        loop {
            next = match next {
                Next::Send(call) => fetch.replied(self.send(&call, self.max_bytes)),
                Next::Authorise { credentials, .. } => match self.access_token(credentials) {
                    Ok(token) => fetch.authorised(Ok(&token)),
                    Err(cause) => fetch.authorised(Err(cause)),
                },
                Next::Done(Ok(Outcome::Set(set))) => return Ok(set),
                // Nothing was asked that could be unchanged.
                Next::Done(Ok(_)) => return Err("the issuer has sent no keys".into()),
                Next::Done(Err(error)) => return Err(told(error)),
            };
        }
    }

    fn access_token(&self, credentials: &ClientCredentials) -> Result<String, String> {
        let secret = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let call = grant::call(credentials, secret).map_err(|name| {
            format!("these keys need an access token, and the environment has no {name}")
        })?;
        let requested_at = moment::now();
        let failed = |cause: &str| format!("access token from {}: {cause}", credentials.token_url);
        let token = grant::token(self.send(&call, grant::MAX_RESPONSE_BYTES), requested_at)
            .map_err(|error| match error {
                GrantError::Invalid(fault) => failed(fault),
                GrantError::Status(status) => failed(&format!("status {status}")),
                GrantError::Unanswered(cause) => failed(&cause),
            })?;
        token.value(requested_at).map(str::to_owned).ok_or_else(|| failed("it has expired already"))
    }

    fn send(&self, call: &Call, max_bytes: usize) -> Result<Reply, String> {
        // No time at all would be no bound.
        let remaining = self.deadline.since(moment::now()).max(1);
        exchange::send(call, Duration::from_millis(remaining), max_bytes)
    }
}

/// The cause with the URL that did not serve.
fn told(error: FetchError) -> String {
    match error {
        FetchError::Status { url, status, .. } => format!("{url}: status {status}"),
        FetchError::Unanswered { document: Document::Keys, url, cause } => {
            format!("{url}: {cause}")
        }
        error => error.to_string(),
    }
}
