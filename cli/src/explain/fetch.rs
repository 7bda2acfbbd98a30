//! Fetches keys from their issuers.

use std::time::Duration;

use drawbridge::config::Config;
use drawbridge::keys::exchange::{Call, Reply};
use drawbridge::keys::fetch::{Document, FetchError, KeyFetch, Next};
use drawbridge::keys::grant::{self, GrantError};
use drawbridge::keys::{ClientCredentials, Fetched, KeySource, Outcome};
use drawbridge::time::UnixMillis;

use super::exchange;
use super::moment;

/// Carries out one attempt, with the configuration's bounds.
pub struct Driver {
    deadline: UnixMillis,
    max_bytes: usize,
}

impl Driver {
    pub fn new(config: &Config) -> Self {
        // Of this machine's clock, whatever `--now` says.
        let deadline = moment::now().plus(config.keys.policy.timeout);
        Self { deadline, max_bytes: config.keys.max_bytes }
    }

    pub fn keys(&self, source: &KeySource, now: UnixMillis) -> Result<Fetched, String> {
        let (mut fetch, mut next) = KeyFetch::start(source, None, now);
        loop {
            next = match next {
                Next::Send(call) => fetch.replied(self.send(&call, self.max_bytes)),
                Next::Authorise { credentials, .. } => match self.access_token(credentials) {
                    Ok(token) => fetch.authorised(Ok(&token)),
                    Err(cause) => fetch.authorised(Err(cause)),
                },
                Next::Done(Ok(Outcome::Set(set))) => return Ok(set),
                // Nothing was asked that could be unchanged.
                Next::Done(Ok(_)) => return Err("the issuer has sent no keys".into()),
                Next::Done(Err(error)) => return Err(told(error)),
            };
        }
    }

    fn access_token(&self, credentials: &ClientCredentials) -> Result<String, String> {
        let secret = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let call = grant::call(credentials, secret).map_err(|name| {
            format!("these keys need an access token, and the environment has no {name}")
        })?;
        let requested_at = moment::now();
        let failed = |cause: &str| format!("access token from {}: {cause}", credentials.token_url);
        let token = grant::token(self.send(&call, grant::MAX_RESPONSE_BYTES), requested_at)
            .map_err(|error| match error {
                GrantError::Invalid(fault) => failed(fault),
                GrantError::Status(status) => failed(&format!("status {status}")),
                GrantError::Unanswered(cause) => failed(&cause),
            })?;
        token.value(requested_at).map(str::to_owned).ok_or_else(|| failed("it has expired already"))
    }

    fn send(&self, call: &Call, max_bytes: usize) -> Result<Reply, String> {
        // No time at all would be no bound.
        let remaining = self.deadline.since(moment::now()).max(1);
        exchange::send(call, Duration::from_millis(remaining), max_bytes)
    }
}

/// The cause with the URL that did not serve.
fn told(error: FetchError) -> String {
    match error {
        FetchError::Status { url, status, .. } => format!("{url}: status {status}"),
        FetchError::Unanswered { document: Document::Keys, url, cause } => {
            format!("{url}: {cause}")
        }
        error => error.to_string(),
    }
}
