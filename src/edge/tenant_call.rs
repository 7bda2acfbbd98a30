//! Calls JTL's API on behalf of a session's tenant, with the app's own access token.

use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, Response};

use super::isolate::Isolate;
use super::{access, glue, log, now};
use crate::keys::ClientCredentials;
use crate::pipeline::Record;
use crate::upstream::Forward;

/// Sends the request, where the API refuses the token a second time with another one: only a
/// request without a body whose method may be repeated (RFC 9110, section 9.2.2).
pub(super) async fn send(
    isolate: &Rc<Isolate>,
    request: &Request,
    forward: &Forward,
    record: &Record,
    credentials: &ClientCredentials,
) -> Result<JsValue, JsValue> {
    let mut may_repeat = glue::is_repeatable(request);
    loop {
        let deadline = now().plus(isolate.exchange_timeout());
        let token = match access::obtain(isolate, credentials, deadline, false).await {
            Ok(token) => token,
            Err(cause) => {
                log::access_token_failed(&credentials.token_url, &cause);
                return Ok(isolate.unreachable(request, record).into());
            }
        };
        let response = JsFuture::from(isolate.send(request, forward, record, Some(&token))).await?;
        let status = response.unchecked_ref::<Response>().status();
        let refused = status == 401
            && isolate
                .with_access_token(credentials, |cache| cache.refused(now(), &token))
                .unwrap_or(false);
        if !refused || !may_repeat {
            return Ok(response);
        }
        may_repeat = false;
        glue::discard(response.unchecked_ref());
    }
}
