//! The rule for requests that no route matches.

use super::{provider, route};
use crate::provider::Provider;
use crate::request::Quirks;
use crate::route::{Access, Action, Pattern, Requirement, Route};
use crate::settings::Faults;
use crate::upstream::Upstream;

/// The name of the upstream of these requests.
const ORIGIN: &str = "origin";

/// Reports faults that prevent sending these requests to "origin" with a session of any provider.
pub(super) fn check(
    providers: &[Provider],
    upstreams: &[Upstream],
    upstream_names: &[String],
    faults: &Faults,
) {
    if !upstream_names.iter().any(|name| name == ORIGIN) {
        faults.add(
            "upstreams.origin",
            "is required: the backend of requests that no route matches; or set unmatched = \
             \"deny\"",
        );
    }
    if let Some(origin) = upstreams.iter().find(|upstream| upstream.name == ORIGIN) {
        let fault = |member: &str, message: &str| {
            faults.add(format!("upstreams.origin.{member}"), message);
        };
        if origin.cacheable {
            fault("cache", route::CACHED_SESSIONS);
        }
        if !origin.strip_prefix.is_empty() {
            fault("strip_prefix", "needs unmatched = \"deny\", since other paths come here, too");
        }
        if origin.client_credentials.is_some() && !providers.iter().all(|p| p.kind.has_tenant()) {
            fault("access_token_of", route::NOT_JTL);
        }
    }
    let everybody: Vec<&Provider> = providers.iter().collect();
    provider::check_side_by_side(&everybody, "providers", faults);
}

/// Returns a route that requires a session of any provider on every path.
pub(super) fn route(providers: &[Provider], upstreams: &[Upstream]) -> Option<Route> {
    let origin = upstreams.iter().position(|upstream| upstream.name == ORIGIN);
    Some(Route {
        pattern: Pattern::parse("/*").ok()?,
        methods: None,
        access: Access::Session {
            providers: (0..providers.len()).collect(),
            require: Requirement::default(),
            report_only: false,
        },
        action: Action::Forward { upstream: origin.unwrap_or_default(), with_token: false },
        admits: Quirks::default(),
    })
}
