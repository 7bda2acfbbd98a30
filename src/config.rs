//! The configuration: from JSON to validated types, with every fault reported at once.

mod cors;
mod log;
mod provider;
mod route;
mod secrets;
mod upstream;
mod warning;

use std::collections::HashSet;

use crate::keys::{CachePolicy, KeySource, KeySources};
use crate::provider::Provider;
use crate::request::{Cors, HttpUrl, Quirks};
use crate::route::{Access, Action, Pattern, Requirement, Route, RouteTable};
use crate::upstream::Upstream;
pub use log::Log;
pub use secrets::Secrets;

use crate::settings::shape::{boolean, integer, one_of, secret_name, url};
use crate::settings::{self, Fault, Faults, Fields};

/// A configuration without faults.
#[derive(Clone, Debug)]
pub struct Config {
    /// The URLs under which callers reach the worker; none where it is the request's own.
    pub public_urls: Vec<HttpUrl>,
    /// How far clocks may differ, in seconds.
    pub clock_skew_seconds: u8,
    /// Whose tokens are accepted; at least one.
    pub providers: Vec<Provider>,
    /// Where the providers' keys come from.
    pub key_sources: Vec<KeySource>,
    /// The backends.
    pub upstreams: Vec<Upstream>,
    /// The rules.
    pub routes: RouteTable,
    /// A request that no route matches is refused.
    pub deny_unmatched: bool,
    /// What applies to it otherwise.
    pub unmatched: Route,
    /// Cross-origin requests, where they are answered at the edge.
    pub cors: Option<Cors>,
    /// How keys are cached.
    pub keys: KeyLimits,
    /// What is logged.
    pub log: Log,
    /// The name of the secret that a monitor shows to see each source.
    pub health_secret_name: Option<String>,
}

/// The bounds of caching keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLimits {
    /// Times.
    pub policy: CachePolicy,
    /// How much of a response is read at most, in bytes.
    pub max_bytes: usize,
}

impl Config {
    /// Reads the configuration from the worker's variables: `DRAWBRIDGE` and every
    /// `DRAWBRIDGE_<NAME>`, each an object as JSON text, by name. Others are ignored.
    ///
    /// # Errors
    /// Every fault that there is.
    pub fn parse<'v>(
        variables: impl IntoIterator<Item = (&'v str, &'v str)>,
    ) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let document = settings::join(variables, &faults);
        let config = Fields::open("", &document, &faults).and_then(|f| Self::read(f, &faults));
        match (config, faults.into_sorted()) {
            (Some(config), faults) if faults.is_empty() => Ok(config),
            (_, faults) => Err(faults),
        }
    }

    /// What is allowed and yet risky.
    pub fn warnings(&self) -> Vec<Fault> {
        warning::find(self)
    }

    /// The JSON Schema (draft 2020-12) of the configuration.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn schema() -> serde_json::Value {
        let (faults, sink) = (Faults::default(), std::rc::Rc::default());
        Self::read(Fields::describe(&faults, &sink), &faults);
        let title = "The configuration of Drawbridge: [vars.DRAWBRIDGE] in wrangler.toml";
        let mut schema = sink.take();
        if let serde_json::Value::Object(schema) = &mut schema {
            let draft = "https://json-schema.org/draft/2020-12/schema";
            schema.insert("$schema".into(), draft.into());
            schema.insert("title".into(), title.into());
        }
        schema
    }

    /// The names of the secrets that the configuration refers to, each once.
    pub fn secret_names(&self) -> Vec<&str> {
        let access =
            self.providers.iter().filter_map(|provider| provider.client_credentials.as_ref());
        let mut names: Vec<&str> = access
            .flat_map(|access| [&access.client_id_secret_name, &access.client_secret_secret_name])
            .map(String::as_str)
            .collect();
        for upstream in &self.upstreams {
            names.extend(upstream.shared_secret.iter().map(|secret| secret.secret_name.as_str()));
            let keys = upstream.assertion.iter().flat_map(|a| &a.signing_key_secret_names);
            names.extend(keys.map(String::as_str));
        }
        names.extend(self.health_secret_name.as_deref());
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(*name));
        names
    }

    fn read(mut fields: Fields<'_>, faults: &Faults) -> Option<Self> {
        let public_urls = fields.one_or_more("public_url", url());
        let clock_skew_seconds = fields.optional("clock_skew_seconds", integer(0..=60));
        let deny_unmatched =
            fields.optional("unmatched", one_of(&[("session", false), ("deny", true)]));
        let ignore_case = fields.optional("case_insensitive", boolean()).unwrap_or(false);

        let health_secret_name = fields.optional("health_secret_name", secret_name());

        let mut key_sources = KeySources::default();
        let provider_names = fields.names_of_objects("providers");
        let upstream_names = fields.names_of_tables("upstreams");
        let providers = fields.objects("providers", |f| provider::read(f, &mut key_sources));
        fields.demand("providers", "is required: at least one provider");
        if fields.is_empty_array("providers") {
            fields.fault("providers", "is empty; must have at least one provider");
        }
        provider::check_together(&provider_names, key_sources.as_slice(), faults);

        let upstreams = fields
            .tables("upstreams", |name, f| upstream::read(name, f, &providers, &provider_names));
        let around = route::RouteContext {
            providers: &providers,
            provider_names: &provider_names,
            upstreams: &upstreams,
            upstream_names: &upstream_names,
            ignore_case,
            faults,
        };
        let routes = fields.objects("routes", |f| route::read(f, &around));
        let routes = route::table(routes, ignore_case, faults);

        let cors = fields.object("cors", cors::read);
        let keys = fields.object_or_default("keys", read_keys);
        let log = fields.object_or_default("log", log::read);
        let described = fields.describes();
        fields.finish();
        if described {
            return None;
        }

        let deny_unmatched = deny_unmatched.unwrap_or(false);
        let origin = upstreams.iter().position(|upstream| upstream.name == "origin");
        if !deny_unmatched && !upstream_names.iter().any(|name| name == "origin") {
            faults.add(
                "upstreams.origin",
                "is required: the backend of requests that no route matches; or set unmatched = \
                 \"deny\"",
            );
        }
        let cacheable = |index: usize| upstreams.get(index).is_some_and(|u| u.cacheable);
        if !deny_unmatched && origin.is_some_and(cacheable) {
            faults.add("upstreams.origin.cache", route::CACHED_SESSIONS);
        }
        for upstream in &upstreams {
            if upstream.assertion.is_some() && public_urls.is_none() {
                let place = format!("upstreams.{}.assertion", upstream.name);
                faults.add(place, "needs a public_url, which is the assertion's issuer");
            }
        }
        if let Some(origin) = origin.and_then(|index| upstreams.get(index))
            && !deny_unmatched
        {
            let fault = |member: &str, message: &str| {
                faults.add(format!("upstreams.origin.{member}"), message);
            };
            if !origin.strip_prefix.is_empty() {
                fault(
                    "strip_prefix",
                    "needs unmatched = \"deny\", since other paths come here, too",
                );
            }
            if origin.client_credentials.is_some() && !providers.iter().all(|p| p.kind.has_tenant())
            {
                fault("access_token_of", route::NOT_JTL);
            }
        }
        let everybody: Vec<&Provider> = providers.iter().collect();
        if !deny_unmatched {
            provider::check_side_by_side(&everybody, "providers", faults);
        }
        let unmatched = Route {
            pattern: Pattern::parse("/*").ok()?,
            methods: None,
            access: Access::Session {
                providers: (0..providers.len()).collect(),
                require: Requirement::default(),
                report_only: false,
            },
            action: Action::Forward { upstream: origin.unwrap_or_default(), with_token: false },
            admits: Quirks::default(),
        };
        Some(Self {
            public_urls: public_urls.unwrap_or_default(),
            clock_skew_seconds: clock_skew_seconds.unwrap_or(5),
            providers,
            key_sources: key_sources.into_vec(),
            upstreams,
            routes: routes?,
            deny_unmatched,
            unmatched,
            cors,
            keys: keys?,
            log: log?,
            health_secret_name,
        })
    }
}

