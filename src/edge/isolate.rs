//! The state that an isolate keeps between requests.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use worker::{Env, KvStore};

use super::access_tokens::AccessTokens;
use super::log::RequestLog;
use super::misconfigured::Misconfigured;
use super::under_way::UnderWay;
use super::{environment, fields, forward, head};
use crate::config::Config;
use crate::keys::KeyCaches;
use crate::pipeline::{Gateway, self_test};
use crate::settings::Fault;
use crate::slots::Slots;
use crate::time::UnixMillis;

/// The binding of the KV namespace with the key sets.
const KV_BINDING: &str = "JWKS_CACHE";

thread_local! {
    static ISOLATE: OnceCell<Isolate> = const { OnceCell::new() };
}

/// The state of an isolate. It is set up when the worker starts, and again when a WebAssembly
/// instance has been replaced.
#[derive(Clone)]
pub(super) enum Isolate {
    /// The configuration is valid.
    Serving(Rc<Serving>),
    /// The configuration is invalid, so every request is refused.
    Misconfigured(Rc<Misconfigured>),
}

/// The state of an isolate that serves requests.
pub(super) struct Serving {
    pub(super) gateway: Gateway,
    pub(super) keys: RefCell<KeyCaches>,
    pub(super) kv: KvStore,
    pub(super) access_tokens: AccessTokens,
    /// The requests whose backends have not answered yet.
    pub(super) under_way: RefCell<Slots<UnderWay>>,
    pub(super) log: RequestLog,
    /// The deadline of the reads of KV that a monitor's request is carrying out.
    pub(super) looks_until: Cell<UnixMillis>,
    pub(super) announced: Cell<bool>,
}

impl Isolate {
    /// Returns this isolate's state, creating it on first use.
    pub(super) fn current(env: &Env) -> Self {
        ISOLATE.with(|cell| cell.get_or_init(|| Self::set_up(env)).clone())
    }

    /// Returns this isolate's state, or `None` if it does not exist yet. It does not exist if
    /// JavaScript's report is the first call to an instance that has replaced another.
    pub(super) fn known() -> Option<Self> {
        ISOLATE.with(|cell| cell.get().cloned())
    }

    fn set_up(env: &Env) -> Self {
        fields::install();
        let log = |share| RequestLog::new(environment::metrics(env), share);
        let (gateway, kv) = match gateway_and_kv(env) {
            Ok(both) => both,
            Err(faults) => {
                return Self::Misconfigured(Rc::new(Misconfigured::new(faults, log(1.0))));
            }
        };
        head::install(gateway.read_headers());
        let first_slot = forward::install(env, &gateway);
        Self::Serving(Rc::new(Serving {
            keys: RefCell::new(gateway.key_caches()),
            kv,
            access_tokens: AccessTokens::default(),
            under_way: RefCell::new(Slots::new(first_slot)),
            log: log(gateway.config().log.allowed_sample),
            looks_until: Cell::default(),
            announced: Cell::default(),
            gateway,
        }))
    }
}

/// Returns the gateway and the KV namespace that the environment describes, or every fault in it.
fn gateway_and_kv(env: &Env) -> Result<(Gateway, KvStore), Vec<Fault>> {
    if !self_test::passes() {
        let message = "gives wrong answers with this build or on this machine";
        return Err(vec![Fault::new("signature verification", message)]);
    }
    match (gateway(env), env.kv(KV_BINDING)) {
        (Ok(gateway), Ok(kv)) => Ok((gateway, kv)),
        (gateway, kv) => {
            let mut faults = gateway.err().unwrap_or_default();
            if kv.is_err() {
                faults.push(Fault::new(KV_BINDING, "is missing; bind a KV namespace to it"));
            }
            Err(faults)
        }
    }
}

fn gateway(env: &Env) -> Result<Gateway, Vec<Fault>> {
    let variables = environment::variables(env);
    let pairs = variables.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let config = Config::parse(pairs)?;
    let value = |name: &str| env.secret(name).ok().map(|secret| secret.to_string());
    let names = config.secret_names().into_iter();
    let secrets = names.filter_map(|name| Some((name.to_owned(), value(name)?))).collect();
    let bindings = config.upstreams.iter().filter_map(|upstream| upstream.binding.as_deref());
    let unbound: Vec<Fault> = bindings
        .filter(|name| !environment::has_fetcher(env, name))
        .map(|name| Fault::new(name, "is not bound to a service"))
        .collect();
    let random = || environment::random().try_into().unwrap_or_default();
    match Gateway::new(config, secrets, random) {
        Ok(gateway) if unbound.is_empty() => Ok(gateway),
        gateway => Err(gateway.err().into_iter().flatten().chain(unbound).collect()),
    }
}
