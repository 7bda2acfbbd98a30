//! The pipeline: one request in, one verdict out.

mod candidates;
mod observer;
mod record;
pub mod self_test;
mod verification;

pub use candidates::CandidateProvider;
pub use observer::{Finding, Observer, Step};
pub use record::{End, Ended, Record, RequestLine};
pub use verification::Stop;

use candidates::Candidates;
use record::Recorder;
use verification::{Verification, Verifier};

use std::borrow::Cow;
use std::collections::HashMap;

use crate::answer::Answer;
use crate::config::{Config, Secrets};
use crate::health;
use crate::keys::KeyCaches;
use crate::provider::{CalledUrl, Provider};
use crate::rejection::{Rejection, RejectionContext, RejectionResponse};
use crate::request::{
    Credential, CredentialSource, Headers, HttpUrl, Quirks, Request, is_loopback_host,
    split_origin, split_port,
};
use crate::route::{Access, Action, Match, Route};
use crate::session::Session;
use crate::settings::Fault;
use crate::time::UnixMillis;
use crate::upstream::{
    self, ASSERTION_HEADER, Assertion, AssertionKey, AssertionPolicy, Forward, RemovedFields,
    TokenIds, Upstream,
};

/// A validated configuration at work.
#[derive(Debug)]
pub struct Gateway {
    config: Config,
    secrets: Secrets,
    assertion_keys: HashMap<String, AssertionKey>,
    token_ids: TokenIds,
    read_headers: Vec<String>,
    /// By the index of the upstream.
    removed_fields: Vec<RemovedFields>,
}

/// A request as the shell receives it.
#[derive(Clone, Debug)]
pub struct Incoming<'a> {
    /// The method.
    pub method: &'a str,
    /// The absolute URL.
    pub url: &'a str,
    /// The fields that [`Gateway::read_headers`] names.
    pub headers: Headers<'a>,
}

/// What becomes of a request, and what the log may say about it.
#[derive(Debug)]
pub struct Judgement {
    /// What becomes of it.
    pub verdict: Verdict,
    /// What the log may say.
    pub record: Record,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Answer it at the edge: a preflight, or the session.
    Answer(Answer),
    /// Send it to a backend.
    Forward(Forward),
    /// A monitor asks: look into the shared store for the sources that [`KeyCaches::look`] names,
    /// then answer with [`Gateway::health`].
    Health {
        /// The monitor may know about each source.
        detailed: bool,
    },
    /// Answer it with a refusal.
    Reject(RejectionResponse),
    /// Judge it again when the attempt of that key source has settled, at the latest at that
    /// moment.
    Wait {
        /// The index of the key source.
        source: usize,
        /// When to stop waiting.
        until: UnixMillis,
    },
}

/// The field that holds a request's id on Cloudflare's network.
const RAY: &str = "cf-ray";
const AUTHORIZATION: &str = "authorization";
const ORIGIN: &str = "origin";
/// The state of the keys, below the worker's own prefix.
const HEALTH_PAGE: &str = "/health";
/// The keys of assertions, below the worker's own prefix.
const JWKS_PAGE: &str = "/jwks.json";
/// For how long a backend may use them without asking again: a new key is published for longer
/// than that before it signs.
const JWKS_MAX_AGE_SECONDS: u32 = 300;
const REQUESTED_METHOD: &str = "access-control-request-method";

/// What a request may do, where no refusal has stopped it.
enum Pass {
    Answer(Answer),
    Forward(Forward),
    Health { detailed: bool },
}

/// What the steps before the credential have come to.
enum Entry<'c> {
    /// The request may pass without a session.
    Pass(Pass),
    /// The route demands a session.
    Session { route: &'c Route, request: Request<'c> },
}

/// How far a request has come, and who could have accepted its token.
struct Passage<'c> {
    outcome: Result<Pass, Stop>,
    candidates: Candidates<'c>,
}

