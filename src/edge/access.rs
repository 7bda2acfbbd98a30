//! Obtains access tokens for the app's own calls (RFC 6749, section 4.4). They are kept in isolate
//! memory and nowhere else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wasm_bindgen_futures::JsFuture;

use super::attempt::exchange;
use super::isolate::Isolate;
use super::{MAX_PAUSE_MILLIS, glue, now};
use crate::keys::ClientCredentials;
use crate::keys::{AccessLookup, AccessToken};
use crate::time::UnixMillis;

/// How much of a token response is read, in bytes.
const MAX_RESPONSE_BYTES: usize = 65_536;

/// A token of that grant, from memory or the issuer. `persistent` asks the issuer again however
/// short ago that has failed.
pub(super) async fn obtain(
    isolate: &Isolate,
    credentials: &ClientCredentials,
    deadline: UnixMillis,
    persistent: bool,
) -> Result<String, String> {
    loop {
        let lookup = isolate
            .with_access_token(credentials, |cache| cache.lookup(now(), deadline, persistent));
        match lookup.ok_or("the configuration is invalid")? {
            AccessLookup::Ready(token) => return Ok(token),
            AccessLookup::Unavailable => {
                return Err("access token: there was none to be had a moment ago".into());
            }
            AccessLookup::Wait(_) if now() >= deadline => {
                return Err("access token: it took too long".into());
            }
            // Another request's promise must not be awaited.
            AccessLookup::Wait(_) => {
                let _ = JsFuture::from(glue::pause(MAX_PAUSE_MILLIS)).await;
            }
            AccessLookup::Fetch { old } => {
                let token = fetch(isolate, credentials, deadline).await;
                let new = token.as_ref().ok().cloned();
                isolate.with_access_token(credentials, |cache| cache.fetched(now(), new));
                return match (token, old) {
                    (Ok(token), _) => token
                        .value(now())
                        .map(str::to_owned)
                        .ok_or_else(|| "access token: it has expired already".into()),
                    (Err(_), Some(old)) => Ok(old),
                    (Err(cause), None) => Err(cause),
                };
            }
        }
    }
}

async fn fetch(
    isolate: &Isolate,
    credentials: &ClientCredentials,
    deadline: UnixMillis,
) -> Result<AccessToken, String> {
    let requested_at = now();
    let secret = |name| isolate.secret(name).ok_or("a secret is missing");
    let basic = format!(
        "{}:{}",
        secret(&credentials.client_id_secret_name)?,
        secret(&credentials.client_secret_secret_name)?,
    );
    let headers = format!(
        "accept\napplication/json\nauthorization\nBasic {}\ncontent-type\napplication/x-www-form-urlencoded\n",
        STANDARD.encode(basic),
    );
    let mut body = "grant_type=client_credentials".to_owned();
    if let Some(scope) = credentials.scope {
        body.push_str("&scope=");
        body.push_str(scope);
    }
    let url = &credentials.token_url;
    let response = exchange(url, "POST", &headers, &body, deadline, MAX_RESPONSE_BYTES)
        .await
        .map_err(|fault| format!("access token: {fault}"))?;
    if response.status() != 200 {
        return Err(format!("access token: status {}", response.status()));
    }
    Ok(AccessToken::parse(&response.bytes(), requested_at)?)
}
