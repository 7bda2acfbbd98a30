//! The registered claims (RFC 7519, section 4.1): their types first, then the time.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::rejection::Rejection;
use crate::time::UnixMillis;
use crate::token::SignedToken;

/// The claims of a token that is signed and valid now. [`crate::provider`] checks issuer, audience
/// and the provider's own rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    members: Rc<Map<String, Value>>,
    audience: Vec<String>,
    expires_at_seconds: u64,
}

impl Claims {
    /// Reads the claims and checks that the token is valid at `now`. The issuer's clock may differ
    /// by `clock_skew_seconds`.
    ///
    /// # Errors
    /// - [`Rejection::ClaimsMalformed`] if the payload is not strict JSON or a registered claim has
    ///   the wrong type. Such a claim never counts as absent.
    /// - [`Rejection::ClaimMissing`] if there is no `exp`.
    /// - [`Rejection::ClaimMismatch`] for a logout token, which proves no session. It has a claim
    ///   `events` (OpenID Connect Back-Channel Logout 1.0, section 2.4).
    /// - [`Rejection::TokenExpired`] if `exp` has passed, [`Rejection::TokenNotYetValid`] if `nbf`
    ///   or `iat` lies in the future (RFC 7519, sections 4.1.4 to 4.1.6).
    pub fn check(
        signed: &SignedToken,
        now: UnixMillis,
        clock_skew_seconds: u8,
    ) -> Result<Self, Rejection> {
        let members = signed.members()?;
        let expires_at = numeric_date(&members, "exp")?;
        let not_before = numeric_date(&members, "nbf")?;
        let issued_at = numeric_date(&members, "iat")?;
        for name in ["iss", "sub"] {
            optional_string(&members, name)?;
        }
        let audience = audience(&members)?;
        if members.contains_key("events") {
            return Err(Rejection::ClaimMismatch { claim: "events".into() });
        }

        let expires_at = expires_at.ok_or(Rejection::ClaimMissing { claim: "exp".into() })?;
        let now = seconds(now);
        let skew = f64::from(clock_skew_seconds);
        if now >= expires_at + skew {
            return Err(Rejection::TokenExpired { seconds_ago: whole_seconds(now - expires_at) });
        }
        if [not_before, issued_at].into_iter().flatten().any(|at| at > now + skew) {
            return Err(Rejection::TokenNotYetValid);
        }
        Ok(Self { members, audience, expires_at_seconds: whole_seconds(expires_at) })
    }

    /// Returns `exp` in whole seconds since the Unix epoch, rounded down.
    pub fn expires_at_seconds(&self) -> u64 {
        self.expires_at_seconds
    }

    /// Returns the values of `aud`; empty if the claim is absent.
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// Returns a claim by its name. If no claim has this name, the name is a dotted path into
    /// objects, such as `realm_access.roles`.
    pub fn by_path(&self, path: &str) -> Option<&Value> {
        self.members.get(path).or_else(|| {
            let mut names = path.split('.');
            let first = self.members.get(names.next()?)?;
            names.try_fold(first, |value, name| value.as_object()?.get(name))
        })
    }

    /// Returns all claims.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// Returns a claim that must be a string if it is present.
    ///
    /// # Errors
    /// [`Rejection::ClaimsMalformed`] if the claim has another type.
    pub fn string(&self, name: &str) -> Result<Option<&str>, Rejection> {
        optional_string(&self.members, name)
    }

    /// Returns a claim that must be present and a string that is not empty.
    ///
    /// # Errors
    /// [`Rejection::ClaimMissing`] if the claim is absent or empty, [`Rejection::ClaimsMalformed`]
    /// if it has another type.
    pub fn required_string(&self, name: &str) -> Result<&str, Rejection> {
        match self.string(name)? {
            Some(value) if !value.is_empty() => Ok(value),
            _ => Err(Rejection::ClaimMissing { claim: name.to_owned().into() }),
        }
    }

    /// Returns a claim that names somebody or something, and must be a string if it is present. An
    /// empty name names nobody and becomes `None`.
    ///
    /// # Errors
    /// [`Rejection::ClaimsMalformed`] if the claim has another type.
    pub fn name(&self, name: &str) -> Result<Option<String>, Rejection> {
        Ok(self.string(name)?.filter(|value| !value.is_empty()).map(str::to_owned))
    }

    /// Returns a claim that must be an array of strings if it is present; empty if it is absent.
    ///
    /// # Errors
    /// [`Rejection::ClaimsMalformed`] if the claim has another type.
    pub fn strings(&self, name: &str) -> Result<Vec<String>, Rejection> {
        match self.members.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| wrong_type(name, "an array of strings")),
            Some(_) => Err(wrong_type(name, "an array of strings")),
        }
    }
}

/// Whether a claim's value, or a member of it if it is an array, is one of those.
pub(crate) fn has_one_of(found: &Value, allowed: &[Value]) -> bool {
    match found {
        Value::Array(items) => items.iter().any(|item| allowed.contains(item)),
        value => allowed.contains(value),
    }
}

fn optional_string<'a>(
    members: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a str>, Rejection> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(value)) => Ok(Some(value)),
        Some(_) => Err(wrong_type(name, "a string")),
    }
}

/// Returns a claim that is a number of seconds, possibly with a fraction (RFC 7519, section 2).
fn numeric_date(members: &Map<String, Value>, name: &str) -> Result<Option<f64>, Rejection> {
    match members.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(seconds) if seconds.is_finite() => Ok(Some(seconds)),
            _ => Err(wrong_type(name, "a number")),
        },
    }
}

/// Returns the values of `aud`, which is a string or a non-empty array of strings.
fn audience(members: &Map<String, Value>) -> Result<Vec<String>, Rejection> {
    let wrong = || wrong_type("aud", "a string or a non-empty array of strings");
    match members.get("aud") {
        None => Ok(Vec::new()),
        Some(Value::String(value)) => Ok(vec![value.clone()]),
        Some(Value::Array(items)) if !items.is_empty() => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(wrong),
        Some(_) => Err(wrong()),
    }
}

fn wrong_type(name: &str, expected: &str) -> Rejection {
    let fault = format!("has a claim {name} that is not {expected}");
    Rejection::ClaimsMalformed { fault: Cow::Owned(fault) }
}

/// Returns a time in seconds. The number is exact up to 2^53 seconds, some 285 million years.
#[expect(clippy::cast_precision_loss, reason = "exact for every date that a clock can show")]
fn seconds(now: UnixMillis) -> f64 {
    now.seconds() as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and the fraction is to be dropped"
)]
fn whole_seconds(seconds: f64) -> u64 {
    seconds as u64
}

#[cfg(test)]
mod tests;
