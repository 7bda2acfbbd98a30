//! What the worker itself has at its own paths: the state of the keys, and the keys of assertions.

use super::gateway::{AUTHORIZATION, Gateway};
use crate::answer::Answer;
use crate::rejection::Rejection;
use crate::request::{Request, split_origin};
use crate::upstream::AssertionKey;

/// All own pages lie below this path.
const PREFIX: &str = "/.well-known/drawbridge";

/// The state of the keys.
const HEALTH_PAGE: &str = "/health";

/// The keys of assertions.
const JWKS_PAGE: &str = "/jwks.json";

/// For how long a backend may use the keys of assertions without asking again, in seconds: a new key
/// is published for longer than that before it signs.
const JWKS_MAX_AGE_SECONDS: u32 = 300;

/// What is at one of the worker's own paths.
pub(super) enum OwnPage {
    /// An answer.
    Answer(Answer),
    /// The state of the keys. A detailed one tells about each source.
    Health { detailed: bool },
}

/// Whether a request is a monitor's, whatever the configuration is.
pub fn asks_for_health(method: &str, url: &str) -> bool {
    let path = split_origin(url).1;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    matches!(method, "GET" | "HEAD") && own_path(path) == Some(HEALTH_PAGE)
}

/// What follows the prefix, if a path belongs to the worker itself. Case makes no difference, since
/// such a path must never be forwarded.
pub(super) fn own_path(path: &str) -> Option<&str> {
    let (start, rest) = path.split_at_checked(PREFIX.len())?;
    let is_own = start.eq_ignore_ascii_case(PREFIX) && (rest.is_empty() || rest.starts_with('/'));
    is_own.then_some(rest)
}

impl Gateway {
    /// What is at `page`, which [`own_path`] has found.
    ///
    /// # Errors
    /// [`Rejection::RouteUnknown`] and [`Rejection::MethodNotAllowed`].
    pub(super) fn own_page(&self, page: &str, request: &Request<'_>) -> Result<OwnPage, Rejection> {
        let publishes = page == JWKS_PAGE && !self.assertion_keys.is_empty();
        if page != HEALTH_PAGE && !publishes {
            return Err(Rejection::RouteUnknown);
        }
        if !matches!(request.method, "GET" | "HEAD") {
            let allowed = ["GET", "HEAD"].map(str::to_owned).into();
            return Err(Rejection::MethodNotAllowed { allowed });
        }
        if publishes {
            return Ok(OwnPage::Answer(self.published_keys(request)));
        }
        let offered = request.headers.get(AUTHORIZATION).and_then(|value| value.split_once(' '));
        let detailed = self.config.health_secret_name.as_ref().zip(offered).is_some_and(
            |(name, (scheme, offered))| {
                scheme.eq_ignore_ascii_case("Bearer") && self.secrets.is(name, offered)
            },
        );
        Ok(OwnPage::Health { detailed })
    }

    /// The public halves of the keys that assertions are signed with, in the configuration's order.
    fn published_keys(&self, request: &Request<'_>) -> Answer {
        let policies = self.config.upstreams.iter().filter_map(|u| u.assertion.as_ref());
        let names = policies.flat_map(|policy| &policy.signing_key_secret_names);
        let keys = names.filter_map(|name| self.assertion_keys.get(name));
        let body = AssertionKey::jwks(keys);
        let headers = vec![
            ("cache-control", format!("public, max-age={JWKS_MAX_AGE_SECONDS}")),
            ("content-type", "application/jwk-set+json".to_owned()),
        ];
        Answer { status: 200, headers, body: if request.is_head() { String::new() } else { body } }
    }
}
