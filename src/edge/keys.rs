//! Carries out attempts to refresh key sets: reads KV, asks the issuer, and writes KV.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::js_sys::Promise;
use worker::{Context, ScheduleContext};

use super::clock::now;
use super::isolate::Serving;
use super::{exchange, kv, log};
use crate::keys::fetch::{KeyFetch, Next};
use crate::keys::{
    AfterKvRead, Failure, Fetched, KeyCache, KeySet, KeySource, Outcome, Start, Validator,
};
use crate::time::UnixMillis;

/// The work that remains when the cache knows the end of an attempt: a log line and a KV write.
struct Rest {
    fetched: Result<Option<Rc<KeySet>>, String>,
    save: Option<Fetched>,
}

/// Carries out the attempts that began when a request was judged, and returns the promise of the
/// last one.
///
/// Only the request that has begun an attempt may await its promise. For any other request, the
/// promise may be bound to an I/O context that is gone.
pub(super) fn carry_out_all(serving: &Rc<Serving>, context: &Context) -> Option<Promise> {
    let starts = serving.keys.borrow_mut().take_starts();
    let mut own = None;
    for (source, start) in starts {
        let rest = Rc::new(Cell::new(None));
        let attempt = future_to_promise({
            let (serving, rest) = (Rc::clone(serving), Rc::clone(&rest));
            async move {
                rest.set(carry_out(&serving, source, &start).await);
                Ok(JsValue::UNDEFINED)
            }
        });
        own = Some(attempt.clone());
        let serving = Rc::clone(serving);
        context.wait_until(async move {
            // The promise never rejects.
            let _ = JsFuture::from(attempt).await;
            if let Some(rest) = rest.take() {
                conclude(&serving, source, rest).await;
            }
        });
    }
    own
}

/// Refreshes every source whose cooldown allows an attempt now.
pub(super) fn refresh_all(serving: &Rc<Serving>, context: &ScheduleContext) {
    let sources = serving.keys.borrow().sources();
    for source in sources {
        let start = with_cache(serving, source, |cache| cache.refresh(now())).flatten();
        let Some(start) = start else { continue };
        let serving = Rc::clone(serving);
        context.wait_until(async move {
            if let Some(rest) = carry_out(&serving, source, &start).await {
                conclude(&serving, source, rest).await;
            }
        });
    }
}

/// Reads the KV entry of a source for a monitor, without an attempt.
pub(super) async fn look(serving: &Serving, source: usize, deadline: UnixMillis) {
    let Some(key_source) = serving.gateway.config().key_sources.get(source) else { return };
    if let Some(set) = kv::read(&serving.kv, key_source, deadline).await {
        with_cache(serving, source, |cache| cache.found(now(), set));
    }
}

/// Returns a counter that increments when a waiting request should check the source again.
pub(super) fn changes(serving: &Serving, source: usize) -> u64 {
    with_cache(serving, source, |cache| cache.changes()).unwrap_or_default()
}

/// Carries out an attempt: reads KV, asks the issuer if the KV entry is not enough, and reports
/// both to the cache.
async fn carry_out(serving: &Serving, source: usize, start: &Start) -> Option<Rest> {
    let key_source = serving.gateway.config().key_sources.get(source)?;
    // KV gets half of the time, so that if KV hangs, time is left to ask the issuer.
    let remaining = start.deadline.since(now());
    let stored = kv::read(&serving.kv, key_source, now().plus(remaining / 2)).await;
    let next = with_cache(serving, source, |cache| cache.kv_read(now(), start, stored));
    let AfterKvRead::Fetch(validator) = next? else { return None };

    let (outcome, fetched) = match fetch(serving, key_source, start.deadline, validator).await {
        Ok(Outcome::Set(set)) => {
            let keys = Rc::clone(&set.keys);
            (Outcome::Set(set), Ok(Some(keys)))
        }
        Ok(outcome) => (outcome, Ok(None)),
        Err(cause) => {
            let failure = Failure { at: now(), cause: cause.clone() };
            serving.keys.borrow_mut().fail(source, failure);
            (Outcome::Failed, Err(cause))
        }
    };
    let save = with_cache(serving, source, |cache| cache.fetched(now(), start, outcome)).flatten();
    Some(Rest { fetched, save })
}

/// Does the remaining work, for which no request has to wait.
async fn conclude(serving: &Serving, source: usize, rest: Rest) {
    let config = serving.gateway.config();
    let Some(key_source) = config.key_sources.get(source) else { return };
    if let Some(set) = rest.save {
        kv::write(&serving.kv, key_source, &set, config.keys.policy.usable() / 1000).await;
    }
    log::after_requests().await;
    match rest.fetched {
        Ok(Some(keys)) => log::refreshed(key_source, &keys),
        Ok(None) => {}
        Err(cause) => log::refresh_failed(key_source, &cause),
    }
}

/// Fetches a key set from the issuer.
async fn fetch(
    serving: &Serving,
    source: &KeySource,
    deadline: UnixMillis,
    validator: Option<Validator>,
) -> Result<Outcome, String> {
    let max_bytes = serving.gateway.config().keys.max_bytes;
    let secrets = serving.gateway.secrets();
    let (mut fetch, mut next) = KeyFetch::start(source, validator, now());
    loop {
        next = match next {
            Next::Send(call) => fetch.replied(exchange::send(&call, deadline, max_bytes).await),
            Next::Authorise { credentials, refused } => {
                if refused {
                    serving.access_tokens.drop_token(credentials);
                }
                let token = serving.access_tokens.obtain(secrets, credentials, deadline, true);
                match token.await {
                    Ok(token) => fetch.authorised(Ok(&token)),
                    Err(cause) => fetch.authorised(Err(cause)),
                }
            }
            Next::Done(outcome) => {
                return outcome.map_err(|error| {
                    let refused = source.client_credentials.as_ref();
                    if let Some(credentials) = refused.filter(|_| error.refuses_token()) {
                        serving.access_tokens.drop_token(credentials);
                    }
                    error.to_string()
                });
            }
        };
    }
}

/// Changes the cache of a source, and returns the result of `change`. Returns `None` if there is no
/// such source.
fn with_cache<T>(
    serving: &Serving,
    source: usize,
    change: impl FnOnce(&mut KeyCache) -> T,
) -> Option<T> {
    serving.keys.borrow_mut().cache(source).map(change)
}
