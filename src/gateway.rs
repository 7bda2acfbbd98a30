//! The pipeline: one request in, one verdict out.

use crate::config::Config;
use crate::credential::{Credential, CredentialSource};
use crate::http_url::{HttpUrl, is_loopback_host};
use crate::key_store::KeyStore;
use crate::provider::Target;
use crate::reject::{Refusal, RefusalContext, Reject};
use crate::request::{Headers, Request, split_origin};
use crate::time::UnixMillis;
use crate::upstream::Forward;
use crate::verifier::{self, Contender, Stop};

/// A validated configuration at work.
#[derive(Debug)]
pub struct Gateway {
    config: Config,
    read_headers: Vec<String>,
}

/// A request as the shell receives it.
#[derive(Clone, Debug)]
pub struct Incoming<'a> {
    /// The method.
    pub method: &'a str,
    /// The absolute URL.
    pub url: &'a str,
    /// The fields that [`Gateway::read_headers`] names.
    pub headers: Headers<'a>,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Send it to a backend.
    Forward(Forward),
    /// Answer it with a refusal.
    Refuse(Refused),
    /// Judge it again when the attempt of that key source has settled, at the latest at that
    /// moment.
    Wait {
        /// The index of the key source.
        source: usize,
        /// When to stop waiting.
        until: UnixMillis,
    },
}

/// A refusal, with what the log says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The answer.
    pub refusal: Refusal,
    /// The name of the provider that refused the token, where it came to that.
    pub provider: Option<String>,
}

/// The field that holds a request's id on Cloudflare's network.
const RAY: &str = "cf-ray";

impl Gateway {
    /// A gateway that follows `config`.
    pub fn new(config: Config) -> Self {
        let mut read_headers = vec![RAY.to_owned()];
        read_headers.extend(config.providers.iter().map(|p| p.credential.header.clone()));
        read_headers.sort_unstable();
        read_headers.dedup();
        Self { config, read_headers }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The header fields that the shell must hand in, in lower case.
    pub fn read_headers(&self) -> &[String] {
        &self.read_headers
    }

    /// The fields that must be removed from every request that is forwarded, in lower case, beside
    /// those with [`crate::upstream::IDENTITY_PREFIX`].
    pub fn stripped_headers(&self) -> impl Iterator<Item = &str> {
        self.config.providers.iter().map(|provider| provider.credential.header.as_str())
    }

    /// The request's id on Cloudflare's network.
    pub fn ray<'a>(incoming: &Incoming<'a>) -> Option<&'a str> {
        incoming.headers.get(RAY).filter(|ray| !ray.is_empty())
    }

    /// Empty key caches for this configuration.
    pub fn key_store(&self) -> KeyStore {
        KeyStore::new(self.config.key_sources.len(), self.config.keys.policy)
    }

    /// Judges a request. Attempts to fetch keys that this brings about are left in `keys`.
    pub fn judge(&self, incoming: &Incoming<'_>, keys: &mut KeyStore, now: UnixMillis) -> Verdict {
        let mut contenders = self.contenders();
        match self.verify(incoming, &mut contenders, keys, now) {
            Ok(forward) => Verdict::Forward(forward),
            Err(Stop::Wait { source, until }) => Verdict::Wait { source, until },
            Err(Stop::Reject(reject)) => {
                Verdict::Refuse(self.refused(incoming, &reject, &contenders))
            }
        }
    }

    /// The refusal of a request for a reason that the shell has found.
    pub fn refuse(&self, incoming: &Incoming<'_>, reject: &Reject) -> Refused {
        self.refused(incoming, reject, &self.contenders())
    }

    fn verify<'c>(
        &'c self,
        incoming: &Incoming<'c>,
        contenders: &mut Vec<Contender<'c>>,
        keys: &mut KeyStore,
        now: UnixMillis,
    ) -> Result<Forward, Stop> {
        let request = Request::new(incoming.method, incoming.url, incoming.headers.clone())?;
        let sources: Vec<&CredentialSource> =
            self.config.providers.iter().map(|provider| &provider.credential).collect();
        let credential = Credential::find(&sources, &request.headers)?;
        let public_urls = self.public_urls(request.origin)?;
        let target = Target { public_urls: &public_urls, path: request.path.as_sent() };
        let session = verifier::verify(&self.config, contenders, &credential, target, keys, now)?;
        Ok(Forward::new(&self.config.upstream, &request, &session))
    }

    fn contenders(&self) -> Vec<Contender<'_>> {
        let providers = self.config.providers.iter();
        providers
            .flat_map(|provider| provider.issuers.iter().map(move |issuer| (provider, issuer)))
            .collect()
    }

    /// The configured ones; else the request's own host, which TLS was made for: https, or http
    /// where the host is this machine.
    fn public_urls(&self, origin: &str) -> Result<std::borrow::Cow<'_, [HttpUrl]>, Reject> {
        if !self.config.public_urls.is_empty() {
            return Ok(std::borrow::Cow::Borrowed(&self.config.public_urls));
        }
        HttpUrl::parse(&default_public_url(origin))
            .map(|url| vec![url].into())
            .map_err(|_| Reject::PathAmbiguous { fault: "follows an invalid host" })
    }

    fn refused(
        &self,
        incoming: &Incoming<'_>,
        reject: &Reject,
        contenders: &[Contender<'_>],
    ) -> Refused {
        let realm = match self.config.public_urls.first() {
            Some(url) => url.base(),
            None => default_public_url(split_origin(incoming.url).0),
        };
        let mut statuses = contenders.iter().map(|(provider, _)| provider.reject_status);
        let first = statuses.next().unwrap_or(401);
        let context = RefusalContext {
            jtl_session: !contenders.is_empty()
                && contenders.iter().all(|(provider, _)| provider.kind.is_jtl_session()),
            head: incoming.method == "HEAD",
            ray: Self::ray(incoming),
            realm: &realm,
            reject_status: if statuses.all(|status| status == first) { first } else { 401 },
        };
        let name = contenders.first().map(|(provider, _)| &provider.name);
        Refused {
            refusal: Refusal::new(reject, &context),
            provider: name
                .filter(|name| contenders.iter().all(|(provider, _)| provider.name == **name))
                .cloned(),
        }
    }
}

fn default_public_url(origin: &str) -> String {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    };
    let scheme = if is_loopback_host(host) { "http" } else { "https" };
    format!("{scheme}://{authority}")
}
