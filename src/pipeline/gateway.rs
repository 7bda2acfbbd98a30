//! A validated configuration at work.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::config::Config;
use crate::keys::KeyCaches;
use crate::rejection::Rejection;
use crate::request::{HttpUrl, is_loopback_host, split_origin, split_port};
use crate::secrets::Secrets;
use crate::settings::Fault;
use crate::upstream::{AUTHORIZATION, AssertionKey, Forward, Forwarded, RemovedFields, TokenIds};

/// The header field with a request's id on Cloudflare's network.
pub(super) const RAY: &str = "cf-ray";
pub(super) const ORIGIN: &str = "origin";
pub(super) const REQUESTED_METHOD: &str = "access-control-request-method";

/// The fields that are removed from the requests to one upstream.
#[derive(Debug)]
struct Removed {
    of_sessions: RemovedFields,
    of_public_routes: RemovedFields,
}

/// A validated configuration at work.
#[derive(Debug)]
pub struct Gateway {
    pub(super) config: Config,
    pub(super) secrets: Secrets,
    pub(super) assertion_keys: HashMap<String, AssertionKey>,
    pub(super) token_ids: TokenIds,
    read_headers: Vec<String>,
    /// The removed fields of each upstream, in the order of the configuration.
    removed_fields: Vec<Removed>,
}

impl Gateway {
    /// Makes a gateway that follows `config`. `secrets` holds the values of
    /// [`Config::secret_names`]. `random` returns random bytes, from which the ids of assertions
    /// are made. It is called once, for the first assertion.
    ///
    /// # Errors
    /// Returns a fault for each secret that is missing, empty or invalid.
    pub fn new(
        config: Config,
        secrets: Secrets,
        random: fn() -> [u8; 16],
    ) -> Result<Self, Vec<Fault>> {
        let names = config.secret_names().into_iter();
        let mut faults: Vec<Fault> = names
            .filter(|name| secrets.get(name).is_none_or(str::is_empty))
            .map(|name| Fault::new(name, "is missing; set this secret"))
            .collect();
        let mut assertion_keys = HashMap::new();
        let policies = config.upstreams.iter().filter_map(|upstream| upstream.assertion.as_ref());
        for name in policies.flat_map(|policy| &policy.signing_key_secret_names) {
            let Some(jwk) = secrets.get(name).filter(|jwk| !jwk.is_empty()) else { continue };
            match AssertionKey::parse(jwk) {
                Ok(key) => drop(assertion_keys.insert(name.clone(), key)),
                Err(message) => faults.push(Fault::new(name, message)),
            }
        }
        for secret in config.upstreams.iter().filter_map(|u| u.shared_secret.as_ref()) {
            if secrets.get(&secret.secret_name).is_some_and(|text| !is_field_value(text)) {
                faults.push(Fault::new(
                    &secret.secret_name,
                    "has a character that no header may hold",
                ));
            }
        }
        if !faults.is_empty() {
            faults.sort();
            faults.dedup();
            return Err(faults);
        }
        let fixed = [RAY, ORIGIN, REQUESTED_METHOD].map(str::to_owned);
        let mut read_headers: Vec<String> = fixed.into();
        read_headers.extend(config.providers.iter().map(|p| p.credential.header.clone()));
        read_headers.extend(config.health_secret_name.as_ref().map(|_| AUTHORIZATION.to_owned()));
        read_headers.sort_unstable();
        read_headers.dedup();
        let removed_fields = removed_fields(&config);
        let token_ids = TokenIds::new(random);
        Ok(Self { config, secrets, assertion_keys, token_ids, read_headers, removed_fields })
    }

    /// Returns the values of the secrets that the configuration names.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Returns the configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the names of the header fields that the shell must hand in, in lower case.
    pub fn read_headers(&self) -> &[String] {
        &self.read_headers
    }

    /// Returns the fields that are removed from a request on behalf of a session to this upstream,
    /// except for [`Forward::kept`]. Returns `None` if there is no such upstream.
    pub fn removed_of_sessions(&self, upstream: usize) -> Option<&RemovedFields> {
        self.removed_fields.get(upstream).map(|removed| &removed.of_sessions)
    }

