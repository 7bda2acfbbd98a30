//! OAuth 2.0 access tokens from a client-credentials grant (RFC 6749, section 4.4).

mod cache;
pub mod grant;

pub use cache::{AccessLookup, AccessTokenCache};

use std::fmt;

use serde_json::Value;

use crate::json;
use crate::time::UnixMillis;

/// The assumed lifetime of a token if the response has no `expires_in`: five minutes. RFC 6749,
/// section 5.1 only recommends this member.
const DEFAULT_LIFETIME_SECONDS: u64 = 300;

/// The time before its expiry at which a token is renewed. The renewal of a token that lives less
/// than twice as long begins after half of its lifetime.
const RENEW_AHEAD_MILLIS: u64 = 60_000;

/// An OAuth 2.0 client-credentials grant (RFC 6749, section 4.4). It holds the names of the
/// secrets; the shell looks up their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The URL of the token endpoint.
    pub token_url: String,
    /// The requested scope.
    pub scope: Option<&'static str>,
    /// The name of the secret with the client id.
    pub client_id_secret_name: String,
    /// The name of the secret with the client secret.
    pub client_secret_secret_name: String,
}

/// A bearer token with its expiry and the time to renew it. `Debug` shows `REDACTED` instead of the
/// token.
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
    /// Returns what is wrong with the answer. The message quotes no part of the answer, because the
    /// answer holds a credential.
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

    /// Returns the token, or `None` after its expiry.
    pub fn value(&self, now: UnixMillis) -> Option<&str> {
        (now < self.expires_at).then_some(self.value.as_str())
    }

    /// Returns whether it is time to renew the token.
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