impl Gateway {
    /// A gateway that follows `config`, for which `secrets` has the values of
    /// [`Config::secret_names`]. `random` is asked for random bytes once, when the first assertion
    /// is made; the ids of assertions are made from them.
    ///
    /// # Errors
    /// A fault for each secret that is missing, empty or not what it must be.
    pub fn new(
        config: Config,
        secrets: Secrets,
        random: fn() -> [u8; 16],
    ) -> Result<Self, Vec<Fault>> {
        let fault = |place: &str, message: &str| Fault {
            place: place.to_owned(),
            message: message.to_owned(),
        };
        let names = config.secret_names().into_iter();
        let mut faults: Vec<Fault> = names
            .filter(|name| secrets.get(name).is_none_or(str::is_empty))
            .map(|name| fault(name, "is missing; set this secret"))
            .collect();
        let mut assertion_keys = HashMap::new();
        let policies = config.upstreams.iter().filter_map(|upstream| upstream.assertion.as_ref());
        for name in policies.flat_map(|policy| &policy.signing_key_secret_names) {
            let Some(jwk) = secrets.get(name).filter(|jwk| !jwk.is_empty()) else { continue };
            match AssertionKey::parse(jwk) {
                Ok(key) => drop(assertion_keys.insert(name.clone(), key)),
                Err(message) => faults.push(fault(name, message)),
            }
        }
        for secret in config.upstreams.iter().filter_map(|u| u.shared_secret.as_ref()) {
            let is_field_value = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
            if secrets.get(&secret.secret_name).is_some_and(|text| !is_field_value(text)) {
                faults.push(fault(&secret.secret_name, "has a character that no header may hold"));
            }
        }
        if !faults.is_empty() {
            faults.sort();
            faults.dedup();
            return Err(faults);
        }
        let fixed = [RAY, ORIGIN, REQUESTED_METHOD].map(str::to_owned);
        let mut read_headers: Vec<String> = fixed.into();
        read_headers.extend(config.providers.iter().map(|p| p.credential.header.clone()));
        read_headers.extend(config.health_secret_name.as_ref().map(|_| AUTHORIZATION.to_owned()));
        read_headers.sort_unstable();
        read_headers.dedup();
        let removed_fields = removed_fields(&config);
        let token_ids = TokenIds::new(random);
        Ok(Self { config, secrets, assertion_keys, token_ids, read_headers, removed_fields })
    }

    /// The values of the secrets that the configuration names.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The header fields that the shell must hand in, in lower case.
    pub fn read_headers(&self) -> &[String] {
        &self.read_headers
    }

    /// The fields that are removed from a request to that upstream, but for [`Forward::kept`].
    pub fn removed_fields(&self, upstream: usize) -> Option<&RemovedFields> {
        self.removed_fields.get(upstream)
    }

