//! What an observer of the pipeline writes down.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drawbridge::config::Config;
use drawbridge::keys::{Key, KeySet};
use drawbridge::pipeline::CandidateProvider;
use drawbridge::pipeline::{Finding, Observer, Step};
use drawbridge::rejection::Rejection;
use drawbridge::route::Requirement;
use drawbridge::route::{Access, Action, Match, Miss, Route};
use drawbridge::time::UnixMillis;
use serde_json::{Map, Value};

use super::keys::Keys;
use super::moment;

/// One request, watched.
pub struct Record<'c> {
    config: &'c Config,
    keys: &'c Keys,
    now: UnixMillis,
    pub entries: Vec<Entry>,
    /// Why it was refused.
    pub rejection: Option<Rejection>,
    /// The token's header, as far as it can be read.
    pub header: Option<Value>,
    /// The token's claims, as far as they can be read, verified or not.
    pub claims: Option<Map<String, Value>>,
    method: String,
    path: String,
    /// Why the routes match or not, until the pipeline comes to them.
    routes: Vec<Fact>,
    /// What the session lacks, until it is clear whether that matters.
    lacking: Option<Rejection>,
}

/// A step that the request came to.
#[derive(Debug)]
pub struct Entry {
    pub step: Step,
    pub facts: Vec<Fact>,
}

