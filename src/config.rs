//! The configuration: from JSON to validated types, with every fault reported at once.

mod fields;
mod provider;
mod region;
mod spelling;
mod variables;

use std::fmt;

use serde_json::Value;

use crate::http_url::HttpUrl;
use crate::key_cache::Policy;
use crate::provider::Provider;
use crate::upstream::Upstream;
use fields::{Faults, Fields, integer, url};

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
    /// The backend.
    pub upstream: Upstream,
    /// How keys are cached.
    pub keys: KeyLimits,
}

/// Where an issuer's keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySource {
    /// The issuer, or the URL of the API that stands for it.
    pub name: String,
    /// The URL of its JWK Set.
    pub jwks_uri: String,
    /// What must be shown to read it.
    pub access: Option<ClientCredentials>,
}

/// An OAuth 2.0 client-credentials grant (RFC 6749, section 4.4). Secrets are named, not held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The token endpoint.
    pub token_url: String,
    /// The name of the secret with the client id.
    pub client_id_secret_name: String,
    /// The name of the secret with the client secret.
    pub client_secret_secret_name: String,
}

/// The bounds of caching keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLimits {
    /// Times.
    pub policy: Policy,
    /// How much of a response is read at most, in bytes.
    pub max_bytes: usize,
}

/// Something wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where, such as `providers[1].regions[0]`.
    pub place: String,
    /// What was found and what is allowed.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
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
        let document = variables::join(variables, &faults);
        let config = Self::read(&document, &faults);
        match (config, faults.into_sorted()) {
            (Some(config), faults) if faults.is_empty() => Ok(config),
            (_, faults) => Err(faults),
        }
    }

    /// The names of the secrets that the configuration refers to.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.key_sources.iter().filter_map(|source| source.access.as_ref()).flat_map(|access| {
            [access.client_id_secret_name.as_str(), access.client_secret_secret_name.as_str()]
        })
    }

    fn read(document: &Value, faults: &Faults) -> Option<Self> {
        let mut fields = Fields::open("", document, faults)?;
        let public_urls = fields.one_or_more("public_url", url);
        let clock_skew_seconds = fields.optional("clock_skew_seconds", integer(0..=60));
        let mut key_sources = Vec::new();
        let providers =
            fields.objects("providers", |fields| provider::read(fields, &mut key_sources));
        if providers.is_none() {
            faults.add("providers", "is required: at least one provider");
        }
        let upstream = fields.object("upstreams", |mut upstreams| {
            let origin = upstreams.object("origin", read_upstream);
            if !upstreams.has("origin") {
                upstreams.fault("origin", "is required: the backend");
            }
            upstreams.finish();
            origin
        });
        if !fields.has("upstreams") {
            faults.add("upstreams.origin", "is required: the backend");
        }
        let keys = match fields.has("keys") {
            true => fields.object("keys", read_keys),
            false => read_keys(Fields::empty("keys", faults)),
        };
        fields.finish();
        let providers = providers.unwrap_or_default();
        provider::check_together(&providers, faults);
        Some(Self {
            public_urls: public_urls.unwrap_or_default(),
            clock_skew_seconds: clock_skew_seconds.unwrap_or(5),
            providers,
            key_sources,
            upstream: upstream?,
            keys: keys?,
        })
    }
}

fn read_upstream(mut fields: Fields<'_>) -> Option<Upstream> {
    let url = fields.required("url", url);
    let timeout_millis = fields.optional("timeout_ms", integer(1..=600_000)).unwrap_or(30_000);
    fields.finish();
    Some(Upstream { url: url?, timeout_millis })
}

