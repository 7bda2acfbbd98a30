//! The routes of a configuration.

use serde_json::{Value, json};

use super::fields::{Faults, Fields};
use super::provider::check_side_by_side;
use super::shape::{Shape, boolean, name, one_of, parsed, text, token, values};
use crate::path::Peculiarities;
use crate::provider::Provider;
use crate::requirement::Requirement;
use crate::route::{Access, Action, Pattern, Route, RouteTable};
use crate::upstream::Upstream;

/// Cloudflare caches by file extension once the token is gone, and would hand one caller's answer
/// to another.
pub(super) const CACHED_SESSIONS: &str =
    "is \"default\"; must be \"no-store\" where a route that needs a session uses the upstream";

/// What a route refers to.
pub(super) struct Surroundings<'a> {
    pub(super) providers: &'a [Provider],
    /// Also of those with faults of their own.
    pub(super) provider_names: &'a [Option<String>],
    pub(super) upstreams: &'a [Upstream],
    /// Also of those with faults of their own.
    pub(super) upstream_names: &'a [String],
    pub(super) faults: &'a Faults,
}

/// What a route may admit in its paths.
#[derive(Clone, Copy)]
enum Admitted {
    EncodedSlash,
    Parameter,
    EmptySegment,
}

/// Reads one route. Its own faults, and names that do not exist, are reported.
pub(super) fn read(mut fields: Fields<'_>, around: &Surroundings<'_>) -> Option<Route> {
    const ADMITTED: [(&str, Admitted); 3] = [
        ("%2f", Admitted::EncodedSlash),
        (";", Admitted::Parameter),
        ("//", Admitted::EmptySegment),
    ];
    let pattern = fields.required("path", pattern());
    let methods = fields.some("methods", method());
    let public = fields.optional("access", one_of(&[("session", false), ("public", true)]));
    let provider_names = fields.some("providers", name());
    let require = fields.object_or_default("require", read_requirement).unwrap_or_default();
    let report_only = fields.optional("mode", one_of(&[("enforce", false), ("report", true)]));
    let upstream_name = fields.optional("upstream", name());
    let admitted = fields.list("allow_in_path", one_of(&ADMITTED)).unwrap_or_default();
    let with_token = fields.optional("forward_token", boolean()).unwrap_or(false);
    let respond_session = fields.optional("respond", one_of(&[("session", ())]));
    let public = public.unwrap_or(false);

    for name in ["providers", "require", "mode", "forward_token", "respond"] {
        if public && fields.has(name) {
            fields.fault(name, "has no meaning on a public route");
        }
    }
    for name in ["upstream", "forward_token"] {
        if respond_session.is_some() && fields.has(name) {
            fields.fault(name, "has no meaning on a route that responds with the session");
        }
    }
    if fields.has("mode") && !fields.has("require") {
        fields.fault("mode", "has no meaning without require");
    }
    let providers = match provider_names {
        None => (0..around.providers.len()).collect(),
        Some(names) => {
            let known = |name: &String| around.providers.iter().position(|p| p.name == *name);
            let is_unknown = |name: &String| !around.provider_names.contains(&Some(name.clone()));
            for (index, name) in names.iter().enumerate().filter(|(_, name)| is_unknown(name)) {
                fields.fault(
                    &format!("providers[{index}]"),
                    format!("is {name:?}; there is no such provider"),
                );
            }
            // In the order of the providers, whatever the order here.
            let mut known: Vec<usize> = names.iter().filter_map(known).collect();
            known.sort_unstable();
            known.dedup();
            known
        }
    };
    if !public {
        let side_by_side: Vec<&Provider> =
            providers.iter().filter_map(|index| around.providers.get(*index)).collect();
        check_side_by_side(&side_by_side, fields.place(), around.faults);
    }
    let upstream_name = upstream_name.unwrap_or_else(|| "origin".to_owned());
    let upstream = around.upstreams.iter().position(|upstream| upstream.name == upstream_name);
    let is_unknown = !around.upstream_names.contains(&upstream_name);
    if is_unknown && respond_session.is_none() && !fields.describes() {
        let message = match fields.has("upstream") {
            true => format!("is {upstream_name:?}; there is no such upstream"),
            false => "is required, as there is no upstream \"origin\"".to_owned(),
        };
        fields.fault("upstream", message);
    }
    let cacheable = |index: usize| around.upstreams.get(index).is_some_and(|u| u.cacheable);
    if !public && respond_session.is_none() && upstream.is_some_and(cacheable) {
        around.faults.add(format!("upstreams.{upstream_name}.cache"), CACHED_SESSIONS);
    }
    let pattern_is_a_prefix = pattern.as_ref().is_none_or(Pattern::is_fixed_prefix);
    if !admitted.is_empty() && !pattern_is_a_prefix {
        fields.fault("allow_in_path", "needs a path of fixed segments that ends in /*");
    }
    fields.finish();
    Some(Route {
        pattern: pattern?,
        methods,
        access: match public {
            true => Access::Public,
            false => {
                Access::Session { providers, require, report_only: report_only.unwrap_or(false) }
            }
        },
        action: match respond_session {
            Some(()) => Action::RespondSession,
            None => Action::Forward { upstream: upstream?, with_token },
        },
        admits: admitted.into_iter().fold(Peculiarities::default(), |mut all, one| {
            match one {
                Admitted::EncodedSlash => all.encoded_slash = true,
                Admitted::Parameter => all.parameter = true,
                Admitted::EmptySegment => all.empty_segment = true,
            }
            all
        }),
    })
}