    /// Returns the fields that are removed from a request of a public route to this upstream. The
    /// credentials of such a request are the backend's own and stay. Returns `None` if there is no
    /// such upstream.
    pub fn removed_of_public_routes(&self, upstream: usize) -> Option<&RemovedFields> {
        self.removed_fields.get(upstream).map(|removed| &removed.of_public_routes)
    }

    /// Returns whether this request reaches its backend without its field of this name. `name` is
    /// in lower case.
    pub fn removes(&self, forward: &Forward, name: &str) -> bool {
        let removed = match forward.session() {
            Some(_) => self.removed_of_sessions(forward.upstream()),
            None => self.removed_of_public_routes(forward.upstream()),
        };
        removed.is_some_and(|removed| removed.removes(name)) && forward.kept() != Some(name)
    }

    /// Returns empty key caches for this configuration.
    pub fn key_caches(&self) -> KeyCaches {
        KeyCaches::new(&self.config.key_sources, self.config.keys.policy)
    }

    /// Returns the configured public URLs. If there are none, returns the URL of the request's own
    /// host, for which the caller's TLS connection was made. The scheme is `http` for a loopback
    /// host, else `https`.
    pub(super) fn public_urls(&self, origin: &str) -> Result<Cow<'_, [HttpUrl]>, Rejection> {
        if !self.config.public_urls.is_empty() {
            return Ok(Cow::Borrowed(&self.config.public_urls));
        }
        HttpUrl::parse(&default_public_url(origin))
            .map(|url| vec![url].into())
            .map_err(|_| Rejection::PathAmbiguous { fault: "follows an invalid host" })
    }

    /// Returns the host and the scheme that the backend is told: those of a public URL, or else those
    /// of the request's own URL, if its host is valid. `origin` is the latter's `https://host:port`.
    /// An API that is called with an access token of the app makes no URLs for callers and is told
    /// nothing.
    pub(super) fn forwarded(&self, upstream: usize, origin: &str) -> Option<Forwarded> {
        let upstream = self.config.upstreams.get(upstream)?;
        if upstream.client_credentials.is_some() {
            return None;
        }
        let configured = Forwarded::choose(&self.config.public_urls, origin, upstream.cacheable);
        configured.or_else(|| Some(Forwarded::of(self.public_urls(origin).ok()?.first()?, origin)))
    }

    /// Returns the URL that a challenge names: the first public URL, or else that of the request's
    /// host.
    pub(super) fn realm(&self, url: &str) -> String {
        match self.config.public_urls.first() {
            Some(url) => url.base(),
            None => default_public_url(split_origin(url).0),
        }
    }
}

/// Returns whether the bytes of a text can be sent as a field value (RFC 9110, section 5.5): visible
/// ASCII, and spaces that are not at an end.
fn is_field_value(text: &str) -> bool {
    text.trim_matches(' ') == text && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
}

/// Returns the removed fields for each upstream. A field that the worker sets for one backend is
/// removed from the requests to every backend, so that no caller can set it anywhere. The one
/// exception is a secret in `authorization`: other backends have their own credentials there.
fn removed_fields(config: &Config) -> Vec<Removed> {
    let credentials = config.providers.iter().map(|provider| provider.credential.header.as_str());
    let credentials: Vec<&str> = credentials.collect();
    let of = |index: usize| {
        let mut names = Vec::new();
        for (other, upstream) in config.upstreams.iter().enumerate() {
            let emitted = upstream.emitted_headers();
            names.extend(emitted.filter(|name| other == index || *name != AUTHORIZATION));
        }
        let upstream = config.upstreams.get(index);
        let with_token = upstream.is_some_and(|upstream| upstream.client_credentials.is_some());
        let of_public_routes = RemovedFields::new(&names, with_token);
        names.extend_from_slice(&credentials);
        Removed { of_sessions: RemovedFields::new(&names, with_token), of_public_routes }
    };
    (0..config.upstreams.len()).map(of).collect()
}

fn default_public_url(origin: &str) -> String {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    let (host, _) = split_port(authority);
    let scheme = if is_loopback_host(host) { "http" } else { "https" };
    format!("{scheme}://{authority}")
}