/// The defaults: a key revoked at a healthy issuer is dropped within ten minutes, an outage of a
/// day costs nobody access, and an issuer that is down is asked twice a minute at the most.
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
    fields.finish();
    Some(KeyLimits {
        policy: Policy {
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
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(document: &Value) -> Result<Config, Vec<String>> {
        Config::parse([("DRAWBRIDGE", document.to_string().as_str())])
            .map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    fn minimal() -> Value {
        json!({
            "providers": [{"name": "mc", "kind": "merchant-center", "regions": ["gcp-eu"]}],
            "upstreams": {"origin": {"url": "https://backend.example.com"}},
        })
    }

    #[test]
    fn the_defaults_are_the_documented_ones() {
        let config = parse(&minimal()).unwrap();
        assert!(config.public_urls.is_empty());
        assert_eq!(config.clock_skew_seconds, 5);
        assert_eq!(config.upstream.timeout_millis, 30_000);
        assert_eq!(
            config.keys,
            KeyLimits {
                policy: Policy {
                    fresh: 600_000,
                    stale: 86_400_000,
                    cooldown: 30_000,
                    timeout: 5_000,
                    wait: 500,
                },
                max_bytes: 65_536,
            },
        );
        assert_eq!(
            config.key_sources,
            [KeySource {
                name: "https://mc-api.europe-west1.gcp.commercetools.com".into(),
                jwks_uri: "https://mc-api.europe-west1.gcp.commercetools.com/.well-known/jwks.json"
                    .into(),
                access: None,
            }],
        );
    }

    #[test]
    fn every_fault_is_reported_at_once_with_its_place() {
        let faults = parse(&json!({
            "public_url": ["https://api.example.com", "http://api.example.com"],
            "clock_skew_seconds": 61,
            "provider": [],
            "providers": [
                {"name": "mc", "kind": "merchant-centre", "regions": []},
                {"name": "mc", "kind": "merchant-center", "regions": ["gcp-er", 5, "https://u@x.example"]},
                {"kind": "jtl-session", "enviroment": "qa", "client_id_secret_name": "a b"},
                7,
            ],
            "upstreams": {"orign": {}, "origin": {"url": "backend", "timeout_ms": "1s"}},
            "keys": {"wait_ms": 600, "timeout_ms": 500, "fresh_seconds": 0.5},
        }))
        .unwrap_err();
        assert_eq!(
            faults,
            [
                "clock_skew_seconds: is 61; must be an integer from 0 to 60",
                "keys.fresh_seconds: is 0.5; must be an integer from 1 to 86400",
                "keys.wait_ms: is 600, which is more than timeout_ms (500)",
                "provider: is not a known setting; did you mean `providers`?",
                "providers[0].kind: is \"merchant-centre\"; must be one of \"merchant-center\", \"jtl-session\"; did you mean \"merchant-center\"?",
                "providers[1].regions[0]: is \"gcp-er\"; must be a gateway URL or one of \"gcp-au\", \"gcp-eu\", \"gcp-us\", \"aws-eu\", \"aws-us\", \"aws-fra\", \"aws-ohio\"; did you mean \"gcp-eu\"?",
                "providers[1].regions[1]: is a number; must be a string",
                "providers[1].regions[2]: is \"https://u@x.example\"; must have no user name or password",
                "providers[2].client_id_secret_name: must be the name of a Worker secret: letters, digits and _",
                "providers[2].client_secret_secret_name: is required",
                "providers[2].enviroment: is not a known setting; did you mean `environment`?",
                "providers[2].name: is required",
                "providers[3]: is a number; must be an object",
                "public_url[1]: is \"http://api.example.com\"; must be https (http is for loopback hosts only)",
                "upstreams.origin.timeout_ms: is a string; must be an integer from 1 to 600000",
                "upstreams.origin.url: is \"backend\"; must be an absolute URL such as https://api.example.com",
                "upstreams.orign: is not a known setting; did you mean `origin`?",
            ],
        );
    }

    #[test]
    fn what_is_required_is_named() {
        assert_eq!(
            parse(&json!({})).unwrap_err(),
            [
                "providers: is required: at least one provider",
                "upstreams.origin: is required: the backend"
            ],
        );
        assert_eq!(
            Config::parse([]).unwrap_err()[0].to_string(),
            "DRAWBRIDGE: is missing; the configuration is the variable DRAWBRIDGE",
        );
    }
}
