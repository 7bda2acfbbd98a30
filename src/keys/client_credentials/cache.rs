//! The cache of one access token. It renews the token early, with one token request at a time.

use super::AccessToken;
use crate::time::UnixMillis;

/// The time after a failed token request before the next one, in milliseconds. The same time must
/// pass before another token that the API refused is dropped.
const COOLDOWN_MILLIS: u64 = 10_000;

/// The access token of one grant.
#[derive(Debug, Default)]
pub struct AccessTokenCache {
    token: Option<AccessToken>,
    /// The deadline of the token request that is under way.
    asked_until: Option<UnixMillis>,
    failed_at: Option<UnixMillis>,
    dropped_at: Option<UnixMillis>,
}

/// What a caller that needs an access token does.
#[derive(Clone, PartialEq, Eq)]
pub enum AccessLookup {
    /// Request a token, then report [`AccessTokenCache::fetched`]. If the request fails, use the
    /// old token.
    Fetch {
        /// The old token, if it is still valid.
        old: Option<String>,
    },
    /// Use this token.
    Ready(String),
    /// There is no valid token, and a token request has failed within the cooldown.
    Unavailable,
    /// Look again when the token request under way has ended, or at this time if that comes first.
    Wait(UnixMillis),
}

impl AccessTokenCache {
    /// Returns what a caller that needs a token does now. The caller gives up at `deadline`.
    ///
    /// If `persistent` is true, a recent failure does not prevent another token request. This is
    /// for callers with their own cooldown.
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

    /// Reports the end of a token request. `token` is `None` if the request has failed.
    pub fn fetched(&mut self, now: UnixMillis, token: Option<AccessToken>) {
        self.asked_until = None;
        match token {
            Some(token) => (self.token, self.failed_at) = (Some(token), None),
            None => self.failed_at = Some(now),
        }
    }

    /// Drops the token because the issuer refused it for a key set: it may have been revoked.
    pub fn drop_token(&mut self) {
        self.token = None;
    }

    /// Reports that the API has refused `token`, and returns whether the caller should try another
    /// one. The token that is held is dropped at most once per cooldown, since the API may have
    /// another reason.
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