/// Orders the routes, and checks what none of them shows by itself.
pub(super) fn table(routes: Vec<Route>, ignore_case: bool, faults: &Faults) -> Option<RouteTable> {
    for (index, route) in routes.iter().enumerate() {
        let narrower = routes.iter().find(|other| {
            other.pattern != route.pattern && route.pattern.may_contain(&other.pattern, ignore_case)
        });
        if let Some(narrower) = narrower.filter(|_| route.admits != Peculiarities::default()) {
            faults.add(
                format!("routes[{index}].allow_in_path"),
                format!(
                    "opens {}, but {} lies below it and could be gone around",
                    route.pattern, narrower.pattern,
                ),
            );
        }
    }
    let patterns: Vec<String> = routes.iter().map(|route| route.pattern.to_string()).collect();
    match RouteTable::new(routes, ignore_case) {
        Ok(table) => Some(table),
        Err(ties) => {
            for (first, second) in ties {
                let name = |index: usize| patterns.get(index).map_or("", String::as_str);
                faults.add(
                    format!("routes[{second}]"),
                    format!(
                        "matches the same requests as routes[{first}] ({} and {}), and neither is \
                         more specific",
                        name(second),
                        name(first),
                    ),
                );
            }
            None
        }
    }
}

fn read_requirement(mut fields: Fields<'_>) -> Option<Requirement> {
    let mut list = |name| fields.list(name, text()).unwrap_or_default();
    let requirement = Requirement {
        permissions_all: list("permissions_all"),
        permissions_any: list("permissions_any"),
        project_keys: list("project_keys"),
        tenants: list("tenants"),
        users: list("users"),
        claims: fields.map("claims", values()).unwrap_or_default(),
    };
    fields.finish();
    Some(requirement)
}

fn pattern() -> Shape<impl Fn(&Value) -> Result<Pattern, String>> {
    parsed(json!({"type": "string", "pattern": "^/"}), |found| {
        Pattern::parse(found).map_err(|message| format!("is {found:?}; {message}"))
    })
}

/// Methods are case-sensitive (RFC 9110, section 9.1), and all registered ones are upper case.
fn method() -> Shape<impl Fn(&Value) -> Result<String, String>> {
    let Shape { parse, .. } = token();
    let parse = move |value: &Value| {
        let found = parse(value)?;
        match found.bytes().any(|byte| byte.is_ascii_lowercase()) {
            true => Err(format!("is {found:?}; must be in upper case")),
            false => Ok(found),
        }
    };
    Shape { schema: json!({"type": "string", "pattern": "^[-!#$%&'*+.^_`|~0-9A-Z]+$"}), parse }
}
