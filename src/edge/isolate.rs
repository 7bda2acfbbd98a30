//! What an isolate keeps between requests.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use serde::Serialize;
use wasm_bindgen::prelude::Closure;
use web_sys::{Request, Response};
use worker::js_sys::Promise;
use worker::{Env, KvStore};

use super::{glue, log};
use crate::access_token::AccessTokenCache;
use crate::answer::Answer;
use crate::config::{ClientCredentials, Config, Fault, KeySource};
use crate::gateway::{Gateway, Incoming, Refused, Verdict, asks_for_health};
use crate::health;
use crate::key_cache::{KeyCache, Start};
use crate::key_store::{Failure, KeyStore};
use crate::reject::{Refusal, RefusalContext, Reject};
use crate::request::{Headers, split_origin};
use crate::time::UnixMillis;
use crate::upstream::Forward;

/// The KV namespace that isolates share.
const STORE: &str = "JWKS_CACHE";

thread_local! {
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
}

/// Configuration and keys, set up by the first event that the isolate sees.
pub(super) struct Isolate {
    /// Absent where the configuration is invalid: then every request is refused.
    serving: Option<Serving>,
}

struct Serving {
    gateway: Gateway,
    keys: RefCell<KeyStore>,
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
    identity_prefix: &'static str,
    stripped_fields: Vec<String>,
    upstreams: Vec<Target<'a>>,
}

/// A backend as JavaScript sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'a> {
    binding: Option<&'a str>,
    cacheable: bool,
    /// A field and its value.
    secret: Option<(&'a str, &'a str)>,
    timeout_millis: u32,
}

impl<'a> Settings<'a> {
    fn of(gateway: &'a Gateway) -> Self {
        let upstreams = gateway.config().upstreams.iter().map(|upstream| Target {
            binding: upstream.binding.as_deref(),
            cacheable: upstream.cacheable,
            secret: upstream.shared_secret.as_ref().and_then(|secret| {
                Some((secret.header.as_str(), gateway.secrets().get(&secret.secret_name)?))
            }),
            timeout_millis: upstream.timeout_millis,
        });
        Self {
            read_fields: gateway.read_headers(),
            identity_prefix: crate::upstream::IDENTITY_PREFIX,
            stripped_fields: gateway.stripped_headers().collect(),
            upstreams: upstreams.collect(),
        }
    }
}

impl Isolate {
    /// The one of this isolate.
    pub(super) fn current(env: &Env) -> Rc<Self> {
        ISOLATE.with(|cell| {
            Rc::clone(cell.get_or_init(|| {
                let isolate = Rc::new(Self::set_up(env));
                isolate.install(env);
                isolate
            }))
        })
    }

