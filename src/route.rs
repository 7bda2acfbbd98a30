//! The rules per path and method. The most specific pattern decides, wherever it stands in the
//! file.

mod miss;
mod pattern;
mod requirement;
mod table;

pub use miss::Miss;
pub use pattern::Pattern;
pub use requirement::Requirement;
pub use table::{Match, RouteTable};

use crate::rejection::Rejection;
use crate::request::Quirks;
use crate::session::Session;

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

/// A public route that leads to a backend: the proof that a request may be sent without an
/// identity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PublicRoute {
    upstream: usize,
}

impl PublicRoute {
    /// The index of the upstream in the configuration.
    pub(crate) fn upstream(self) -> usize {
        self.upstream
    }
}

/// What a route demands of a session, and what happens to a request with one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRules<'r> {
    /// Whose sessions: indices into the configuration's providers.
    pub(crate) providers: &'r [usize],
    /// The conditions on the session.
    pub(crate) require: &'r Requirement,
    /// What happens to the request then.
    pub(crate) action: Action,
    report_only: bool,
}

/// A session that the rules of its route admit: the proof that a request may be sent on its behalf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    session: Session,
    lacking: Option<Rejection>,
}

impl SessionRules<'_> {
    /// Checks the conditions.
    ///
    /// # Errors
    /// Returns [`Rejection::PermissionDenied`] for the first condition that does not hold, unless the
    /// route only reports it.
    pub(crate) fn admit(self, session: Session) -> Result<Admitted, Rejection> {
        match self.require.check(&session) {
            Ok(()) => Ok(Admitted { session, lacking: None }),
            Err(lacking) if self.report_only => Ok(Admitted { session, lacking: Some(lacking) }),
            Err(lacking) => Err(lacking),
        }
    }
}

impl Admitted {
    /// Returns the session.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the session itself.
    pub(crate) fn into_session(self) -> Session {
        self.session
    }

    /// Returns what the session lacks, if the route only reports that.
    pub(crate) fn lacking(&self) -> Option<&Rejection> {
        self.lacking.as_ref()
    }
}

impl Route {
    /// Returns the proof that anyone may send a request to the backend of this route; `None` if the
    /// route demands a session or leads to no backend.
    pub(crate) fn as_public(&self) -> Option<PublicRoute> {
        match (&self.access, self.action) {
            (Access::Public, Action::Forward { upstream, .. }) => Some(PublicRoute { upstream }),
            _ => None,
        }
    }

    /// Returns what the route demands of a session; `None` if everybody may pass.
    pub(crate) fn as_session(&self) -> Option<SessionRules<'_>> {
        match &self.access {
            Access::Public => None,
            Access::Session { providers, require, report_only } => Some(SessionRules {
                providers,
                require,
                action: self.action,
                report_only: *report_only,
            }),
        }
    }

    /// Returns whether both routes treat a request in the same way.
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
