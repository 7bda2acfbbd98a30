//! The routes of a configuration.

use std::cell::Cell;

use serde_json::Value;

use super::provider::check_side_by_side;
use crate::provider::Provider;
use crate::request::{Quirks, is_never_forwarded};
use crate::route::{Access, Action, Pattern, Requirement, Route, RouteTable};
use crate::settings::shape::{
    Shape, boolean, claim_values, name, one_of, parsed, schema, text, token,
};
use crate::settings::{Faults, Fields};
use crate::upstream::{AUTHORIZATION, Upstream};

/// The fault of a cached upstream on a route that needs a session. Without the token, Cloudflare
/// caches responses by file extension, and would send the response for one caller to another.
pub(super) const CACHED_SESSIONS: &str =
    "is \"default\"; must be \"no-store\" where a route that needs a session uses the upstream";

/// The fault of a provider without tenants. JTL's API requires a tenant, and only sessions of JTL's
/// kinds have one.
pub(super) const NOT_JTL: &str =
    "needs routes whose every provider is of a kind of JTL's, as only these have a tenant";

/// The parts of the configuration that a route refers to.
pub(super) struct Context<'a> {
    pub(super) providers: &'a [Provider],
    /// The names of all providers, including those with faults.
    pub(super) provider_names: &'a [Option<String>],
    pub(super) upstreams: &'a [Upstream],
    /// The names of all upstreams, including those with faults.
    pub(super) upstream_names: &'a [String],
    pub(super) case_sensitive: bool,
    /// The first route that demands more than a session of any provider, as the end of a sentence.
    pub(super) narrower: Cell<Option<String>>,
    pub(super) faults: &'a Faults,
}

/// An unsafe path part that a route may admit.
#[derive(Clone, Copy)]
enum Admitted {
    EncodedSlash,
    Parameter,
    EmptySegment,
}

/// Reads one route. Reports the faults of the route and references to unknown names.
pub(super) fn read(mut fields: Fields<'_>, context: &Context<'_>) -> Option<Route> {
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
    let responds = respond_session.is_some();

    for name in ["providers", "require", "mode", "forward_token", "respond"] {
        if public && fields.has(name) {
            fields.fault(name, "has no meaning on a public route");
        }
    }
    for name in ["upstream", "forward_token"] {
        if responds && fields.has(name) {
            fields.fault(name, "has no meaning on a route that responds with the session");
        }
    }
    if fields.has("mode") && !fields.has("require") {
        fields.fault("mode", "has no meaning without require");
    }
    if !admitted.is_empty() && !pattern.as_ref().is_none_or(Pattern::is_fixed_prefix) {
        fields.fault("allow_in_path", "needs a path of fixed segments that ends in /*");
    }
    if !public {
        note_narrower(provider_names.as_deref(), pattern.as_ref(), &fields, context);
    }
    let access = match public {
        true => Access::Public,
        false => Access::Session {
            providers: providers(provider_names, &fields, context),
            require,
            report_only: report_only.unwrap_or(false),
        },
    };
    let action = match responds {
        true => Some(Action::RespondSession),
        false => upstream(upstream_name, public, &fields, context)
            .map(|upstream| Action::Forward { upstream, with_token }),
    };
    if let Some(Action::Forward { upstream, with_token }) = action
        && let Some(upstream) = context.upstreams.get(upstream)
    {
        let rule = Rule { pattern: pattern.as_ref(), access: &access, with_token };
        check_upstream(upstream, &rule, &fields, context);
    }
    fields.finish();
    let mut admits = Quirks::default();
    for one in admitted {
        match one {
            Admitted::EncodedSlash => admits.encoded_slash = true,
            Admitted::Parameter => admits.parameter = true,
            Admitted::EmptySegment => admits.empty_segment = true,
        }
    }
    Some(Route { pattern: pattern?, methods, access, action: action?, admits })
}

/// Notes a route that demands more than a session of any provider, unless an earlier one does.
fn note_narrower(
    provider_names: Option<&[String]>,
    pattern: Option<&Pattern>,
    fields: &Fields<'_>,
    context: &Context<'_>,
) {
    let leaves_out = |name: &Option<String>| {
        let is_named = |names: &[String]| name.as_ref().is_some_and(|name| names.contains(name));
        provider_names.is_some_and(|names| !is_named(names))
    };
    let demand = if fields.has("require") {
        "has a require"
    } else if context.provider_names.iter().any(leaves_out) {
        "takes sessions of some providers only"
    } else {
        return;
    };
    let earlier = context.narrower.take();
    let path = pattern.map(|pattern| format!(" ({pattern})")).unwrap_or_default();
    let this = || format!("{}{path} {demand}", fields.place());
    context.narrower.set(earlier.or_else(|| Some(this())));
}

/// The parts of a route that an upstream sets conditions for.
struct Rule<'a> {
    pattern: Option<&'a Pattern>,
    access: &'a Access,
    with_token: bool,
}

/// Reports a route that does not meet the conditions of its upstream.
fn check_upstream(
    upstream: &Upstream,
    rule: &Rule<'_>,
    fields: &Fields<'_>,
    context: &Context<'_>,
) {
    let prefix = &upstream.strip_prefix;
    let ignore_case = !context.case_sensitive && *rule.access != Access::Public;
    if rule.pattern.is_some_and(|pattern| !pattern.lies_below(prefix, ignore_case)) {
        let (name, prefix) = (&upstream.name, prefix.join("/"));
        let message =
            format!("does not lie below /{prefix}, the strip_prefix of upstream {name:?}");
        fields.fault("path", message);
    }
    if rule.with_token && token_meets_secret(upstream, rule.access, context.providers) {
        let message = format!(
            "would send a token in authorization, where upstream {:?} has its shared_secret",
            upstream.name
        );
        fields.fault("forward_token", message);
    }
    if upstream.client_credentials.is_none() {
        return;
    }
    let has_tenant =
        |index: &usize| context.providers.get(*index).is_some_and(|p| p.kind.has_tenant());
    let all_have_one = match rule.access {
        Access::Public => false,
        Access::Session { providers, .. } => providers.iter().all(has_tenant),
    };
    if !all_have_one {
        let message = format!("is {:?}, whose access_token_of {NOT_JTL}", upstream.name);
        fields.fault("upstream", message);
    }
    if rule.with_token {
        let message =
            format!("has no meaning with upstream {:?}: it gets an access token", upstream.name);
        fields.fault("forward_token", message);
    }
}

