//! What an isolate keeps between requests.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use serde::Serialize;
use wasm_bindgen::prelude::Closure;
use web_sys::{Request, Response};
use worker::js_sys::Promise;
use worker::{Env, KvStore};

use super::log::{Ended, Seen};
use super::{glue, log};
use crate::answer::Answer;
use crate::config::Config;
use crate::health;
use crate::keys::AccessTokenCache;
use crate::keys::{ClientCredentials, KeySource};
use crate::keys::{Failure, KeyCaches};
use crate::keys::{KeyCache, Start};
use crate::pipeline::self_test;
use crate::pipeline::{Gateway, Incoming, Judgement, Record, Verdict, asks_for_health};
use crate::rejection::{Rejection, RejectionContext, RejectionResponse};
use crate::request::{Headers, split_origin};
use crate::settings::Fault;
use crate::time::UnixMillis;
use crate::upstream::{Forward, RemovedFields};

/// The KV namespace that isolates share.
const STORE: &str = "JWKS_CACHE";

thread_local! {
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
}

/// Configuration and keys, set up once: when the worker starts, and anew where an instance of the
/// WebAssembly has been replaced.
pub(super) struct Isolate {
    /// Absent where the configuration is invalid: then every request is refused.
    serving: Option<Serving>,
    faults: Vec<Fault>,
    announced: Cell<bool>,
}

struct Serving {
    gateway: Gateway,
    keys: RefCell<KeyCaches>,
    /// Rises by the sampled share with each allowed request; at 1, one is logged.
    sample_due: Cell<f64>,
    /// Until then a monitor's request looks into the store.
    looks_until: Cell<UnixMillis>,
    store: KvStore,
    /// By grant; never anywhere but here.
    access_tokens: RefCell<Vec<(ClientCredentials, AccessTokenCache)>>,
}

/// What JavaScript is told once.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings<'a> {
    read_fields: &'a [String],
    upstreams: Vec<Target<'a>>,
    routes: Vec<&'a str>,
    providers: Vec<&'a str>,
    server_timing: bool,
}

/// A backend as JavaScript sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'a> {
    binding: Option<&'a str>,
    cacheable: bool,
    /// A regular expression for the names of fields that it does not get.
    removed: String,
    /// A field and its value.
    secret: Option<(&'a str, &'a str)>,
    timeout_millis: u32,
}

impl<'a> Settings<'a> {
    fn of(gateway: &'a Gateway) -> Self {
        let upstreams = gateway.config().upstreams.iter().enumerate();
        let upstreams = upstreams.map(|(index, upstream)| Target {
            binding: upstream.binding.as_deref(),
            cacheable: upstream.cacheable,
            removed: gateway.removed_fields(index).map(RemovedFields::pattern).unwrap_or_default(),
            secret: upstream.shared_secret.as_ref().and_then(|secret| {
                Some((secret.header.as_str(), gateway.secrets().get(&secret.secret_name)?))
            }),
            timeout_millis: upstream.timeout_millis,
        });
        Self {
            read_fields: gateway.read_headers(),
            upstreams: upstreams.collect(),
            routes: gateway.config().routes.routes().iter().map(|r| r.pattern.text()).collect(),
            providers: gateway.config().providers.iter().map(|p| p.name.as_str()).collect(),
            server_timing: gateway.config().log.server_timing,
        }
    }
}

impl Isolate {
    /// The one of this isolate.
    pub(super) fn current(env: &Env) -> Rc<Self> {
        ISOLATE.with(|cell| {
            Rc::clone(cell.get_or_init(|| {
                let isolate = Rc::new(match Serving::new(env) {
                    Ok(serving) => Self::new(Some(serving), Vec::new()),
                    Err(faults) => Self::new(None, faults),
                });
                isolate.install(env);
                isolate
            }))
        })
    }

    /// Writes, the first time, the faults of the configuration, and returns the warnings that are to
    /// be written.
    pub(super) fn announce(&self) -> Vec<Fault> {
        if self.announced.replace(true) {
            return Vec::new();
        }
        match &self.serving {
            Some(serving) => serving.gateway.config().warnings(),
            None => {
                log::misconfigured(&self.faults);
                Vec::new()
            }
        }
    }

