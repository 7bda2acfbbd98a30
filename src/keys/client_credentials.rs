//! OAuth 2.0 access tokens from a client-credentials grant (RFC 6749, section 4.4).

mod cache;
pub mod grant;

pub use cache::{AccessLookup, AccessTokenCache};

use std::fmt;

use serde_json::Value;

use crate::json;
use crate::time::UnixMillis;

/// Assumed where the response has no `expires_in`, which RFC 6749 only recommends: five minutes.
const DEFAULT_LIFETIME_SECONDS: u64 = 300;

/// A token is renewed this long before it expires, or when half of its life is over if that comes
/// first.
const RENEW_AHEAD_MILLIS: u64 = 60_000;

/// An OAuth 2.0 client-credentials grant (RFC 6749, section 4.4). Secrets are named, not held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The token endpoint.
    pub token_url: String,
    /// The scope that is asked for.
    pub scope: Option<&'static str>,
    /// The name of the secret with the client id.
    pub client_id_secret_name: String,
    /// The name of the secret with the client secret.
    pub client_secret_secret_name: String,
}

/// A bearer token and when to renew it. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    value: String,
    renew_at: UnixMillis,
    expires_at: UnixMillis,
}

impl AccessToken {
    /// Reads the answer to a token request that was sent at `requested_at`
    /// (RFC 6749, section 5.1).
    ///
    /// # Errors
    /// What is wrong with it, without any part of it.
    pub fn parse(body: &[u8], requested_at: UnixMillis) -> Result<Self, &'static str> {
        let mut members =
            json::object(body).map_err(|_| "the token response is not strict JSON")?;
        let Some(Value::String(value)) = members.remove("access_token") else {
            return Err("the token response has no access_token");
        };
        if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("the token response has an access_token that is no bearer token");
        }
        match members.get("token_type") {
            Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => {}
            None => {}
            Some(_) => return Err("the token response has a token_type that is not Bearer"),
        }
        let lifetime = match members.get("expires_in") {
            None => DEFAULT_LIFETIME_SECONDS,
            Some(seconds) => {
                seconds.as_u64().ok_or("the token response has an invalid expires_in")?
            }
        }
        .saturating_mul(1000);
        let ahead = RENEW_AHEAD_MILLIS.min(lifetime / 2);
        let renew_at = requested_at.plus(lifetime.saturating_sub(ahead));
        Ok(Self { value, renew_at, expires_at: requested_at.plus(lifetime) })
    }

    /// The token, while it is valid.
    pub fn value(&self, now: UnixMillis) -> Option<&str> {
        (now < self.expires_at).then_some(self.value.as_str())
    }

    /// Whether it is time for another one.
    pub fn is_due(&self, now: UnixMillis) -> bool {
        now >= self.renew_at
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(REDACTED)")
    }
}

#[cfg(test)]
mod tests;
