//! The client-credentials grant: its request and its answer (RFC 6749, section 4.4).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::AccessToken;
use crate::keys::ClientCredentials;
use crate::keys::exchange::{Call, Reply};
use crate::time::UnixMillis;

/// The maximum length of a token response, in bytes.
pub const MAX_RESPONSE_BYTES: usize = 65_536;

/// The reason why a grant brought no access token. The worker logs its `Display` form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantError {
    /// The answer is invalid, or the token in it has expired.
    Invalid(&'static str),
    /// The issuer answered with a status other than 200.
    Status(u16),
    /// There was no complete response.
    Unanswered(String),
}

/// Returns the request for an access token. `secret` returns the value of a secret by its name.
///
/// # Errors
/// Returns the name of a secret that has no value.
pub fn call<'c>(
    credentials: &'c ClientCredentials,
    secret: impl Fn(&str) -> Option<String>,
) -> Result<Call, &'c str> {
    let value = |name: &'c str| secret(name).ok_or(name);
    let client = format!(
        "{}:{}",
        value(&credentials.client_id_secret_name)?,
        value(&credentials.client_secret_secret_name)?,
    );
    let scope = credentials.scope.map(|scope| format!("&scope={scope}")).unwrap_or_default();
    let mut call = Call::get(credentials.token_url.clone());
    call.method = "POST";
    call.headers.push(("authorization", format!("Basic {}", STANDARD.encode(client))));
    call.headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
    call.body = Some(format!("grant_type=client_credentials{scope}"));
    Ok(call)
}

/// Reads the answer to a [`call`] that was sent at `requested_at`.
///
/// # Errors
/// Returns why there is no token. The error quotes no part of the answer's body, because the body
/// holds a credential.
pub fn token(
    reply: Result<Reply, String>,
    requested_at: UnixMillis,
) -> Result<AccessToken, GrantError> {
    match reply.map_err(GrantError::Unanswered)? {
        Reply { status: 200, body, .. } => {
            AccessToken::parse(&body, requested_at).map_err(GrantError::Invalid)
        }
        Reply { status, .. } => Err(GrantError::Status(status)),
    }
}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(fault) => f.write_str(fault),
            Self::Status(status) => write!(f, "access token: status {status}"),
            Self::Unanswered(cause) => write!(f, "access token: {cause}"),
        }
    }
}

#[cfg(test)]
mod tests;