    /// Judges a request by its head, as [`glue::head`] writes it.
    pub(super) fn judge(&self, head: &str, now: UnixMillis) -> Verdict {
        let Some(serving) = &self.serving else {
            let (method, url) = method_and_url(head);
            return match asks_for_health(method, url) {
                true => Verdict::Answer(health::misconfigured(method == "HEAD")),
                false => Verdict::Refuse(misconfigured(head)),
            };
        };
        match serving.incoming(head) {
            Some(incoming) => {
                let mut reported = None;
                let mut keys = serving.keys.borrow_mut();
                let verdict = serving.gateway.judge(&incoming, &mut keys, now, &mut reported);
                if let Some(reported) = reported {
                    log::reported(&reported, &incoming, now);
                }
                if let Verdict::Forward(forward) = &verdict {
                    for header in forward.omitted() {
                        log::omitted(header);
                    }
                }
                verdict
            }
            None => Verdict::Refuse(misconfigured(head)),
        }
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
    pub(super) fn health(&self, now: UnixMillis, detailed: bool, head: bool) -> Response {
        let answer = match &self.serving {
            Some(serving) => serving.gateway.health(&serving.keys.borrow(), now, detailed, head),
            None => health::misconfigured(head),
        };
        respond(&answer)
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
        upstreams.get(forward.upstream())?.access.as_ref()
    }

    /// How long an exchange with an issuer may take, in milliseconds.
    pub(super) fn exchange_timeout(&self) -> u64 {
        self.serving.as_ref().map_or(0, |s| s.gateway.config().keys.policy.timeout)
    }

    /// Sends a request to its backend. Resolves to the response, or to a refusal of ours.
    pub(super) fn send(
        &self,
        request: &Request,
        forward: &Forward,
        access_token: Option<&str>,
    ) -> Promise {
        glue::forward(
            request,
            forward.upstream(),
            forward.url(),
            &lines(forward.identity()),
            &forward.kept().join("\n"),
            forward.response_headers().map(lines),
            access_token.map(str::to_owned),
        )
    }

    /// The answer where a backend cannot be reached.
    pub(super) fn unreachable(&self, request: &Request) -> Response {
        self.refuse_forward(&glue::head(request), "unreachable")
    }

    /// Turns a refusal into a response, and records it.
    pub(super) fn answer(&self, head: &str, refused: &Refused, now: UnixMillis) -> Response {
        let ray = self.serving.as_ref().and_then(|serving| serving.incoming(head));
        let ray = ray.as_ref().and_then(Gateway::ray);
        log::refused(refused, method_and_url(head), ray, now);
        let Refusal { status, headers, body, .. } = &refused.refusal;
        glue::respond(*status, &lines(headers), body)
    }

    fn set_up(env: &Env) -> Self {
        match Serving::new(env) {
            Ok(serving) => Self { serving: Some(serving) },
            Err(faults) => {
                log::misconfigured(&faults);
                Self { serving: None }
            }
        }
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
        let refuse = Closure::<dyn Fn(Request, String) -> Response>::new(
            move |request: Request, reason: String| {
                isolate.refuse_forward(&glue::head(&request), &reason)
            },
        );
        glue::install(env, &settings, &refuse.into_js_value());
    }

    fn refuse_forward(&self, head: &str, reason: &str) -> Response {
        let reject = match reason {
            "body" => Reject::BodyNotAllowed,
            "timeout" => Reject::UpstreamTimeout,
            _ => Reject::UpstreamUnreachable,
        };
        let refused = match &self.serving {
            Some(serving) => {
                serving.incoming(head).map(|incoming| serving.gateway.refuse(&incoming, &reject))
            }
            None => None,
        };
        self.answer(head, &refused.unwrap_or_else(|| misconfigured(head)), super::now())
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
            let seed = glue::random().try_into().unwrap_or_default();
            let bindings = config.upstreams.iter().filter_map(|u| u.binding.as_deref());
            let missing = bindings.filter(|name| !glue::has_fetcher(env, name));
            let missing: Vec<Fault> = missing
                .map(|name| Fault {
                    place: name.into(),
                    message: "is not bound to a service".into(),
                })
                .collect();
            match Gateway::new(config, secrets, seed) {
                Ok(gateway) if missing.is_empty() => Ok(gateway),
                gateway => Err(gateway.err().into_iter().flatten().chain(missing).collect()),
            }
        });
        match (gateway, env.kv(STORE)) {
            (Ok(gateway), Ok(store)) => {
                log::risky(&gateway.config().warnings());
                Ok(Self {
                    keys: RefCell::new(gateway.key_store()),
                    gateway,
                    looks_until: Cell::default(),
                    store,
                    access_tokens: RefCell::default(),
                })
            }
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

/// Turns an answer into a response.
pub(super) fn respond(answer: &Answer) -> Response {
    glue::respond(answer.status, &lines(&answer.headers), &answer.body)
}

/// Names and values in turn, one a line, as `glue.js` takes them.
pub(super) fn lines<N: AsRef<str>>(fields: &[(N, String)]) -> String {
    let line =
        |text: String, (name, value): &(N, String)| text + name.as_ref() + "\n" + value + "\n";
    fields.iter().fold(String::new(), line)
}

fn method_and_url(head: &str) -> (&str, &str) {
    let mut lines = head.split('\n');
    (lines.next().unwrap_or_default(), lines.next().unwrap_or_default())
}

fn misconfigured(head: &str) -> Refused {
    let (method, url) = method_and_url(head);
    let context = RefusalContext {
        jtl_session: false,
        head: method == "HEAD",
        ray: None,
        realm: split_origin(url).0,
        reject_status: 401,
    };
    Refused { refusal: Refusal::new(&Reject::Misconfigured, &context), provider: None }
}
