//! The worker's own pages: the state of the keys, and the keys that verify assertions.

use super::gateway::Gateway;
use crate::answer::Answer;
use crate::rejection::Rejection;
use crate::request::{Request, split_origin};
use crate::upstream::{AUTHORIZATION, AssertionKey};

/// The path below which all own pages lie (RFC 8615, section 3).
const PREFIX: &str = "/.well-known/drawbridge";

/// The path of the state of the keys, below [`PREFIX`].
const HEALTH_PAGE: &str = "/health";

/// The path of the keys that verify assertions, below [`PREFIX`].
const JWKS_PAGE: &str = "/jwks.json";

/// The time for which a backend may use the assertion keys without asking again, in seconds. A new
/// key is published for longer than that before it signs.
const JWKS_MAX_AGE_SECONDS: u32 = 300;

/// What is at one of the worker's own paths.
pub(super) enum OwnPage {
    /// An answer.
    Answer(Answer),
    /// The state of the keys. A detailed state lists each source.
    Health { detailed: bool },
}

/// Returns whether a request asks for the state of the keys. The answer needs no configuration.
pub fn asks_for_health(method: &str, url: &str) -> bool {
    let path = split_origin(url).1;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    matches!(method, "GET" | "HEAD") && own_path(path) == Some(HEALTH_PAGE)
}

/// Returns the part of an own path after the prefix; `None` if the path is not the worker's own.
/// Case makes no difference, since such a path must never be forwarded.
pub(super) fn own_path(path: &str) -> Option<&str> {
    let (start, rest) = path.split_at_checked(PREFIX.len())?;
    let is_own = start.eq_ignore_ascii_case(PREFIX) && (rest.is_empty() || rest.starts_with('/'));
    is_own.then_some(rest)
}

impl Gateway {
    /// Returns what is at `page`, which is a result of [`own_path`].
    ///
    /// # Errors
    /// [`Rejection::RouteUnknown`] if there is no such page, [`Rejection::MethodNotAllowed`] unless
    /// the method is GET or HEAD.
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

    /// Returns the public halves of the keys that sign assertions, in the order of the
    /// configuration.
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
