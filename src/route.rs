//! The rules per path and method. The most specific pattern decides, wherever it stands in the
//! file.
//!
//! A public route matches a path exactly as written. A route that demands a session ignores case,
//! unless the configuration says that case counts: a backend that ignores case would otherwise serve
//! `/ADMIN` beside the rule for `/admin`.

mod deciding;
mod miss;
mod pattern;
mod requirement;
mod table;

pub use deciding::Deciding;
pub(crate) use deciding::{Admitted, PublicRoute, SessionRules};
pub use miss::Miss;
pub use pattern::Pattern;
pub use requirement::Requirement;
pub use table::{Ambiguity, Match, RouteTable};

use crate::request::Quirks;

/// A rule for the requests that match its pattern and its methods.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The paths that the route matches.
    pub pattern: Pattern,
    /// The methods that the route matches, in upper case; `None` for all methods. GET includes
    /// HEAD.
    pub methods: Option<Vec<String>>,
    /// Who may pass.
    pub access: Access,
    /// The action for a request that may pass.
    pub action: Action,
    /// The quirks that its paths may have, although some backends read such paths in another way.
    pub admits: Quirks,
}

impl Route {
    /// Returns whether both routes treat a request in the same way.
    pub(crate) fn treats_alike(&self, other: &Self) -> bool {
        (&self.access, &self.action, self.admits) == (&other.access, &other.action, other.admits)
    }
}

impl Access {
    /// Returns whether everyone who may pass here may pass `other`, too, as far as the rules alone
    /// can tell.
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Public) => true,
            (Self::Public, Self::Session { .. }) => false,
            (
                Self::Session { providers, require, report_only },
                Self::Session { providers: wider, require: demanded, report_only: never_refuses },
            ) => {
                let enforced = !report_only && require.includes(demanded);
                providers.iter().all(|index| wider.contains(index))
                    && (demanded.is_empty() || *never_refuses || enforced)
            }
        }
    }
}

/// Who may pass.
#[derive(Clone, Debug, PartialEq)]
pub enum Access {
    /// Everybody, without an identity.
    Public,
    /// Callers with a session.
    Session {
        /// The indices of the providers whose sessions may pass, in the order of the configuration.
        providers: Vec<usize>,
        /// What the session must have.
        require: Requirement,
        /// Whether a session that lacks it passes all the same, and the log says so.
        report_only: bool,
    },
}

/// The action for a request that may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send the request to a backend.
    Forward {
        /// The index of the upstream in the configuration.
        upstream: usize,
        /// Whether the verified token is sent as well.
        with_token: bool,
    },
    /// Answer the request with the session, at the edge.
    RespondSession,
}

#[cfg(test)]
mod tests;