    /// Judges a request by its head, as [`glue::head`] writes it.
    pub(super) fn judge(&self, head: &str, now: UnixMillis) -> Judgement {
        let Some(serving) = &self.serving else {
            let (method, url) = method_and_url(head);
            let verdict = match asks_for_health(method, url) {
                true => Verdict::Answer(health::misconfigured(method == "HEAD")),
                false => Verdict::Reject(misconfigured(head)),
            };
            return Judgement { verdict, record: Record::default() };
        };
        let Some(incoming) = serving.incoming(head) else {
            let verdict = Verdict::Reject(misconfigured(head));
            return Judgement { verdict, record: Record::default() };
        };
        let judgement = serving.gateway.judge(&incoming, &mut serving.keys.borrow_mut(), now);
        if let Some(rejection) = &judgement.record.would_refuse {
            log::would_refuse(&self.seen(head, &judgement.record, now), rejection);
        }
        if let Verdict::Forward(forward) = &judgement.verdict {
            for header in forward.omitted() {
                log::omitted(header);
            }
        }
        judgement
    }

    /// The attempts that judging has brought about.
    pub(super) fn take_starts(&self) -> Vec<(usize, Start)> {
        self.serving.as_ref().map(|s| s.keys.borrow_mut().take_starts()).unwrap_or_default()
    }

    /// Attempts for all sources that may be asked now.
    pub(super) fn refresh_all(&self, now: UnixMillis) -> Vec<(usize, Start)> {
        let Some(serving) = &self.serving else { return Vec::new() };
        let mut keys = serving.keys.borrow_mut();
        let sources = keys.sources();
        sources.filter_map(|source| Some((source, keys.cache(source)?.refresh(now)?))).collect()
    }

    /// Changes whenever a request that waits for that source had better look again.
    pub(super) fn changes(&self, source: usize) -> u64 {
        self.with_cache(source, |cache| cache.changes()).unwrap_or_default()
    }

    /// Changes a source's cache. `None` where there is none.
    pub(super) fn with_cache<T>(
        &self,
        source: usize,
        change: impl FnOnce(&mut KeyCache) -> T,
    ) -> Option<T> {
        self.serving.as_ref()?.keys.borrow_mut().cache(source).map(change)
    }

    /// A key source, and how much of its response may be read, in bytes.
    pub(super) fn source(&self, source: usize) -> Option<(&KeySource, usize)> {
        let config = self.serving.as_ref()?.gateway.config();
        Some((config.key_sources.get(source)?, config.keys.max_bytes))
    }

    /// The value of a secret.
    pub(super) fn secret(&self, name: &str) -> Option<&str> {
        self.serving.as_ref()?.gateway.secrets().get(name)
    }

    /// The store that isolates share, and for how long an entry is of use there, in seconds.
    pub(super) fn store(&self) -> Option<(&KvStore, u64)> {
        let serving = self.serving.as_ref()?;
        Some((&serving.store, serving.gateway.config().keys.policy.usable() / 1000))
    }

    /// The sources for which a monitor's request must look into the store, until `deadline`.
    pub(super) fn look(&self, now: UnixMillis, deadline: UnixMillis) -> Vec<usize> {
        let Some(serving) = &self.serving else { return Vec::new() };
        let sources = serving.keys.borrow_mut().look(now);
        if !sources.is_empty() {
            serving.looks_until.set(deadline);
        }
        sources
    }

    /// Until when a monitor's request looks into the store.
    pub(super) fn looks_until(&self) -> UnixMillis {
        self.serving.as_ref().map(|serving| serving.looks_until.get()).unwrap_or_default()
    }

    /// It has looked.
    pub(super) fn looked(&self) {
        if let Some(serving) = &self.serving {
            serving.looks_until.take();
        }
    }

    /// The answer to a monitor.
    pub(super) fn health(&self, head: &str, now: UnixMillis, detailed: bool) -> Response {
        let is_head = method_and_url(head).0 == "HEAD";
        let answer = match &self.serving {
            Some(serving) => serving.gateway.health(&serving.keys.borrow(), now, detailed, is_head),
            None => health::misconfigured(is_head),
        };
        self.answer(head, &answer, &Record::default())
    }

    /// Notes why an attempt has brought nothing.
    pub(super) fn fail(&self, source: usize, at: UnixMillis, cause: String) {
        if let Some(serving) = &self.serving {
            serving.keys.borrow_mut().fail(source, Failure { at, cause });
        }
    }

    /// Changes what is known of the access token of a grant. `None` where there is no configuration.
    pub(super) fn with_access_token<T>(
        &self,
        credentials: &ClientCredentials,
        change: impl FnOnce(&mut AccessTokenCache) -> T,
    ) -> Option<T> {
        let mut caches = self.serving.as_ref()?.access_tokens.borrow_mut();
        if let Some((_, cache)) = caches.iter_mut().find(|(known, _)| known == credentials) {
            return Some(change(cache));
        }
        let mut cache = AccessTokenCache::default();
        let changed = change(&mut cache);
        caches.push((credentials.clone(), cache));
        Some(changed)
    }

