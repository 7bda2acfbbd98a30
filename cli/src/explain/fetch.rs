//! Fetches a key set from its issuer. The core says what to send, and what the replies mean.

use drawbridge::config::Config;
use drawbridge::keys::fetch::{Document, FetchError, KeyFetch, Next};
use drawbridge::keys::grant::{self, GrantError};
use drawbridge::keys::{ClientCredentials, Fetched, KeySource, Outcome};
use drawbridge::redaction::without_query;
use drawbridge::time::UnixMillis;

use super::exchange;
use super::moment;

/// Fetches the keys of a source, within the configuration's bounds.
///
/// # Errors
/// Why there are no keys.
pub fn fetch(source: &KeySource, config: &Config, now: UnixMillis) -> Result<Fetched, String> {
    // The timeout is one of this machine's clock, whatever `--now` says.
    let deadline = moment::now().plus(config.keys.policy.timeout);
    let (mut fetch, mut next) = KeyFetch::start(source, None, now);
    loop {
        next = match next {
            Next::Send(call) => {
                fetch.replied(exchange::send(&call, deadline, config.keys.max_bytes))
            }
            Next::Authorise { credentials, .. } => match access_token(credentials, deadline) {
                Ok(token) => fetch.authorised(Ok(&token)),
                Err(cause) => fetch.authorised(Err(cause)),
            },
            Next::Done(Ok(Outcome::Set(set))) => return Ok(set),
            // The calls have no validator, so there is nothing that could be unchanged.
            Next::Done(Ok(_)) => return Err("the issuer has sent no keys".into()),
            Next::Done(Err(error)) => return Err(with_url(error)),
        };
    }
}

/// Obtains an access token. The environment has the secrets of the grant.
fn access_token(credentials: &ClientCredentials, deadline: UnixMillis) -> Result<String, String> {
    let secret = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let call = grant::call(credentials, secret).map_err(|name| {
        format!("these keys need an access token, and the environment has no {name}")
    })?;
    let url = without_query(&credentials.token_url);
    let failed = |cause: &str| format!("access token from {url}: {cause}");
    let requested_at = moment::now();
    let reply = exchange::send(&call, deadline, grant::MAX_RESPONSE_BYTES);
    let token = grant::token(reply, requested_at).map_err(|error| match error {
        GrantError::Invalid(fault) => failed(fault),
        GrantError::Status(status) => failed(&format!("status {status}")),
        GrantError::Unanswered(cause) => failed(&cause),
    })?;
    token.value(requested_at).map(str::to_owned).ok_or_else(|| failed("it has expired already"))
}

/// Returns the cause with the URL that did not serve. The worker's log has the issuer beside the
/// cause, and needs no URL.
fn with_url(error: FetchError) -> String {
    match error {
        FetchError::Status { url, status, .. } => {
            format!("{}: status {status}", without_query(&url))
        }
        FetchError::Unanswered { document: Document::Keys, url, cause } => {
            format!("{}: {cause}", without_query(&url))
        }
        error => error.to_string(),
    }
}
