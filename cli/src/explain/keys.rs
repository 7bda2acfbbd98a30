//! The keys that a token is verified with: from files, or from their issuers.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drawbridge::config::Config;
use drawbridge::keys::AccessToken;
use drawbridge::keys::KeyCaches;
use drawbridge::keys::KeySet;
use drawbridge::keys::discovery;
use drawbridge::keys::{AfterKvRead, Fetched, Outcome, Start};
use drawbridge::keys::{ClientCredentials, KeyLocation, KeySource};
use drawbridge::time::UnixMillis;

use super::exchange::{Call, Response};
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
        let (document, uri, origin) = if self.files.is_empty() {
            let (document, uri) = Fetch::new(config).keys(key_source)?;
            let origin = format!("fetched from {uri}");
            (document, uri, origin)
        } else {
            let missing = || {
                format!("no --jwks for {}, and nothing is fetched beside files", key_source.name)
            };
            let (file, text) = self.files.get(&source).ok_or_else(missing)?;
            (text.clone(), String::new(), format!("from {file}"))
        };
        let keys = KeySet::parse(document.as_bytes()).map_err(|fault| fault.to_string())?;
        let fetched = Fetched {
            keys: Rc::new(keys),
            document: document.into(),
            jwks_uri: uri.into(),
            etag: None,
            fetched_at: now,
        };
        Ok((fetched, origin))
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

/// One attempt, with the configuration's bounds.
struct Fetch {
    deadline: UnixMillis,
    max_bytes: usize,
}

impl Fetch {
    fn new(config: &Config) -> Self {
        // Of this machine's clock, whatever `--now` says.
        let deadline = moment::now().plus(config.keys.policy.timeout);
        Self { deadline, max_bytes: config.keys.max_bytes }
    }

    /// The document, and its URL.
    fn keys(&self, source: &KeySource) -> Result<(String, String), String> {
        let uri = match &source.location {
            KeyLocation::Uri(uri) => uri.clone(),
            KeyLocation::Inline(_) => {
                return Err("keys in the configuration are not fetched".into());
            }
            KeyLocation::Discovery => {
                let url = discovery::metadata_url(&source.name);
                let response =
                    self.get(&url, None).map_err(|cause| format!("metadata: {cause}"))?;
                match response.status {
                    200 => discovery::jwks_uri(&response.body, &source.name)?,
                    status => return Err(format!("{url}: status {status}")),
                }
            }
        };
        let access = source
            .client_credentials
            .as_ref()
            .map(|access| self.access_token(access))
            .transpose()?;
        let authorization = access.map(|token| format!("Bearer {token}"));
        let response = self.get(&uri, authorization).map_err(|cause| format!("{uri}: {cause}"))?;
        match response.status {
            200 => {
                let document = String::from_utf8(response.body);
                Ok((document.map_err(|_| "the key set is not UTF-8")?, uri))
            }
            status => Err(format!("{uri}: status {status}")),
        }
    }

    fn access_token(&self, access: &ClientCredentials) -> Result<String, String> {
        let secret = |name: &str| {
            let value = std::env::var(name).ok().filter(|value| !value.is_empty());
            value.ok_or_else(|| {
                format!("these keys need an access token, and the environment has no {name}")
            })
        };
        let client = format!(
            "{}:{}",
            secret(&access.client_id_secret_name)?,
            secret(&access.client_secret_secret_name)?,
        );
        let scope = access.scope.map(|scope| format!("&scope={scope}")).unwrap_or_default();
        let requested_at = moment::now();
        let call = Call {
            url: &access.token_url,
            authorization: Some(format!("Basic {}", STANDARD.encode(client))),
            form: Some(format!("grant_type=client_credentials{scope}")),
            timeout: self.remaining(),
            max_bytes: self.max_bytes,
        };
        let failed = |cause: &str| format!("access token from {}: {cause}", access.token_url);
        let response = call.send().map_err(|cause| failed(&cause))?;
        if response.status != 200 {
            return Err(failed(&format!("status {}", response.status)));
        }
        let token = AccessToken::parse(&response.body, requested_at).map_err(failed)?;
        token.value(requested_at).map(str::to_owned).ok_or_else(|| failed("it has expired already"))
    }

    fn get(&self, url: &str, authorization: Option<String>) -> Result<Response, String> {
        let (timeout, max_bytes) = (self.remaining(), self.max_bytes);
        Call { url, authorization, form: None, timeout, max_bytes }.send()
    }

    fn remaining(&self) -> Duration {
        // None at all would be no bound.
        Duration::from_millis(self.deadline.since(moment::now()).max(1))
    }
}