    /// The grant of the access token that an upstream's requests are sent with.
    pub(super) fn access(&self, forward: &Forward) -> Option<&ClientCredentials> {
        let upstreams = &self.serving.as_ref()?.gateway.config().upstreams;
        upstreams.get(forward.upstream())?.client_credentials.as_ref()
    }

    /// How long an exchange with an issuer may take, in milliseconds.
    pub(super) fn exchange_timeout(&self) -> u64 {
        self.serving.as_ref().map_or(0, |s| s.gateway.config().keys.policy.timeout)
    }

    /// Sends a request to its backend. Resolves to the response, or to a refusal of ours, and
    /// records it.
    pub(super) fn send(
        &self,
        request: &Request,
        forward: &Forward,
        record: &Record,
        access_token: Option<&str>,
    ) -> Promise {
        let logged = self.is_sampled();
        glue::forward(
            request,
            forward.upstream(),
            forward.url(),
            &lines(forward.identity()),
            &forward.kept().join("\n"),
            forward.response_headers().map(lines),
            access_token.map(str::to_owned),
            index(record.route),
            index(record.provider),
            logged,
            &if logged { log::token(record) } else { String::new() },
        )
    }

    /// The answer where a backend cannot be reached.
    pub(super) fn unreachable(&self, request: &Request, record: &Record) -> Response {
        self.refuse_forward(&glue::head(request), "unreachable", record, None)
    }

    /// Whether this allowed request is among those that are logged: as many as the configuration
    /// says, evenly spread.
    fn is_sampled(&self) -> bool {
        let Some(serving) = &self.serving else { return true };
        let due = serving.sample_due.get() + serving.gateway.config().log.allowed_sample;
        serving.sample_due.set(if due >= 1.0 { due - 1.0 } else { due });
        due >= 1.0
    }

    fn seen<'a>(&'a self, head: &'a str, record: &Record, time: UnixMillis) -> Seen<'a> {
        let (method, url) = method_and_url(head);
        let serving = self.serving.as_ref();
        let config = serving.map(|serving| serving.gateway.config());
        let route = config.and_then(|config| config.routes.routes().get(record.route?));
        let provider = config.and_then(|config| config.providers.get(record.provider?));
        Seen {
            time,
            ray: serving.and_then(|s| s.incoming(head)).as_ref().and_then(Gateway::ray),
            method,
            url,
            route: route.map(|route| route.pattern.text()),
            provider: provider.map(|provider| provider.name.as_str()),
        }
    }

    /// Turns a refusal into a response, and records it.
    pub(super) fn refuse(
        &self,
        head: &str,
        refusal: &RejectionResponse,
        record: &Record,
        upstream_ms: Option<f64>,
    ) -> Response {
        let RejectionResponse { status, code, headers, body } = refusal;
        let ended = Ended { code: Some(code), status: *status, upstream_ms };
        log::ended(&self.seen(head, record, super::now()), record, &ended, true);
        glue::respond(*status, &lines(headers), body)
    }

    /// Turns an answer into a response, and records it.
    pub(super) fn answer(&self, head: &str, answer: &Answer, record: &Record) -> Response {
        let ended = Ended { code: None, status: answer.status, upstream_ms: None };
        log::ended(&self.seen(head, record, super::now()), record, &ended, self.is_sampled());
        glue::respond(answer.status, &lines(&answer.headers), &answer.body)
    }

    fn new(serving: Option<Serving>, faults: Vec<Fault>) -> Self {
        Self { serving, faults, announced: Cell::default() }
    }

    /// Hands JavaScript what it needs for every request.
    fn install(self: &Rc<Self>, env: &Env) {
        let settings = match &self.serving {
            Some(serving) => Settings::of(&serving.gateway),
            None => Settings::default(),
        };
        // Strings, numbers and truth values always serialise.
        let settings = serde_json::to_string(&settings).unwrap_or_default();
        let isolate = Rc::clone(self);
        let refuse = Closure::<dyn Fn(Request, String, i32, i32, f64) -> Response>::new(
            move |request: Request, reason: String, route: i32, provider: i32, millis: f64| {
                let record = Record {
                    route: usize::try_from(route).ok(),
                    provider: usize::try_from(provider).ok(),
                    ..Record::default()
                };
                // What has a body is refused before any backend is asked.
                let upstream_ms = (reason != "body").then_some(millis);
                isolate.refuse_forward(&glue::head(&request), &reason, &record, upstream_ms)
            },
        );
        glue::install(env, &settings, &refuse.into_js_value());
    }