    /// The request's id on Cloudflare's network.
    pub fn ray<'a>(incoming: &Incoming<'a>) -> Option<&'a str> {
        incoming.headers.get(RAY).filter(|ray| !ray.is_empty())
    }

    /// Empty key caches for this configuration.
    pub fn key_caches(&self) -> KeyCaches {
        KeyCaches::new(&self.config.key_sources, self.config.keys.policy)
    }

    /// Judges a request. Attempts to fetch keys that this brings about are left in `keys`.
    pub fn judge(
        &self,
        incoming: &Incoming<'_>,
        keys: &mut KeyCaches,
        now: UnixMillis,
    ) -> Judgement {
        self.judge_observed(incoming, keys, now, &mut ())
    }

    /// The same, watched.
    pub fn judge_observed(
        &self,
        incoming: &Incoming<'_>,
        keys: &mut KeyCaches,
        now: UnixMillis,
        observer: &mut impl Observer,
    ) -> Judgement {
        let mut recorder = Recorder::new(&self.config, observer);
        let Passage { outcome, candidates } = self.pass(incoming, keys, now, &mut recorder);
        let verdict = match outcome {
            Ok(Pass::Answer(answer)) => Verdict::Answer(answer),
            Ok(Pass::Forward(forward)) => Verdict::Forward(match &self.config.cors {
                Some(cors) => forward.with_cors(cors.headers(incoming.headers.get(ORIGIN))),
                None => forward,
            }),
            Ok(Pass::Health { detailed }) => Verdict::Health { detailed },
            Err(Stop::Wait { source, until }) => Verdict::Wait { source, until },
            Err(Stop::Reject(rejection)) => {
                recorder.stop(&rejection);
                Verdict::Reject(self.rejection_response(incoming, &rejection, &candidates))
            }
        };
        Judgement { verdict, record: recorder.finish(&candidates) }
    }

    /// The answer to a monitor.
    pub fn health(&self, keys: &KeyCaches, now: UnixMillis, detailed: bool, head: bool) -> Answer {
        health::report(&self.config.key_sources, keys, now, detailed, head)
    }

    /// The refusal of a request for a reason that the shell has found.
    pub fn refuse(&self, incoming: &Incoming<'_>, rejection: &Rejection) -> RejectionResponse {
        self.rejection_response(incoming, rejection, &Candidates::default())
    }

    fn pass<'c>(
        &'c self,
        incoming: &Incoming<'c>,
        keys: &mut KeyCaches,
        now: UnixMillis,
        observer: &mut impl Observer,
    ) -> Passage<'c> {
        let without_candidates = |outcome| Passage { outcome, candidates: Candidates::default() };
        match self.before_credential(incoming, observer) {
            Err(rejection) => without_candidates(Err(rejection.into())),
            Ok(Entry::Pass(pass)) => without_candidates(Ok(pass)),
            Ok(Entry::Session { route, request }) => {
                self.with_session(route, &request, keys, now, observer)
            }
        }
    }

    /// Everything that is decided without a credential.
    fn before_credential<'c>(
        &'c self,
        incoming: &Incoming<'c>,
        observer: &mut impl Observer,
    ) -> Result<Entry<'c>, Rejection> {
        observer.enter(Step::Path);
        let request = Request::new(incoming.method, incoming.url, incoming.headers.clone())?;
        observer.note(Finding::Request(&request));
        let preflight = requested_method(&request);
        let found = self.find_route(&request, preflight);
        observer.note(Finding::Match(&found, preflight));
        request.path.quirks().check(self.admitted(&request, &found, preflight))?;
        if let Some(page) = own_page(request.path.normal()) {
            observer.enter(Step::OwnPage);
            return self.own(page, &request).map(Entry::Pass);
        }
        if let (Some(cors), Some(_), Some(origin)) =
            (&self.config.cors, preflight, request.headers.get(ORIGIN))
        {
            observer.enter(Step::Preflight);
            let mut headers = cors.preflight_headers(origin);
            headers.push(("cache-control", "no-store".into()));
            let answer = Answer { status: 204, headers, body: String::new() };
            return Ok(Entry::Pass(Pass::Answer(answer)));
        }
        observer.enter(Step::Route);
        let route = self.route_of(found)?;
        observer.note(Finding::Route(route));
        if route.access == Access::Public {
            observer.enter(Step::Outcome);
            return self.public(route, &request).map(|forward| Entry::Pass(Pass::Forward(forward)));
        }
        Ok(Entry::Session { route, request })
    }

    /// The route that applies to what the table has found.
    fn route_of<'c>(&'c self, found: Match<'c>) -> Result<&'c Route, Rejection> {
        match found {
            Match::Route(route) => Ok(route),
            Match::Ambiguous => {
                let fault =
                    "is one that two rules claim, one with and one without a trailing slash";
                Err(Rejection::PathAmbiguous { fault })
            }
            Match::MethodNotAllowed(allowed) => {
                Err(Rejection::MethodNotAllowed { allowed: with_head(allowed) })
            }
            Match::None if self.config.deny_unmatched => Err(Rejection::RouteUnknown),
            Match::None => Ok(&self.config.unmatched),
        }
    }

    /// Verifies the credential of a request, and decides with the session.
    fn with_session<'c>(
        &'c self,
        route: &'c Route,
        request: &Request<'c>,
        keys: &mut KeyCaches,
        now: UnixMillis,
        observer: &mut impl Observer,
    ) -> Passage<'c> {
        let providers: Vec<&Provider> = match &route.access {
            Access::Public => Vec::new(),
            Access::Session { providers, .. } => {
                providers.iter().filter_map(|index| self.config.providers.get(*index)).collect()
            }
        };
        let candidates = Candidates::of(providers.iter().copied());
        observer.enter(Step::Credential);
        observer.note(Finding::Candidates(candidates.as_slice()));
        let sources: Vec<&CredentialSource> =
            providers.iter().map(|provider| &provider.credential).collect();
        let found = Credential::find(&sources, &request.headers).and_then(|credential| {
            observer.note(Finding::Credential(&credential));
            Ok((credential, self.public_urls(request.origin)?))
        });
        let (credential, public_urls) = match found {
            Ok(found) => found,
            Err(rejection) => return Passage { outcome: Err(rejection.into()), candidates },
        };
        let called = CalledUrl { public_urls: &public_urls, path: request.path.as_sent() };
        let clock_skew_seconds = self.config.clock_skew_seconds;
        let verifier = Verifier { candidates, called, clock_skew_seconds, keys, now, observer };
        let Verification { outcome, candidates } = verifier.verify(&credential);
        let outcome = outcome.and_then(|session| {
            self.admit(route, request, &credential, &session, now, observer).map_err(Stop::from)
        });
        Passage { outcome, candidates }
    }

    /// Decides about a request with a session.
    fn admit(
        &self,
        route: &Route,
        request: &Request<'_>,
        credential: &Credential<'_>,
        session: &Session,
        now: UnixMillis,
        observer: &mut impl Observer,
    ) -> Result<Pass, Rejection> {
        if let Access::Session { require, report_only, .. } = &route.access {
            observer.enter(Step::Requirement);
            let required = require.check(session);
            observer.note(Finding::Required(require, required.as_ref().err()));
            if let (Err(rejection), false) = (required, *report_only) {
                return Err(rejection);
            }
        }
        observer.enter(Step::Outcome);
        match route.action {
            Action::Forward { upstream, with_token } => {
                let mut forward = self.verified(upstream, request, session, now)?;
                if with_token {
                    forward.keep(&credential.source().header);
                }
                Ok(Pass::Forward(forward))
            }
            Action::RespondSession => Ok(Pass::Answer(self.session_answer(request, session))),
        }
    }

    /// What the worker itself has at its own paths.
    fn own(&self, page: &str, request: &Request<'_>) -> Result<Pass, Rejection> {
        let publishes = page == JWKS_PAGE && !self.assertion_keys.is_empty();
        if page != HEALTH_PAGE && !publishes {
            return Err(Rejection::RouteUnknown);
        }
        if !matches!(request.method, "GET" | "HEAD") {
            let allowed = with_head(vec!["GET".to_owned()]);
            return Err(Rejection::MethodNotAllowed { allowed });
        }
        if publishes {
            return Ok(Pass::Answer(self.published_keys(request)));
        }
        let offered = request.headers.get(AUTHORIZATION).and_then(|value| value.split_once(' '));
        let detailed = self.config.health_secret_name.as_ref().zip(offered).is_some_and(
            |(name, (scheme, offered))| {
                scheme.eq_ignore_ascii_case("Bearer") && self.secrets.is(name, offered)
            },
        );
        Ok(Pass::Health { detailed })
    }

    /// The public halves of the keys that assertions are signed with, in the configuration's order.
    fn published_keys(&self, request: &Request<'_>) -> Answer {
        let policies = self.config.upstreams.iter().filter_map(|u| u.assertion.as_ref());
        let names = policies.flat_map(|policy| &policy.signing_key_secret_names);
        let keys = names.filter_map(|name| self.assertion_keys.get(name));
        let body = AssertionKey::jwks(keys);
        let headers = vec![
            ("cache-control", format!("public, max-age={JWKS_MAX_AGE_SECONDS}")),
            ("content-type", "application/jwk-set+json".to_owned()),
        ];
        Answer { status: 200, headers, body: if request.is_head() { String::new() } else { body } }
    }

    /// Without rules of our own, a preflight for a public route passes to the backend's; any other
    /// is a request like every other.
    fn find_route(&self, request: &Request<'_>, preflight: Option<&str>) -> Match<'_> {
        let path = request.path.normal();
        let found = self.config.routes.find(request.method, path);
        let names_options = matches!(&found, Match::Route(route) if route.methods.is_some());
        if let Some(announced) = preflight.filter(|_| !names_options)
            && let Match::Route(route) = self.config.routes.find(announced, path)
            && route.access == Access::Public
        {
            return Match::Route(route);
        }
        found
    }

    /// What the path may have: a preflight may have what the request that it announces may.
    fn admitted(
        &self,
        request: &Request<'_>,
        found: &Match<'_>,
        preflight: Option<&str>,
    ) -> Quirks {
        let announced =
            preflight.map(|method| self.config.routes.find(method, request.path.normal()));
        match (found, announced) {
            (Match::Route(route), _) => route.admits,
            (_, Some(Match::Route(route))) => route.admits,
            _ => Quirks::default(),
        }
    }

    /// The request as the backend is sent it on behalf of a session.
    fn verified(
        &self,
        index: usize,
        request: &Request<'_>,
        session: &Session,
        now: UnixMillis,
    ) -> Result<Forward, Rejection> {
        let upstream = self.config.upstreams.get(index).ok_or(Rejection::Misconfigured)?;
        if upstream.client_credentials.is_some() && session.identity().tenant.is_none() {
            return Err(Rejection::PermissionDenied { lacking: "a tenant".into() });
        }
        let mut forward =
            Forward::verified((index, upstream), self.url(upstream, request)?, session);
        if let Some(policy) = &upstream.assertion {
            forward.add(ASSERTION_HEADER, self.assertion(policy, session, now)?);
        }
        Ok(forward)
    }

    fn assertion(
        &self,
        policy: &AssertionPolicy,
        session: &Session,
        now: UnixMillis,
    ) -> Result<String, Rejection> {
        let name = policy.signing_key_secret_names.first().ok_or(Rejection::Misconfigured)?;
        let key = self.assertion_keys.get(name).ok_or(Rejection::Misconfigured)?;
        let issuer = self.config.public_urls.first().ok_or(Rejection::Misconfigured)?;
        Ok(key.sign(&Assertion {
            iss: &issuer.base(),
            aud: &policy.audience,
            sub: session.identity().user.as_deref(),
            iat: now.seconds(),
            exp: now.seconds().saturating_add(policy.lifetime_seconds),
            jti: self.token_ids.next(now),
            session: session.to_value(),
        }))
    }

    fn url(&self, upstream: &Upstream, request: &Request<'_>) -> Result<String, Rejection> {
        let ignore_case = self.config.routes.ignores_case();
        upstream::url(upstream, request, ignore_case).ok_or(Rejection::RouteUnknown)
    }

    /// A value of another scheme, such as a webhook's Basic, is for the backend and stays.
    fn public(&self, route: &Route, request: &Request<'_>) -> Result<Forward, Rejection> {
        let Action::Forward { upstream: index, .. } = route.action else {
            return Err(Rejection::Misconfigured);
        };
        let upstream = self.config.upstreams.get(index).ok_or(Rejection::Misconfigured)?;
        let mut forward = Forward::public(index, self.url(upstream, request)?);
        let sources = || self.config.providers.iter().map(|provider| &provider.credential);
        for CredentialSource { header, .. } in sources() {
            let is_credential =
                |value| sources().any(|source| source.header == *header && source.claims(value));
            let foreign = request.headers.get(header).is_some_and(|value| !is_credential(value));
            if foreign && !forward.kept().contains(header) {
                forward.keep(header);
            }
        }
        Ok(forward)
    }

    fn session_answer(&self, request: &Request<'_>, session: &Session) -> Answer {
        let mut answer = Answer::json(200, session.to_answer().to_string(), request.is_head());
        if let Some(cors) = &self.config.cors {
            answer.headers.extend(cors.headers(request.headers.get(ORIGIN)));
        }
        answer
    }

    /// The configured ones; else the request's own host, which TLS was made for: https, or http
    /// where the host is this machine.
    fn public_urls(&self, origin: &str) -> Result<Cow<'_, [HttpUrl]>, Rejection> {
        if !self.config.public_urls.is_empty() {
            return Ok(Cow::Borrowed(&self.config.public_urls));
        }
        HttpUrl::parse(&default_public_url(origin))
            .map(|url| vec![url].into())
            .map_err(|_| Rejection::PathAmbiguous { fault: "follows an invalid host" })
    }

    fn rejection_response(
        &self,
        incoming: &Incoming<'_>,
        rejection: &Rejection,
        candidates: &Candidates<'_>,
    ) -> RejectionResponse {
        let realm = match self.config.public_urls.first() {
            Some(url) => url.base(),
            None => default_public_url(split_origin(incoming.url).0),
        };
        let context = RejectionContext {
            wording: candidates.wording(),
            head: incoming.method == "HEAD",
            ray: Self::ray(incoming),
            realm: &realm,
            reject_status: candidates.reject_status(),
        };
        let mut response = RejectionResponse::new(rejection, &context);
        if let Some(cors) = &self.config.cors {
            response.headers.extend(cors.headers(incoming.headers.get(ORIGIN)));
        }
        response
    }
}

