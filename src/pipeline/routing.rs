//! Which route decides about a request.

use super::gateway::{Gateway, ORIGIN, REQUESTED_METHOD};
use crate::rejection::Rejection;
use crate::request::{Quirks, Request};
use crate::route::{Access, Ambiguity, Deciding, Match};

impl Gateway {
    /// Finds the route that decides about a request.
    ///
    /// If the configuration has no CORS rules, a preflight for a public route passes to the
    /// backend, which may have its own. Every other preflight is treated like any request.
    pub(super) fn find_route(&self, request: &Request<'_>, preflight: Option<&str>) -> Match<'_> {
        let path = request.path.normal();
        let found = self.config.routes.find(request.method, path);
        let names_options =
            matches!(&found, Match::Route(deciding) if deciding.route.methods.is_some());
        if let Some(announced) = preflight.filter(|_| !names_options)
            && let Match::Route(deciding) = self.config.routes.find(announced, path)
            && deciding.route.access == Access::Public
        {
            return Match::Route(deciding);
        }
        found
    }

    /// Returns the quirks that the path may have. A preflight may have the quirks that the
    /// announced request may have.
    pub(super) fn admitted(
        &self,
        request: &Request<'_>,
        found: &Match<'_>,
        preflight: Option<&str>,
    ) -> Quirks {
        let announced =
            preflight.map(|method| self.config.routes.find(method, request.path.normal()));
        match (found, announced) {
            (Match::Route(deciding), _) => deciding.admits(),
            (_, Some(Match::Route(deciding))) => deciding.admits(),
            _ => Quirks::default(),
        }
    }

    /// Returns what decides, for what the table has found. Unless unmatched paths are denied, they
    /// have a route of their own.
    ///
    /// # Errors
    /// [`Rejection::PathAmbiguous`], [`Rejection::MethodNotAllowed`] or
    /// [`Rejection::RouteUnknown`], if no single route applies.
    pub(super) fn deciding<'c>(&'c self, found: Match<'c>) -> Result<Deciding<'c>, Rejection> {
        match found {
            Match::Route(deciding) => Ok(deciding),
            Match::Ambiguous(ambiguity) => {
                let fault = match ambiguity {
                    Ambiguity::Case => {
                        "is one that two rules claim, one as written and one in another case"
                    }
                    Ambiguity::Slash => {
                        "is one that two rules claim, one with and one without a trailing slash"
                    }
                };
                Err(Rejection::PathAmbiguous { fault })
            }
            Match::MethodNotAllowed(allowed) => {
                Err(Rejection::MethodNotAllowed { allowed: with_head(allowed) })
            }
            Match::None if self.config.deny_unmatched => Err(Rejection::RouteUnknown),
            Match::None => Ok(Deciding::alone(&self.config.unmatched)),
        }
    }
}

/// Returns the method that a preflight announces (WHATWG Fetch Standard, section 3.3.2); `None` if
/// the request is not a preflight.
pub(super) fn requested_method<'a>(request: &Request<'a>) -> Option<&'a str> {
    let field = |name| request.headers.get(name).filter(|value: &&str| !value.is_empty());
    field(ORIGIN)?;
    field(REQUESTED_METHOD).filter(|_| request.method == "OPTIONS")
}

/// Adds HEAD to methods that include GET, for the field `Allow`.
fn with_head(mut methods: Vec<String>) -> Vec<String> {
    if methods.iter().any(|method| method == "GET") {
        methods.push("HEAD".to_owned());
    }
    methods.sort_unstable();
    methods.dedup();
    methods
}
