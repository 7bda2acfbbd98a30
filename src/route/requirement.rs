//! What a route demands of a session.

use serde_json::Value;

use crate::rejection::Rejection;
use crate::session::Session;
use crate::token::has_one_of;

/// Conditions that a session must all fulfil. An empty list is no condition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requirement {
    /// The permissions that the session must all have.
    pub permissions_all: Vec<String>,
    /// The permissions of which the session must have one.
    pub permissions_any: Vec<String>,
    /// The project keys of which the session must have one.
    pub project_keys: Vec<String>,
    /// The tenants of which the session must have one.
    pub tenants: Vec<String>,
    /// The users of whom the session's user must be one.
    pub users: Vec<String>,
    /// The path of each required claim, with the values of which it must have one.
    pub claims: Vec<(String, Vec<Value>)>,
}

impl Requirement {
    /// Returns whether there is no condition.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether every session that fulfils this requirement also fulfils `other`, as far as
    /// the conditions alone can tell.
    pub fn includes(&self, other: &Self) -> bool {
        let narrower = |these: &[String], those: &[String]| {
            those.is_empty() || (!these.is_empty() && these.iter().all(|one| those.contains(one)))
        };
        let one_of_all = || other.permissions_any.iter().any(|p| self.permissions_all.contains(p));
        let has_claim = |(path, allowed): &(String, Vec<Value>)| {
            self.claims.iter().any(|(same, narrower)| {
                same == path && narrower.iter().all(|value| allowed.contains(value))
            })
        };
        other.permissions_all.iter().all(|one| self.permissions_all.contains(one))
            && (narrower(&self.permissions_any, &other.permissions_any) || one_of_all())
            && narrower(&self.project_keys, &other.project_keys)
            && narrower(&self.tenants, &other.tenants)
            && narrower(&self.users, &other.users)
            && other.claims.iter().all(has_claim)
    }

    /// Checks whether a session fulfils every condition.
    ///
    /// # Errors
    /// [`Rejection::PermissionDenied`] for the first condition that does not hold.
    pub fn check(&self, session: &Session) -> Result<(), Rejection> {
        let identity = session.identity();
        let denied = |lacking: String| Err(Rejection::PermissionDenied { lacking });
        let missing = self.permissions_all.iter().find(|name| !identity.permissions.contains(name));
        if let Some(name) = missing {
            return denied(format!("the permission {name}"));
        }
        let any = &self.permissions_any;
        if !any.is_empty() && !any.iter().any(|name| identity.permissions.contains(name)) {
            return denied(format!("one of the permissions {}", any.join(", ")));
        }
        for (name, allowed, found) in [
            ("a project", &self.project_keys, &identity.project),
            ("a tenant", &self.tenants, &identity.tenant),
            ("a user", &self.users, &identity.user),
        ] {
            if !allowed.is_empty() && !found.as_ref().is_some_and(|found| allowed.contains(found)) {
                return denied(format!("{name} that is allowed here"));
            }
        }
        for (path, allowed) in &self.claims {
            if !session.claims().by_path(path).is_some_and(|found| has_one_of(found, allowed)) {
                return denied(format!("an allowed value of the claim {path}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