/// The removed fields for each upstream. A field that the worker sets for one backend is removed from
/// the requests to every backend, so that no caller can set it anywhere.
fn removed_fields(config: &Config) -> Vec<RemovedFields> {
    let credentials = config.providers.iter().map(|provider| provider.credential.header.as_str());
    let mut names: Vec<&str> = credentials.collect();
    for upstream in &config.upstreams {
        names.extend(upstream.emitted_headers());
    }
    let with_token = |upstream: &Upstream| upstream.client_credentials.is_some();
    let of = |upstream| RemovedFields::new(&names, with_token(upstream));
    config.upstreams.iter().map(of).collect()
}

/// Whether a request is a monitor's, whatever the configuration is.
pub fn asks_for_health(method: &str, url: &str) -> bool {
    let path = split_origin(url).1;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    matches!(method, "GET" | "HEAD") && own_page(path) == Some(HEALTH_PAGE)
}

/// What follows the prefix, where a path belongs to the worker itself: in any case, since it must
/// never be forwarded.
fn own_page(path: &str) -> Option<&str> {
    const PREFIX: &str = "/.well-known/drawbridge";
    let (start, rest) = path.split_at_checked(PREFIX.len())?;
    let is_own = start.eq_ignore_ascii_case(PREFIX) && (rest.is_empty() || rest.starts_with('/'));
    is_own.then_some(rest)
}

/// The method that a preflight announces (WHATWG Fetch Standard, section 3.3.2).
fn requested_method<'a>(request: &Request<'a>) -> Option<&'a str> {
    let field = |name| request.headers.get(name).filter(|value: &&str| !value.is_empty());
    field(ORIGIN)?;
    field(REQUESTED_METHOD).filter(|_| request.method == "OPTIONS")
}

/// GET includes HEAD.
fn with_head(mut methods: Vec<String>) -> Vec<String> {
    if methods.iter().any(|method| method == "GET") {
        methods.push("HEAD".to_owned());
    }
    methods.sort_unstable();
    methods.dedup();
    methods
}

fn default_public_url(origin: &str) -> String {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    let (host, _) = split_port(authority);
    let scheme = if is_loopback_host(host) { "http" } else { "https" };
    format!("{scheme}://{authority}")
}
