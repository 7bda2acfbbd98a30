//! One access token, renewed early, asked for once at a time.

use super::AccessToken;
use crate::time::UnixMillis;

/// After a failure, and after a token was dropped that the API refused, this passes before the
/// same is done again for a request, in milliseconds.
const COOLDOWN_MILLIS: u64 = 10_000;

/// The access token of one grant.
#[derive(Debug, Default)]
pub struct AccessTokenCache {
    token: Option<AccessToken>,
    /// Until then somebody asks for one.
    asked_until: Option<UnixMillis>,
    failed_at: Option<UnixMillis>,
    dropped_at: Option<UnixMillis>,
}

/// What can be done about an access token.
#[derive(Clone, PartialEq, Eq)]
pub enum AccessLookup {
    /// Ask for one, then report [`AccessTokenCache::fetched`]. Where that fails, the old one still
    /// serves.
    Fetch {
        /// The old one.
        old: Option<String>,
    },
    /// Use this one.
    Ready(String),
    /// There was none to be had a moment ago.
    Unavailable,
    /// Look again when somebody has asked, at the latest at that moment.
    Wait(UnixMillis),
}

impl AccessTokenCache {
    /// Somebody needs a token, and would wait for it until `deadline`. `persistent` asks again
    /// however short ago that has failed, for those who keep a cooldown of their own.
    pub fn lookup(
        &mut self,
        now: UnixMillis,
        deadline: UnixMillis,
        persistent: bool,
    ) -> AccessLookup {
        let old = self.token.as_ref().and_then(|token| token.value(now)).map(str::to_owned);
        let is_due = self.token.as_ref().is_none_or(|token| token.is_due(now));
        let asked_until = self.asked_until.filter(|until| now < *until);
        match old {
            Some(token) if !is_due || asked_until.is_some() => AccessLookup::Ready(token),
            None if let Some(until) = asked_until => AccessLookup::Wait(until),
            old if !persistent && within_cooldown(self.failed_at, now) => {
                old.map_or(AccessLookup::Unavailable, AccessLookup::Ready)
            }
            old => {
                self.asked_until = Some(deadline);
                AccessLookup::Fetch { old }
            }
        }
    }

    /// The issuer has been asked.
    pub fn fetched(&mut self, now: UnixMillis, token: Option<AccessToken>) {
        self.asked_until = None;
        match token {
            Some(token) => (self.token, self.failed_at) = (Some(token), None),
            None => self.failed_at = Some(now),
        }
    }

    /// A key set was refused to the token: it may have been revoked.
    pub fn drop_token(&mut self) {
        self.token = None;
    }

    /// The API has refused the token to a request. Whether another one is worth asking for: not
    /// again and again, since the API may have other reasons.
    pub fn refused(&mut self, now: UnixMillis, token: &str) -> bool {
        if self.token.as_ref().is_some_and(|held| held.value != token) {
            return true;
        }
        if within_cooldown(self.dropped_at, now) {
            return false;
        }
        self.dropped_at = Some(now);
        self.token = None;
        true
    }
}

fn within_cooldown(at: Option<UnixMillis>, now: UnixMillis) -> bool {
    at.is_some_and(|at| at <= now && now < at.plus(COOLDOWN_MILLIS))
}

#[cfg(test)]
mod tests;
