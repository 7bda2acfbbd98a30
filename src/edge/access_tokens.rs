//! Access tokens for the app's own calls (RFC 6749, section 4.4). They exist only in the isolate's
//! memory.

use std::cell::RefCell;

use super::clock::{now, sleep};
use super::exchange;
use crate::keys::grant::{self, MAX_RESPONSE_BYTES};
use crate::keys::{AccessLookup, AccessToken, AccessTokenCache, ClientCredentials};
use crate::secrets::Secrets;
use crate::time::UnixMillis;

/// The pause between two looks at the isolate's memory while another request obtains a token, in
/// milliseconds.
const PAUSE_MILLIS: u32 = 50;

/// The access token of each grant.
#[derive(Default)]
pub(super) struct AccessTokens(RefCell<Vec<(ClientCredentials, AccessTokenCache)>>);

impl AccessTokens {
    /// Returns a token of that grant, from memory or from the issuer.
    ///
    /// If `persistent` is true, a recent failure does not prevent another token request.
    ///
    /// # Errors
    /// Returns why there is no token before `deadline`.
    pub(super) async fn obtain(
        &self,
        secrets: &Secrets,
        credentials: &ClientCredentials,
        deadline: UnixMillis,
        persistent: bool,
    ) -> Result<String, String> {
        loop {
            let lookup = self.with(credentials, |cache| cache.lookup(now(), deadline, persistent));
            match lookup {
                AccessLookup::Ready(token) => return Ok(token),
                AccessLookup::Unavailable => {
                    return Err("access token: there was none to be had a moment ago".into());
                }
                AccessLookup::Wait(_) if now() >= deadline => {
                    return Err("access token: it took too long".into());
                }
                // The runtime does not let a request await the promise of another request.
                AccessLookup::Wait(_) => sleep(PAUSE_MILLIS).await,
                AccessLookup::Fetch { old } => {
                    let token = fetch(secrets, credentials, deadline).await;
                    let new = token.as_ref().ok().cloned();
                    self.with(credentials, |cache| cache.fetched(now(), new));
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

    /// Drops the token because the issuer refused it for a key set.
    pub(super) fn drop_token(&self, credentials: &ClientCredentials) {
        self.with(credentials, AccessTokenCache::drop_token);
    }

    /// Reports that the API has refused `token`, and returns whether the caller should try another
    /// one.
    pub(super) fn refused(&self, credentials: &ClientCredentials, token: &str) -> bool {
        self.with(credentials, |cache| cache.refused(now(), token))
    }

    fn with<T>(
        &self,
        credentials: &ClientCredentials,
        change: impl FnOnce(&mut AccessTokenCache) -> T,
    ) -> T {
        let mut caches = self.0.borrow_mut();
        if let Some((_, cache)) = caches.iter_mut().find(|(known, _)| known == credentials) {
            return change(cache);
        }
        let mut cache = AccessTokenCache::default();
        let changed = change(&mut cache);
        caches.push((credentials.clone(), cache));
        changed
    }
}

async fn fetch(
    secrets: &Secrets,
    credentials: &ClientCredentials,
    deadline: UnixMillis,
) -> Result<AccessToken, String> {
    let requested_at = now();
    let call = grant::call(credentials, |name| secrets.get(name).map(str::to_owned))
        .map_err(|_| "a secret is missing")?;
    let reply = exchange::send(&call, deadline, MAX_RESPONSE_BYTES).await;
    grant::token(reply, requested_at).map_err(|error| error.to_string())
}
