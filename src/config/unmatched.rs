//! The rule for requests that no route matches.

use super::{provider, route};
use crate::provider::Provider;
use crate::request::Quirks;
use crate::route::{Access, Action, Pattern, Requirement, Route};
use crate::settings::shape::one_of;
use crate::settings::{Faults, Fields};
use crate::upstream::Upstream;

/// The name of the upstream of these requests.
const ORIGIN: &str = "origin";

/// What a request that no route matches can use.
#[derive(Clone, Copy)]
pub(super) struct Backends<'a> {
    pub(super) providers: &'a [Provider],
    pub(super) upstreams: &'a [Upstream],
    /// The names of all upstreams, including those with faults.
    pub(super) upstream_names: &'a [String],
}

impl<'a> Backends<'a> {
    fn origin(self) -> Option<&'a Upstream> {
        self.upstreams.iter().find(|upstream| upstream.name == ORIGIN)
    }

    fn has_origin(self) -> bool {
        self.upstream_names.iter().any(|name| name == ORIGIN)
    }
}

/// Reads the setting.
pub(super) fn read(fields: &mut Fields<'_>) -> Setting {
    const CHOICES: [(&str, bool); 2] = [("session", false), ("deny", true)];
    let denies = fields.optional("unmatched", one_of(&CHOICES));
    Setting { is_there: fields.has("unmatched"), denies, narrower: None }
}

/// What the configuration says about these requests.
pub(super) struct Setting {
    /// Whether the setting is there, valid or not.
    pub(super) is_there: bool,
    /// Whether these requests are refused, if the setting is there and valid.
    pub(super) denies: Option<bool>,
    /// The first route that demands more than a session of any provider, and its demand.
    pub(super) narrower: Option<String>,
}

impl Setting {
    /// Returns a route that requires a session of any provider on every path. Reports the faults of
    /// the setting, and those that prevent sending these requests to "origin".
    pub(super) fn route(&self, backends: Backends<'_>, faults: &Faults) -> Option<Route> {
        match (&self.narrower, self.is_there, self.denies) {
            (Some(narrower), false, _) => demand(narrower, backends, faults),
            (None, false, _) | (_, true, Some(false)) => check(backends, faults),
            (_, true, _) => {}
        }
        let origin = backends.upstreams.iter().position(|upstream| upstream.name == ORIGIN);
        Some(Route {
            pattern: Pattern::parse("/*").ok()?,
            methods: None,
            access: Access::Session {
                providers: (0..backends.providers.len()).collect(),
                require: Requirement::default(),
                report_only: false,
            },
            action: Action::Forward { upstream: origin.unwrap_or_default(), with_token: false },
            admits: Quirks::default(),
        })
    }
}

/// Reports that the setting is missing although a route demands more than a session of any provider.
fn demand(narrower: &str, backends: Backends<'_>, faults: &Faults) {
    let names: Vec<&str> = backends.providers.iter().map(|p| p.name.as_str()).collect();
    let session = match backends.origin() {
        Some(origin) => format!(
            "sends it to {} for any session of {}, without that demand",
            origin.url,
            names.join(" or "),
        ),
        None if backends.has_origin() => {
            "sends it to upstream \"origin\" for any session, without that demand".to_owned()
        }
        None => "needs an upstream \"origin\", and sends it there for any session".to_owned(),
    };
    faults.add(
        "unmatched",
        format!(
            "is required, because {narrower}; \"deny\" refuses a request that no route matches \
             with 404; \"session\" {session}",
        ),
    );
}

/// Reports faults that prevent sending these requests to "origin" with a session of any provider.
fn check(backends: Backends<'_>, faults: &Faults) {
    if !backends.has_origin() {
        faults.add(
            "upstreams.origin",
            "is required: the backend of requests that no route matches; or set unmatched = \
             \"deny\"",
        );
    }
    if let Some(origin) = backends.origin() {
        let fault = |member: &str, message: &str| {
            faults.add(format!("upstreams.origin.{member}"), message);
        };
        if origin.cacheable {
            fault("cache", route::CACHED_SESSIONS);
        }
        if !origin.strip_prefix.is_empty() {
            fault("strip_prefix", "needs unmatched = \"deny\", since other paths come here, too");
        }
        let has_tenant = |provider: &Provider| provider.kind.has_tenant();
        if origin.client_credentials.is_some() && !backends.providers.iter().all(has_tenant) {
            fault("access_token_of", route::NOT_JTL);
        }
    }
    let everybody: Vec<&Provider> = backends.providers.iter().collect();
    provider::check_side_by_side(&everybody, "providers", faults);
}

#[cfg(test)]
mod tests;
