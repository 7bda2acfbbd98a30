//! What decides about a request: which routes, what they demand of a session, and the proofs that a
//! request may be sent.

use super::{Access, Action, Requirement, Route};
use crate::rejection::Rejection;
use crate::request::Quirks;
use crate::session::Session;

/// The routes that decide about a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deciding<'t> {
    /// The most specific route. It says where the request goes.
    pub route: &'t Route,
    /// The most specific route for the path as written, if `route` matches only because it ignores
    /// case. It sends the request to the same place. A session must have what both routes demand.
    pub as_written: Option<&'t Route>,
}

impl<'t> Deciding<'t> {
    /// Returns the decision of one route alone.
    pub fn alone(route: &'t Route) -> Self {
        Self { route, as_written: None }
    }

    /// Returns the decision of the most specific route, `found`, and the most specific one for the
    /// path as written; `None` if no request can fulfil both.
    pub(super) fn both(found: &'t Route, written: &'t Route) -> Option<Self> {
        if found.action != written.action {
            return None;
        }
        let deciding = Self { route: found, as_written: Some(written) };
        match (&found.access, &written.access) {
            (Access::Session { .. }, Access::Session { .. }) => {
                deciding.as_session()?.providers().next()?;
                Some(deciding)
            }
            // A public route demands nothing.
            _ => Some(Self::alone(found)),
        }
    }

    /// Returns the quirks that every deciding route admits.
    pub(crate) fn admits(&self) -> Quirks {
        self.as_written.map_or(self.route.admits, |written| self.route.admits.and(written.admits))
    }

    /// Returns the proof that anyone may send the request to a backend; `None` if a session is
    /// demanded or the route leads to no backend.
    pub(crate) fn as_public(&self) -> Option<PublicRoute> {
        match (&self.route.access, self.route.action, self.as_written) {
            (Access::Public, Action::Forward { upstream, .. }, None) => {
                Some(PublicRoute { upstream })
            }
            _ => None,
        }
    }

    /// Returns what is demanded of a session; `None` if everybody may pass.
    pub(crate) fn as_session(&self) -> Option<SessionRules<'t>> {
        let demands = |route: &'t Route| match &route.access {
            Access::Public => None,
            Access::Session { providers, require, report_only } => {
                Some(Demands { providers, require, report_only: *report_only })
            }
        };
        let also = self.as_written.and_then(demands);
        Some(SessionRules { first: demands(self.route)?, also, action: self.route.action })
    }
}

/// A public route that leads to a backend: the proof that a request may be sent without an
/// identity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PublicRoute {
    upstream: usize,
}

impl PublicRoute {
    /// Returns the index of the upstream in the configuration.
    pub(crate) fn upstream(self) -> usize {
        self.upstream
    }
}

/// What the deciding routes demand of a session, and what happens to a request with one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRules<'r> {
    first: Demands<'r>,
    also: Option<Demands<'r>>,
    /// What happens to the request then.
    pub(crate) action: Action,
}

/// What one route demands of a session.
#[derive(Clone, Copy, Debug)]
struct Demands<'r> {
    providers: &'r [usize],
    require: &'r Requirement,
    report_only: bool,
}

impl<'r> SessionRules<'r> {
    /// Returns whose sessions may pass: indices into the configuration's providers, in their order.
    pub(crate) fn providers(self) -> impl Iterator<Item = usize> {
        let also = self.also;
        let admits = move |index: &usize| also.is_none_or(|also| also.providers.contains(index));
        self.first.providers.iter().copied().filter(admits)
    }

    /// Checks the conditions. `note` is told each requirement with what the session lacks of it.
    ///
    /// # Errors
    /// Returns [`Rejection::PermissionDenied`] for the first condition that does not hold, unless
    /// its route only reports it.
    pub(crate) fn admit(
        self,
        session: Session,
        note: &mut dyn FnMut(&Requirement, Option<&Rejection>),
    ) -> Result<Admitted, Rejection> {
        for demands in std::iter::once(self.first).chain(self.also) {
            let lacking = demands.require.check(&session).err();
            note(demands.require, lacking.as_ref());
            if let Some(lacking) = lacking.filter(|_| !demands.report_only) {
                return Err(lacking);
            }
        }
        Ok(Admitted { session })
    }
}

/// A session that the rules of its routes admit: the proof that a request may be sent on its behalf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    session: Session,
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
}