    fn refuse_forward(
        &self,
        head: &str,
        reason: &str,
        record: &Record,
        upstream_ms: Option<f64>,
    ) -> Response {
        let rejection = match reason {
            "body" => Rejection::BodyNotAllowed,
            "timeout" => Rejection::UpstreamTimeout,
            _ => Rejection::UpstreamUnreachable,
        };
        let refusal = self.serving.as_ref().and_then(|serving| {
            serving.incoming(head).map(|incoming| serving.gateway.refuse(&incoming, &rejection))
        });
        let refusal = refusal.unwrap_or_else(|| misconfigured(head));
        self.refuse(head, &refusal, record, upstream_ms)
    }
}

impl Serving {
    fn new(env: &Env) -> Result<Self, Vec<Fault>> {
        let variables = glue::variables(env);
        let pairs = variables.chunks_exact(2).filter_map(|pair| match pair {
            [name, text] => Some((name.as_str(), text.as_str())),
            _ => None,
        });
        let gateway = Config::parse(pairs).and_then(|config| {
            let value = |name: &str| env.secret(name).ok().map(|secret| secret.to_string());
            let secrets =
                config.secret_names().into_iter().filter_map(|n| Some((n.to_owned(), value(n)?)));
            let secrets = secrets.collect();
            let random = || glue::random().try_into().unwrap_or_default();
            let bindings = config.upstreams.iter().filter_map(|u| u.binding.as_deref());
            let missing = bindings.filter(|name| !glue::has_fetcher(env, name));
            let missing: Vec<Fault> = missing
                .map(|name| Fault {
                    place: name.into(),
                    message: "is not bound to a service".into(),
                })
                .collect();
            match Gateway::new(config, secrets, random) {
                Ok(gateway) if missing.is_empty() => Ok(gateway),
                gateway => Err(gateway.err().into_iter().flatten().chain(missing).collect()),
            }
        });
        match (gateway, env.kv(STORE)) {
            _ if !self_test::passes() => {
                let message = "gives wrong answers with this build or on this machine";
                Err(vec![Fault { place: "signature verification".into(), message: message.into() }])
            }
            (Ok(gateway), Ok(store)) => Ok(Self {
                keys: RefCell::new(gateway.key_caches()),
                gateway,
                sample_due: Cell::default(),
                looks_until: Cell::default(),
                store,
                access_tokens: RefCell::default(),
            }),
            (gateway, store) => {
                let mut faults = gateway.err().unwrap_or_default();
                if store.is_err() {
                    let message = "is missing; bind a KV namespace to it";
                    faults.push(Fault { place: STORE.into(), message: message.into() });
                }
                Err(faults)
            }
        }
    }

    /// Takes a head apart. `None` where it has not one line for each field, which cannot be.
    fn incoming<'h>(&'h self, head: &'h str) -> Option<Incoming<'h>> {
        let names = self.gateway.read_headers();
        let (method, url) = method_and_url(head);
        let mut values = head.split('\n').skip(2);
        let headers: Headers<'_> =
            names.iter().zip(values.by_ref()).map(|(name, value)| (name.as_str(), value)).collect();
        let complete = head.split('\n').count() == names.len().saturating_add(2);
        complete.then_some(Incoming { method, url, headers })
    }
}

/// Names and values in turn, one a line, as `glue.js` takes them.
pub(super) fn lines<N: AsRef<str>>(fields: &[(N, String)]) -> String {
    let line =
        |text: String, (name, value): &(N, String)| text + name.as_ref() + "\n" + value + "\n";
    fields.iter().fold(String::new(), line)
}

fn index(index: Option<usize>) -> i32 {
    index.and_then(|index| i32::try_from(index).ok()).unwrap_or(-1)
}

fn method_and_url(head: &str) -> (&str, &str) {
    let mut lines = head.split('\n');
    (lines.next().unwrap_or_default(), lines.next().unwrap_or_default())
}

fn misconfigured(head: &str) -> RejectionResponse {
    let (method, url) = method_and_url(head);
    let context = RejectionContext {
        wording: crate::rejection::Wording::Standard,
        head: method == "HEAD",
        ray: None,
        realm: split_origin(url).0,
        reject_status: 401,
    };
    RejectionResponse::new(&Rejection::Misconfigured, &context)
}
