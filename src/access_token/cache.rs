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
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis::from_seconds(1_800_000_000);

    fn token(name: &str, at: UnixMillis) -> AccessToken {
        let body = format!(r#"{{"access_token":"{name}","expires_in":3600}}"#);
        AccessToken::parse(body.as_bytes(), at).unwrap()
    }

    fn seconds(seconds: u64) -> UnixMillis {
        UnixMillis::from_seconds(NOW.seconds().saturating_add(seconds))
    }

    fn lookup(cache: &mut AccessTokenCache, now: UnixMillis) -> AccessLookup {
        cache.lookup(now, now.plus(5_000), false)
    }

    fn with_token() -> AccessTokenCache {
        let mut cache = AccessTokenCache::default();
        assert!(lookup(&mut cache, NOW) == AccessLookup::Fetch { old: None });
        cache.fetched(NOW, Some(token("a", NOW)));
        cache
    }

    #[test]
    fn a_token_that_was_dropped_is_asked_for_anew() {
        let mut cache = with_token();
        assert!(lookup(&mut cache, NOW) == AccessLookup::Ready("a".into()));
        cache.drop_token();
        assert!(lookup(&mut cache, NOW) == AccessLookup::Fetch { old: None });
    }

    #[test]
    fn one_asks_while_the_others_wait() {
        let mut cache = AccessTokenCache::default();
        assert!(lookup(&mut cache, NOW) == AccessLookup::Fetch { old: None });
        assert!(lookup(&mut cache, seconds(4)) == AccessLookup::Wait(seconds(5)));
        // The one that asked is gone.
        assert!(lookup(&mut cache, seconds(5)) == AccessLookup::Fetch { old: None });
        cache.fetched(seconds(6), Some(token("a", NOW)));
        assert!(lookup(&mut cache, seconds(6)) == AccessLookup::Ready("a".into()));
    }

    #[test]
    fn a_token_is_renewed_early_and_serves_until_its_end_where_that_fails() {
        let mut cache = with_token();
        let old = || Some("a".to_owned());
        assert!(lookup(&mut cache, seconds(3539)) == AccessLookup::Ready("a".into()));
        assert!(lookup(&mut cache, seconds(3540)) == AccessLookup::Fetch { old: old() });
        assert!(lookup(&mut cache, seconds(3541)) == AccessLookup::Ready("a".into()));
        cache.fetched(seconds(3541), None);
        assert!(lookup(&mut cache, seconds(3550)) == AccessLookup::Ready("a".into()));
        assert!(lookup(&mut cache, seconds(3551)) == AccessLookup::Fetch { old: old() });
        cache.fetched(seconds(3599), None);
        assert!(lookup(&mut cache, seconds(3600)) == AccessLookup::Unavailable);
    }

    #[test]
    fn a_failure_is_not_repeated_at_once() {
        let mut cache = AccessTokenCache::default();
        lookup(&mut cache, NOW);
        cache.fetched(NOW, None);
        assert!(lookup(&mut cache, seconds(9)) == AccessLookup::Unavailable);
        let persistent = cache.lookup(seconds(9), seconds(14), true);
        assert!(persistent == AccessLookup::Fetch { old: None });
        cache.fetched(seconds(9), None);
        assert!(lookup(&mut cache, seconds(19)) == AccessLookup::Fetch { old: None });
    }

    #[test]
    fn a_refused_token_is_dropped_once_in_a_while() {
        let mut cache = with_token();
        assert!(cache.refused(NOW, "a"));
        assert!(lookup(&mut cache, NOW) == AccessLookup::Fetch { old: None });
        cache.fetched(NOW, Some(token("b", NOW)));
        // Somebody else's refusal of the one before says nothing about this one.
        assert!(cache.refused(NOW, "a"));
        assert!(!cache.refused(seconds(9), "b"));
        assert!(lookup(&mut cache, seconds(9)) == AccessLookup::Ready("b".into()));
        assert!(cache.refused(seconds(10), "b"));
    }
}
