//! The configuration: from JSON to validated types. Every fault is reported at once.

mod cors;
mod keys;
mod log;
mod provider;
mod route;
#[cfg(not(target_arch = "wasm32"))]
mod schema;
mod unmatched;
mod upstream;
mod warning;

use std::cell::Cell;
use std::collections::HashSet;

use crate::keys::{KeySource, KeySources};
use crate::provider::Provider;
use crate::request::{Cors, HttpUrl};
use crate::route::{Route, RouteTable};
use crate::upstream::Upstream;
pub use keys::KeyLimits;
pub use log::Log;

use crate::settings::shape::{boolean, integer, secret_name, url};
use crate::settings::{self, Fault, Faults, Fields};

/// A configuration without faults.
#[derive(Clone, Debug)]
pub struct Config {
    /// The URLs at which callers reach the worker. If there is none, the public URL is the origin
    /// of each request.
    pub public_urls: Vec<HttpUrl>,
    /// The tolerance for clock differences in seconds.
    pub clock_skew_seconds: u8,
    /// The providers whose tokens are accepted; at least one.
    pub providers: Vec<Provider>,
    /// The sources of the providers' keys.
    pub key_sources: Vec<KeySource>,
    /// The backends.
    pub upstreams: Vec<Upstream>,
    /// The table of routes.
    pub routes: RouteTable,
    /// Whether a request that no route matches is refused.
    pub deny_unmatched: bool,
    /// The route for a request that no other route matches, unless `deny_unmatched` is true.
    pub unmatched: Route,
    /// The rules for cross-origin requests, if Drawbridge answers preflights.
    pub cors: Option<Cors>,
    /// The limits of the key cache.
    pub keys: KeyLimits,
    /// The settings of the log.
    pub log: Log,
    /// The name of the secret with which a monitor may see the details of each key source.
    pub health_secret_name: Option<String>,
}

impl Config {
    /// Reads the configuration from the worker's variables.
    ///
    /// `variables` are pairs of a name and a JSON text. The text of `DRAWBRIDGE` and of every
    /// `DRAWBRIDGE_<NAME>` must be an object. Other variables are ignored.
    ///
    /// # Errors
    /// Returns every fault of the configuration, each with its place.
    pub fn parse<'v>(
        variables: impl IntoIterator<Item = (&'v str, &'v str)>,
    ) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let document = settings::join(variables, &faults);
        let config = Fields::open("", &document, &faults).and_then(|f| Self::read(f, &faults));
        settings::refuse_tokens("", &document, &faults);
        match (config, faults.into_sorted()) {
            (Some(config), faults) if faults.is_empty() => Ok(config),
            (_, faults) => Err(faults),
        }
    }

    /// Returns the names of the secrets that the configuration refers to, without duplicates.
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

    pub(in crate::config) fn read(mut fields: Fields<'_>, faults: &Faults) -> Option<Self> {
        let public_urls = fields.one_or_more("public_url", url());
        let clock_skew_seconds = fields.optional("clock_skew_seconds", integer(0..=60));
        let mut unmatched = unmatched::read(&mut fields);
        let case_sensitive = fields.optional("case_sensitive", boolean()).unwrap_or(false);
        fields
            .gone("case_insensitive", "is gone; remove it: rules for sessions ignore case already");

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
        let context = route::Context {
            providers: &providers,
            provider_names: &provider_names,
            upstreams: &upstreams,
            upstream_names: &upstream_names,
            case_sensitive,
            narrower: Cell::default(),
            faults,
        };
        let routes = fields.objects("routes", |f| route::read(f, &context));
        unmatched.narrower = context.narrower.take();
        let routes = route::table(routes, case_sensitive, faults);

        let cors = fields.object("cors", cors::read);
        let keys = fields.object_or_default("keys", keys::read);
        let log = fields.object_or_default("log", log::read);
        let described = fields.describes();
        fields.finish();
        if described {
            return None;
        }

        if public_urls.is_none() {
            upstream::check_without_public_url(&upstreams, faults);
        }
        let backends = unmatched::Backends {
            providers: &providers,
            upstreams: &upstreams,
            upstream_names: &upstream_names,
        };
        Some(Self {
            unmatched: unmatched.route(backends, faults)?,
            public_urls: public_urls.unwrap_or_default(),
            clock_skew_seconds: clock_skew_seconds.unwrap_or(5),
            providers,
            key_sources: key_sources.into_vec(),
            upstreams,
            routes: routes?,
            deny_unmatched: unmatched.denies.unwrap_or(false),
            cors,
            keys: keys?,
            log: log?,
            health_secret_name,
        })
    }
}

#[cfg(test)]
mod tests;