/// Returns whether a token of the route is in `authorization`, where the upstream has its secret.
fn token_meets_secret(upstream: &Upstream, access: &Access, providers: &[Provider]) -> bool {
    let secret = upstream.shared_secret.as_ref().map(|secret| secret.header.as_str());
    let reads = |index: &usize| providers.get(*index).map(|p| p.credential.header.as_str());
    secret == Some(AUTHORIZATION)
        && matches!(access, Access::Session { providers, .. } if providers.iter().any(|index| reads(index) == secret))
}

/// Returns the indices of the named providers, in the order of the providers. Without names, it
/// returns the indices of all providers.
fn providers(names: Option<Vec<String>>, fields: &Fields<'_>, context: &Context<'_>) -> Vec<usize> {
    for (index, name) in names.iter().flatten().enumerate() {
        if !context.provider_names.contains(&Some(name.clone())) {
            let message = format!("is {name:?}; there is no such provider");
            fields.fault(&format!("providers[{index}]"), message);
        }
    }
    let named = |provider: &Provider| names.as_ref().is_none_or(|n| n.contains(&provider.name));
    let chosen = context.providers.iter().enumerate().filter(|(_, provider)| named(provider));
    let (indices, chosen): (Vec<usize>, Vec<&Provider>) = chosen.unzip();
    check_side_by_side(&chosen, fields.place(), context.faults);
    indices
}

/// Returns the index of the named upstream, or of "origin" if the route names none.
fn upstream(
    name: Option<String>,
    public: bool,
    fields: &Fields<'_>,
    context: &Context<'_>,
) -> Option<usize> {
    let name = name.unwrap_or_else(|| "origin".to_owned());
    if !context.upstream_names.contains(&name) && !fields.describes() {
        let message = match fields.has("upstream") {
            true => format!("is {name:?}; there is no such upstream"),
            false => "is required, as there is no upstream \"origin\"".to_owned(),
        };
        fields.fault("upstream", message);
    }
    let (index, upstream) = context.upstreams.iter().enumerate().find(|(_, u)| u.name == name)?;
    if upstream.cacheable && !public {
        context.faults.add(format!("upstreams.{name}.cache"), CACHED_SESSIONS);
    }
    Some(index)
}

/// Returns the ordered routes, and reports faults between routes.
pub(super) fn table(
    routes: Vec<Route>,
    case_sensitive: bool,
    faults: &Faults,
) -> Option<RouteTable> {
    for (index, route) in routes.iter().enumerate() {
        let narrower = routes.iter().find(|other| {
            other.pattern != route.pattern
                && route.pattern.may_contain(&other.pattern, !case_sensitive)
        });
        if let Some(narrower) = narrower.filter(|_| route.admits != Quirks::default()) {
            faults.add(
                format!("routes[{index}].allow_in_path"),
                format!(
                    "opens {}, but {} lies below it and could be gone around",
                    route.pattern, narrower.pattern,
                ),
            );
        }
    }
    let patterns: Vec<Pattern> = routes.iter().map(|route| route.pattern.clone()).collect();
    match RouteTable::new(routes, case_sensitive) {
        Ok(table) => Some(table),
        Err(ties) => {
            for (first, second) in ties {
                if let (Some(one), Some(other)) = (patterns.get(second), patterns.get(first)) {
                    let message = tie(one, other, first);
                    faults.add(format!("routes[{second}]"), message);
                }
            }
            None
        }
    }
}

/// Returns the fault of a route of which another, `routes[index]`, takes the same requests.
fn tie(pattern: &Pattern, other: &Pattern, index: usize) -> String {
    match pattern.is_same_as(other) {
        true => format!(
            "matches the same requests as routes[{index}] ({pattern} and {other}), and neither is \
             more specific",
        ),
        false => format!(
            "differs from routes[{index}] only in case ({pattern} and {other}), and a backend that \
             ignores case takes both for one path; write one route for both, or set \
             case_sensitive = true if the backend minds case",
        ),
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
        claims: fields.map("claims", claim_values()).unwrap_or_default(),
    };
    fields.finish();
    Some(requirement)
}

fn pattern() -> Shape<Pattern> {
    parsed(schema!({"type": "string", "pattern": "^/"}), |found| {
        Pattern::parse(found).map_err(|message| format!("is {found:?}; {message}"))
    })
}

/// Returns the shape of an HTTP method in upper case. Methods are case-sensitive (RFC 9110,
/// section 9.1), and all registered methods are in upper case.
fn method() -> Shape<String> {
    let Shape { parse, .. } = token();
    let parse = move |value: &Value| {
        let found = parse(value)?;
        if found.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(format!("is {found:?}; must be in upper case"));
        }
        match is_never_forwarded(&found) {
            true => Err(format!("is {found:?}, which is never sent on")),
            false => Ok(found),
        }
    };
    let pattern = "^(?!(CONNECT|TRACE)$)[-!#$%&'*+.^_`|~0-9A-Z]+$";
    Shape::new(schema!({"type": "string", "pattern": pattern}), parse)
}
