//! What the parts of a configuration and of a key set are called.

use drawbridge::config::Config;
use drawbridge::keys::Key;
use drawbridge::route::{Access, Action, Miss, Route};
use serde_json::Value;

/// Returns a route as its writer knows it.
pub fn route(route: &Route) -> String {
    match &route.methods {
        Some(methods) => format!("{} {}", methods.join(","), route.pattern),
        None => route.pattern.to_string(),
    }
}

/// Returns who may pass a route, and where the request goes.
pub fn rules(route: &Route, config: &Config) -> String {
    let access = match &route.access {
        Access::Public => "public".to_owned(),
        Access::Session { providers, report_only, .. } => {
            let names: Vec<&str> = providers
                .iter()
                .filter_map(|index| config.providers.get(*index))
                .map(|provider| provider.name.as_str())
                .collect();
            let mode = if *report_only { ", in report mode" } else { "" };
            format!("a session of {}{mode}", names.join(" or "))
        }
    };
    let action = match route.action {
        Action::RespondSession => "answered with the session".to_owned(),
        Action::Forward { upstream, .. } => {
            let name = config.upstreams.get(upstream).map_or("", |upstream| &upstream.name);
            format!("to upstream {name}")
        }
    };
    format!("{access}, {action}")
}

/// Returns why a route is not the one that applies.
pub fn miss(miss: Miss) -> &'static str {
    match miss {
        Miss::Case => {
            "differs in case, which counts for public routes and with case_sensitive = true"
        }
        Miss::Method => "takes other methods",
        Miss::Outdone => "matches, but is not the most specific",
        Miss::Path => "another path",
        Miss::Slash => "public exactly as written, but for the trailing slash",
    }
}

/// Returns a key's id and algorithm.
pub fn key(key: &Key) -> String {
    let algorithm = key.verifying_key().algorithm().names().first().copied().unwrap_or_default();
    match key.id() {
        Some(id) => format!("{id:?} ({algorithm})"),
        None => format!("one without kid ({algorithm})"),
    }
}

/// Returns an `aud` claim as text.
pub fn audience(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
