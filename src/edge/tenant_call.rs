//! Calls to JTL's API on behalf of a session's tenant, with the app's own access token.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, Response};

use super::clock::now;
use super::isolate::Serving;
use super::under_way::UnderWay;
use super::{forward, log, sending};
use crate::keys::ClientCredentials;
use crate::rejection::Rejection;
use crate::upstream::Forward;

/// Sends the request with an access token. If the API refuses the token, the request is sent once
/// more with another token, if it has no body and its method is idempotent (RFC 9110, section
/// 9.2.2).
pub(super) async fn send(
    serving: &Serving,
    request: &Request,
    forward: &Forward,
    judged: UnderWay,
    credentials: &ClientCredentials,
) -> Result<JsValue, JsValue> {
    let mut may_repeat = forward::is_repeatable(request);
    let tokens = &serving.access_tokens;
    loop {
        let deadline = now().plus(serving.gateway.config().keys.policy.timeout);
        let secrets = serving.gateway.secrets();
        let token = match tokens.obtain(secrets, credentials, deadline, false).await {
            Ok(token) => token,
            Err(cause) => {
                log::access_token_failed(&credentials.token_url, &cause);
                let response =
                    sending::failed(serving, &judged, &Rejection::UpstreamUnreachable, None);
                return Ok(response.into());
            }
        };
        let judged = UnderWay { since: now(), ..judged.clone() };
        let sent = sending::send(serving, request, forward, judged, Some(&token));
        let response = JsFuture::from(sent).await?;
        let status = response.unchecked_ref::<Response>().status();
        let refused = status == 401 && tokens.refused(credentials, &token);
        if !refused || !may_repeat {
            return Ok(response);
        }
        may_repeat = false;
        forward::discard(response.unchecked_ref());
    }
}
