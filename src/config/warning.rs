//! Warnings about settings that are allowed but risky.

use super::Config;
use crate::provider::Usage;
use crate::route::{Access, Route};
use crate::settings::Fault;
use crate::upstream::Upstream;

const DAY_MILLIS: u64 = 86_400_000;

impl Config {
    /// Returns a warning for every risky setting, each with its place. Risky settings are allowed.
    pub fn warnings(&self) -> Vec<Fault> {
        let subjects = [of_providers, of_unmatched, of_routes, of_keys, of_upstreams];
        let mut warnings: Vec<Fault> = subjects.map(|of| of(self)).concat();
        warnings.sort();
        warnings
    }
}

fn warning(place: impl Into<String>, message: impl Into<String>) -> Fault {
    Fault { place: place.into(), message: message.into() }
}

fn of_providers(config: &Config) -> Vec<Fault> {
    let mut warnings = Vec::new();
    for (index, provider) in config.providers.iter().enumerate() {
        let place = format!("providers[{index}]");
        let usage = Usage {
            has_public_url: !config.public_urls.is_empty(),
            requires_tenants: tenants_are_required(config, index),
        };
        let of_kind = provider.kind.warnings(usage).into_iter();
        warnings.extend(of_kind.map(|message| warning(place.as_str(), message)));
        if provider.reject_status == 403 {
            warnings.push(warning(
                format!("{place}.reject_status"),
                "is 403; clients that renew a token on 401 will not do so",
            ));
        }
    }
    warnings
}

fn of_unmatched(config: &Config) -> Vec<Fault> {
    let requires = |route: &Route| match &route.access {
        Access::Session { require, .. } => !require.is_empty(),
        Access::Public => false,
    };
    if config.deny_unmatched || !config.routes.routes().iter().any(requires) {
        return Vec::new();
    }
    vec![warning(
        "unmatched",
        "is \"session\" while routes have a require; a backend that ignores case or slashes can be \
         reached beside the rule; set it to \"deny\"",
    )]
}

fn of_routes(config: &Config) -> Vec<Fault> {
    let routes = config.routes.routes();
    let mut warnings = Vec::new();
    for (index, route) in routes.iter().enumerate() {
        let place = format!("routes[{index}]");
        let wider = routes.iter().find(|other| {
            other.pattern != route.pattern
                && other.pattern.may_contain(&route.pattern, false)
                && !other.treats_alike(route)
        });
        if let Some(wider) = wider.filter(|_| !config.routes.ignores_case()) {
            warnings.push(warning(
                place.as_str(),
                format!(
                    "has other rules than {}, which it lies below; a backend that ignores case \
                     can be reached beside them; set case_insensitive = true if yours does",
                    wider.pattern,
                ),
            ));
        }
        if route.access == Access::Public && route.pattern.is_everything() {
            let message = "makes everything public that no other route matches";
            warnings.push(warning(place, message));
        }
    }
    warnings
}

fn of_keys(config: &Config) -> Vec<Fault> {
    if config.keys.policy.stale <= DAY_MILLIS {
        return Vec::new();
    }
    vec![warning(
        "keys.stale_seconds",
        "is more than a day; for so long a revoked key may be accepted during an outage",
    )]
}

fn of_upstreams(config: &Config) -> Vec<Fault> {
    let is_open = |upstream: &&Upstream| {
        upstream.shared_secret.is_none()
            && upstream.assertion.is_none()
            && upstream.binding.is_none()
            && upstream.client_credentials.is_none()
    };
    let open = config.upstreams.iter().filter(is_open).map(|upstream| {
        warning(
            format!("upstreams.{}", upstream.name),
            "has neither a shared secret nor an assertion nor a binding; whoever can reach the \
             backend directly can write its identity headers",
        )
    });
    open.collect()
}

fn tenants_are_required(config: &Config, provider: usize) -> bool {
    let unmatched = (!config.deny_unmatched).then_some(&config.unmatched);
    config.routes.routes().iter().chain(unmatched).all(|route| match &route.access {
        Access::Session { providers, require, .. } => {
            !providers.contains(&provider) || !require.tenants.is_empty()
        }
        Access::Public => true,
    })
}
