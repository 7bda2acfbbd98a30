//! Rules per path and method: the most specific pattern decides, wherever it stands in the file.

mod miss;
mod pattern;
mod requirement;
mod table;

pub use miss::Miss;
pub use pattern::Pattern;
pub use requirement::Requirement;
pub use table::{Match, RouteTable};

use crate::request::Quirks;

/// What applies to the requests that match it.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Which paths it matches.
    pub pattern: Pattern,
    /// Which methods it matches, in upper case; `None` for all. GET includes HEAD.
    pub methods: Option<Vec<String>>,
    /// Who may pass.
    pub access: Access,
    /// What is done with a request that may pass.
    pub action: Action,
    /// What its paths may have although some backends read it in two ways.
    pub admits: Quirks,
}

/// A public route that leads to a backend: the proof that a request may be sent without an identity.
#[derive(Clone, Copy, Debug)]
pub struct PublicRoute {
    upstream: usize,
}

impl PublicRoute {
    /// The index of the configuration's upstream.
    pub fn upstream(self) -> usize {
        self.upstream
    }
}

impl Route {
    /// Returns the proof that everybody may pass to a backend; `None` if the route demands a session
    /// or leads to no backend.
    pub fn as_public(&self) -> Option<PublicRoute> {
        match (&self.access, self.action) {
            (Access::Public, Action::Forward { upstream, .. }) => Some(PublicRoute { upstream }),
            _ => None,
        }
    }

    /// Whether a request is treated by both in the same way.
    pub(crate) fn treats_alike(&self, other: &Self) -> bool {
        (&self.access, &self.action, self.admits) == (&other.access, &other.action, other.admits)
    }
}

/// Who may pass.
#[derive(Clone, Debug, PartialEq)]
pub enum Access {
    /// Everybody, without an identity.
    Public,
    /// Callers with a session.
    Session {
        /// Whose sessions: indices into the configuration's providers, in their order.
        providers: Vec<usize>,
        /// What the session must have.
        require: Requirement,
        /// A session that lacks it passes all the same, and the log says so.
        report_only: bool,
    },
}

/// What is done with a request that may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is sent to a backend.
    Forward {
        /// The index of the configuration's upstream.
        upstream: usize,
        /// The verified token is sent on as well.
        with_token: bool,
    },
    /// It is answered with the session, at the edge.
    RespondSession,
}