/// A label, which may be empty, and what it is about.
pub type Fact = (&'static str, String);

impl<'c> Record<'c> {
    pub fn new(config: &'c Config, keys: &'c Keys, now: UnixMillis) -> Self {
        Self {
            config,
            keys,
            now,
            entries: Vec::new(),
            rejection: None,
            header: None,
            claims: None,
            method: String::new(),
            path: String::new(),
            routes: Vec::new(),
            lacking: None,
        }
    }

    /// Whether the signature was verified, so that the claims are the issuer's.
    pub fn claims_are_verified(&self) -> bool {
        self.entries.iter().any(|entry| entry.step >= Step::Claims && entry.step < Step::Outcome)
    }

    /// Adds to the last step.
    pub fn say(&mut self, label: &'static str, text: impl Into<String>) {
        if let Some(entry) = self.entries.last_mut() {
            entry.facts.push((label, text.into()));
        }
    }

    /// How each route stands to the request.
    fn routes(&self, found: &Match<'_>, announced: Option<&str>) -> Vec<Fact> {
        let routes = &self.config.routes;
        // A public route may have been found for what a preflight announces.
        let method = announced.filter(|method| {
            routes.find(method, &self.path) == *found
                && routes.find(&self.method, &self.path) != *found
        });
        let misses = routes.misses(method.unwrap_or(&self.method), &self.path);
        let missed = routes.routes().iter().zip(misses);
        missed
            .filter_map(|(route, miss)| {
                Some(("not", format!("{}: {}", name(route), reason(miss?))))
            })
            .collect()
    }

    /// A registered claim with a date.
    fn date(&mut self, name: &'static str) {
        let Some(value) = self.claims.as_ref().and_then(|claims| claims.get(name)) else { return };
        let text = match value.as_f64() {
            Some(seconds) => {
                #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
                let seconds = seconds as i64;
                format!("{}, {}", moment::shown(seconds), moment::distance(seconds, self.now))
            }
            None => value.to_string(),
        };
        self.say(name, text);
    }

    fn note_contenders(&mut self, candidates: &[CandidateProvider<'_>]) {
        let on_credential = self.entries.last().is_some_and(|entry| entry.step == Step::Credential);
        if on_credential {
            let mut sources: Vec<String> =
                candidates.iter().map(|one| one.provider.credential.to_string()).collect();
            sources.dedup();
            self.say("looked for", sources.join(" or "));
            return;
        }
        for CandidateProvider { provider, issuer } in candidates {
            let issuer = issuer.name.as_deref().unwrap_or("tokens without an issuer");
            self.say("", format!("{issuer}, provider {}", provider.name));
        }
    }

    fn note_keys(&mut self, keys: &KeySet) {
        let wanted =
            self.header.as_ref().and_then(|header| header.get("kid")).and_then(Value::as_str);
        let wanted =
            wanted.map_or("any, as the token has no kid".to_owned(), |id| format!("{id:?}"));
        self.say("wanted", wanted);
        let names: Vec<String> = keys.keys().iter().map(key_name).collect();
        self.say("keys", names.join(", "));
        for skipped in keys.skipped() {
            self.say("not used", format!("keys[{}], {}", skipped.index, skipped.reason));
        }
    }

    fn note_requirement(&mut self, requirement: &Requirement, lacking: Option<&Rejection>) {
        for (label, names) in [
            ("permissions_all", &requirement.permissions_all),
            ("permissions_any", &requirement.permissions_any),
            ("project_keys", &requirement.project_keys),
            ("tenants", &requirement.tenants),
            ("users", &requirement.users),
        ] {
            if !names.is_empty() {
                self.say(label, names.join(", "));
            }
        }
        for (path, values) in &requirement.claims {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            self.say("claims", format!("{path}: {}", values.join(", ")));
        }
        if requirement.is_empty() {
            self.say("", "nothing more is required");
        }
        self.lacking = lacking.cloned();
    }
}

impl Observer for Record<'_> {
    fn enter(&mut self, step: Step) {
        if let Some(lacking) = self.lacking.take() {
            self.say("report mode", format!("passes all the same: {}", lacking.detail()));
        }
        self.entries.push(Entry { step, facts: Vec::new() });
        match step {
            Step::Issuer => {
                let claimed = self.claims.as_ref().and_then(|claims| claims.get("iss"));
                let claimed = claimed.map_or("none".to_owned(), Value::to_string);
                self.say("in the token", claimed);
            }
            Step::Claims => ["exp", "nbf", "iat"].into_iter().for_each(|name| self.date(name)),
            _ => {}
        }
    }

    fn note(&mut self, finding: Finding<'_>) {
        match finding {
            Finding::Request(request) => {
                self.method = request.method.to_owned();
                self.path = request.path.normal().to_owned();
                self.say("", request.path.as_sent());
                if self.path != request.path.as_sent() {
                    self.say("for rules", self.path.clone());
                }
            }
            Finding::Match(found, announced) => self.routes = self.routes(found, announced),
            Finding::Route(route) => {
                let is_unmatched = std::ptr::eq(route, &self.config.unmatched);
                let pattern =
                    if is_unmatched { "no route matches".to_owned() } else { name(route) };
                let text = format!("{pattern}: {}", rules(route, self.config));
                self.say("", text);
                let routes = std::mem::take(&mut self.routes);
                routes.into_iter().for_each(|(label, text)| self.say(label, text));
            }
            Finding::Candidates(candidates) => self.note_contenders(candidates),
            Finding::Credential(credential) => {
                self.say("found", credential.source().to_string());
                let mut parts = credential.token().split('.').map(decoded);
                self.header = parts.next().flatten();
                self.claims = match parts.next().flatten() {
                    Some(Value::Object(claims)) => Some(claims),
                    _ => None,
                };
            }
            Finding::Header(header) => {
                self.say("alg", header.algorithm.clone());
                for (label, value) in [("kid", &header.key_id), ("typ", &header.media_type)] {
                    self.say(
                        label,
                        value.as_ref().map_or("none".to_owned(), |value| format!("{value:?}")),
                    );
                }
            }
            Finding::KeySource(source) => {
                let name = self.config.key_sources.get(source).map_or("", |source| &source.name);
                let origin = self.keys.origin(source);
                self.say("", format!("{name}: {origin}"));
            }
            Finding::Keys(keys, _) => self.note_keys(keys),
            Finding::SigningKey(key) => self.say("", format!("made by {}", key_name(key))),
            // Each explanation begins without a memory.
            Finding::Claims(_) | Finding::VerifiedBefore => {}
            Finding::Judged(provider, _, target, judged) => {
                match judged {
                    Ok(_) => self.say("", format!("{} accepts it", provider.name)),
                    Err(rejection) => {
                        self.say("", format!("{} refuses it: {}", provider.name, rejection.code()));
                    }
                }
                let demanded = provider.kind.audience(target);
                let expected = demanded.values();
                if !expected.is_empty() {
                    let found = self.claims.as_ref().and_then(|claims| claims.get("aud"));
                    let found = found.map_or("none".to_owned(), audience);
                    self.say("expected aud", expected.join(" or "));
                    self.say("found aud", found);
                }
            }
            Finding::Required(requirement, lacking) => self.note_requirement(requirement, lacking),
        }
    }

    fn stop(&mut self, rejection: &Rejection) {
        // Where a route was found, these were said.
        if self.entries.last().is_some_and(|entry| entry.step == Step::Route) {
            let routes = std::mem::take(&mut self.routes);
            routes.into_iter().for_each(|(label, text)| self.say(label, text));
        }
        self.rejection = Some(rejection.clone());
    }
}

/// A route as its writer knows it.
fn name(route: &Route) -> String {
    match &route.methods {
        Some(methods) => format!("{} {}", methods.join(","), route.pattern),
        None => route.pattern.to_string(),
    }
}

fn rules(route: &Route, config: &Config) -> String {
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

fn reason(miss: Miss) -> &'static str {
    match miss {
        Miss::Case => "differs in case (case_insensitive = true would ignore it)",
        Miss::Method => "takes other methods",
        Miss::Outdone => "matches, but is not the most specific",
        Miss::Path => "another path",
        Miss::Slash => "public exactly as written, but for the trailing slash",
    }
}

fn key_name(key: &Key) -> String {
    let algorithm = key.verifying_key().algorithm().names().first().copied().unwrap_or_default();
    match key.id() {
        Some(id) => format!("{id:?} ({algorithm})"),
        None => format!("one without kid ({algorithm})"),
    }
}

fn audience(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A part of a token, for reading only.
fn decoded(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
