//! What the pipeline finds at each step of one request.

mod labels;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drawbridge::config::Config;
use drawbridge::keys::KeySet;
use drawbridge::pipeline::{CandidateProvider, Finding, Observer, Step};
use drawbridge::provider::{CalledUrl, Provider};
use drawbridge::rejection::Rejection;
use drawbridge::request::{Credential, Request};
use drawbridge::route::{Deciding, Match, Requirement};
use drawbridge::time::UnixMillis;
use drawbridge::token::Header;
use serde_json::{Map, Value};

use super::keys::Keys;
use super::moment;

/// The steps of one request, with what each one has found.
pub struct Transcript<'c> {
    config: &'c Config,
    keys: &'c Keys,
    now: UnixMillis,
    pub entries: Vec<Entry>,
    /// Why the request was refused.
    pub rejection: Option<Rejection>,
    /// The token's header, if it can be read.
    pub header: Option<Value>,
    /// The token's claims, if they can be read, verified or not.
    pub claims: Option<Map<String, Value>>,
    method: String,
    path: String,
    /// Why routes do not match, until the pipeline comes to the step of the route.
    misses: Vec<Fact>,
    /// What the session lacks, until it is clear whether the request is refused for it.
    lacking: Option<Rejection>,
}

/// A step that the request has come to.
#[derive(Debug)]
pub struct Entry {
    pub step: Step,
    pub facts: Vec<Fact>,
}

/// A label, which may be empty, and a text.
pub type Fact = (&'static str, String);

impl<'c> Transcript<'c> {
    /// Returns a transcript without steps.
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
            misses: Vec::new(),
            lacking: None,
        }
    }

    /// Returns whether the signature was verified, so that the claims are the issuer's.
    pub fn claims_are_verified(&self) -> bool {
        self.entries.iter().any(|entry| entry.step >= Step::Claims && entry.step < Step::Outcome)
    }

    /// Adds a fact to the last step.
    pub fn say(&mut self, label: &'static str, text: impl Into<String>) {
        if let Some(entry) = self.entries.last_mut() {
            entry.facts.push((label, text.into()));
        }
    }

    /// Returns, for each route that does not apply, the reason.
    fn misses(&self, found: &Match<'_>, announced: Option<&str>) -> Vec<Fact> {
        let routes = &self.config.routes;
        // A public route may have been found for the method that a preflight announces.
        let method = announced.filter(|method| {
            routes.find(method, &self.path) == *found
                && routes.find(&self.method, &self.path) != *found
        });
        let misses = routes.misses(method.unwrap_or(&self.method), &self.path);
        let missed = routes.routes().iter().zip(misses);
        missed
            .filter_map(|(route, miss)| {
                Some(("not", format!("{}: {}", labels::route(route), labels::miss(miss?))))
            })
            .collect()
    }

    /// Adds a claim that holds a date.
    fn note_date(&mut self, name: &'static str) {
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

    fn say_misses(&mut self) {
        let misses = std::mem::take(&mut self.misses);
        misses.into_iter().for_each(|(label, text)| self.say(label, text));
    }

    fn note_request(&mut self, request: &Request<'_>) {
        self.method = request.method.to_owned();
        self.path = request.path.normal().to_owned();
        self.say("", request.path.as_sent());
        if self.path != request.path.as_sent() {
            self.say("for rules", self.path.clone());
        }
    }

    fn note_deciding(&mut self, deciding: &Deciding<'_>) {
        let route = deciding.route;
        let is_unmatched = std::ptr::eq(route, &self.config.unmatched);
        let pattern =
            if is_unmatched { "no route matches".to_owned() } else { labels::route(route) };
        self.say("", format!("{pattern}: {}", labels::rules(route, self.config)));
        if let Some(written) = deciding.as_written {
            let rules = labels::rules(written, self.config);
            self.say("and as written", format!("{}: {rules}", labels::route(written)));
        }
        self.say_misses();
    }

    fn note_credential(&mut self, credential: &Credential<'_>) {
        self.say("found", credential.source().to_string());
        let mut parts = credential.token().split('.').map(decoded);
        self.header = parts.next().flatten();
        self.claims = match parts.next().flatten() {
            Some(Value::Object(claims)) => Some(claims),
            _ => None,
        };
    }

    fn note_header(&mut self, header: &Header) {
        self.say("alg", header.algorithm.clone());
        for (label, value) in [("kid", &header.key_id), ("typ", &header.media_type)] {
            self.say(label, value.as_ref().map_or("none".to_owned(), |value| format!("{value:?}")));
        }
    }

    fn note_judged(
        &mut self,
        provider: &Provider,
        called: CalledUrl<'_>,
        refused: Option<&Rejection>,
    ) {
        match refused {
            None => self.say("", format!("{} accepts it", provider.name)),
            Some(rejection) => {
                self.say("", format!("{} refuses it: {}", provider.name, rejection.code()));
            }
        }
        let audience = provider.kind.audience(called);
        let expected = audience.values();
        if !expected.is_empty() {
            let found = self.claims.as_ref().and_then(|claims| claims.get("aud"));
            let found = found.map_or("none".to_owned(), labels::audience);
            self.say("expected aud", expected.join(" or "));
            self.say("found aud", found);
        }
    }

    fn note_candidates(&mut self, candidates: &[CandidateProvider<'_>]) {
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
        let names: Vec<String> = keys.keys().iter().map(labels::key).collect();
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
        if self.lacking.is_none() {
            self.lacking = lacking.cloned();
        }
    }
}

impl Observer for Transcript<'_> {
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
            Step::Claims => ["exp", "nbf", "iat"].into_iter().for_each(|name| self.note_date(name)),
            _ => {}
        }
    }

    fn note(&mut self, finding: Finding<'_>) {
        match finding {
            Finding::Request(request) => self.note_request(request),
            Finding::Match(found, announced) => self.misses = self.misses(found, announced),
            Finding::Deciding(deciding) => self.note_deciding(deciding),
            Finding::Candidates(candidates) => self.note_candidates(candidates),
            Finding::Credential(credential) => self.note_credential(credential),
            Finding::Header(header) => self.note_header(header),
            Finding::KeySource(source) => {
                let name = self.config.key_sources.get(source).map_or("", |source| &source.name);
                let origin = self.keys.origin(source);
                self.say("", format!("{name}: {origin}"));
            }
            Finding::Keys(keys, _) => self.note_keys(keys),
            Finding::SigningKey(key) => self.say("", format!("made by {}", labels::key(key))),
            // Each explanation begins without remembered tokens.
            Finding::Claims(_)
            | Finding::VerifiedBefore
            | Finding::WrongAudience(_)
            | Finding::WrongIssuer { .. } => {}
            Finding::Judged(provider, _, called, judged) => {
                self.note_judged(provider, called, judged.err());
            }
            Finding::Required(requirement, lacking) => self.note_requirement(requirement, lacking),
        }
    }

    fn stop(&mut self, rejection: &Rejection) {
        // If a route was found, the misses were said with it.
        if self.entries.last().is_some_and(|entry| entry.step == Step::Route) {
            self.say_misses();
        }
        self.rejection = Some(rejection.clone());
    }
}

/// Returns a part of a token as JSON, whether or not the token is verified.
fn decoded(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
