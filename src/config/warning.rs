//! Warnings about settings that are allowed but risky.

mod route;

use super::Config;
use crate::provider::Usage;
use crate::route::{Access, Route};
use crate::settings::{Fault, Faults};
use crate::upstream::Upstream;

const DAY_MILLIS: u64 = 86_400_000;

impl Config {
    /// Returns a warning for every risky setting, each with its place. Risky settings are allowed.
    pub fn warnings(&self) -> Vec<Fault> {
        let warnings = Faults::default();
        of_providers(self, &warnings);
        of_unmatched(self, &warnings);
        route::warn(self, &warnings);
        of_keys(self, &warnings);
        of_upstreams(self, &warnings);
        warnings.into_sorted()
    }
}

fn of_providers(config: &Config, warnings: &Faults) {
    for (index, provider) in config.providers.iter().enumerate() {
        let usage = Usage {
            has_public_url: !config.public_urls.is_empty(),
            requires_tenants: tenants_are_required(config, index),
        };
        for message in provider.kind.warnings(usage) {
            warnings.add(format!("providers[{index}]"), message);
        }
        if provider.reject_status == 403 {
            warnings.add(
                format!("providers[{index}].reject_status"),
                "is 403; clients that renew a token on 401 will not do so",
            );
        }
    }
}

fn of_unmatched(config: &Config, warnings: &Faults) {
    let demands_more = |route: &Route| !config.unmatched.access.is_within(&route.access);
    if !config.deny_unmatched && config.routes.routes().iter().any(demands_more) {
        warnings.add(
            "unmatched",
            "is \"session\" while routes demand more than a session; a backend that serves a page at \
             a second address can be reached there beside the rule; set it to \"deny\"",
        );
    }
}

fn of_keys(config: &Config, warnings: &Faults) {
    if config.keys.policy.stale > DAY_MILLIS {
        warnings.add(
            "keys.stale_seconds",
            "is more than a day; for so long a revoked key may be accepted during an outage",
        );
    }
}

fn of_upstreams(config: &Config, warnings: &Faults) {
    let is_open = |upstream: &&Upstream| {
        upstream.shared_secret.is_none()
            && upstream.assertion.is_none()
            && upstream.binding.is_none()
            && upstream.client_credentials.is_none()
    };
    for upstream in config.upstreams.iter().filter(is_open) {
        warnings.add(
            format!("upstreams.{}", upstream.name),
            "has neither a shared secret nor an assertion nor a binding; whoever can reach the \
             backend directly can write its identity headers",
        );
    }
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