/// The defaults, with what decides them in the simulated network of `docs/key-caching.md`:
///
/// - `fresh_seconds`: a key revoked at a healthy issuer is dropped within ten minutes. The shortest
///   with which a cron trigger every 5 min is the only one to ask the issuer, 12 times an hour
///   (without it 900): its set is at most 300 s old, 60 s late in KV and 30 s in a location's
///   cache, less than the 480 s from which isolates refresh for themselves. With 300 they do:
///   1,663 fetches an hour instead of 351 on a mixed day.
/// - `stale_seconds`: an outage of a day costs nobody access; with 1,800 an outage of an hour
///   costs 11,215 requests.
/// - `cooldown_seconds`: with 10, a flood of invented key ids makes 106,697 fetches an hour instead
///   of 73,922; with 120 it makes 278 valid requests fail at an abrupt rotation instead of 36.
/// - `wait_ms`: time for KV and most issuers to answer an isolate that slept. With 100 it uses its
///   old set instead: a key was still accepted 56 min after it was revoked, not 8.
/// - `timeout_ms`: one answer in a hundred takes up to 3 s; nobody who has a set waits for it.
fn read_keys(mut fields: Fields<'_>) -> Option<KeyLimits> {
    let mut number =
        |name, range, default| fields.optional(name, integer(range)).unwrap_or(default);
    let fresh: u64 = number("fresh_seconds", 1..=86_400, 600);
    let stale: u64 = number("stale_seconds", 0..=604_800, 86_400);
    let cooldown: u64 = number("cooldown_seconds", 1..=300, 30);
    let timeout = number("timeout_ms", 100..=30_000, 5_000);
    let wait = number("wait_ms", 0..=30_000, 500);
    let max_bytes: u64 = number("max_bytes", 1_024..=1_048_576, 65_536);
    if wait > timeout {
        fields.fault("wait_ms", format!("is {wait}, which is more than timeout_ms ({timeout})"));
    }
    if cooldown > fresh {
        let message = format!("is {cooldown}, which is more than fresh_seconds ({fresh})");
        fields.fault("cooldown_seconds", message);
    }
    fields.finish();
    Some(KeyLimits {
        policy: CachePolicy {
            fresh: fresh.saturating_mul(1000),
            stale: stale.saturating_mul(1000),
            cooldown: cooldown.saturating_mul(1000),
            timeout,
            wait,
        },
        max_bytes: usize::try_from(max_bytes).ok()?,
    })
}

#[cfg(test)]
mod tests;
