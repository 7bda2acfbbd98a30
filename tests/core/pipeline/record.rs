//! What the log may say about a request.

use super::{NOW, Side, bearer, jtl_token};
use drawbridge::keys::KeysFrom;
use drawbridge::pipeline::{Finding, Incoming, Observer, Record, Step};
use drawbridge::rejection::Rejection;
use drawbridge::request::Headers;
use drawbridge::time::UnixMillis;
use serde_json::json;

fn record(side: &mut Side, path: &str, fields: &[(&str, &str)]) -> Record {
    side.judge("GET", &format!("https://api.example.com{path}"), fields).record
}

#[test]
fn a_record_names_route_provider_and_key() {
    let mut side = Side::new(&json!({}));
    let token = bearer(&json!({}));
    let found = record(&mut side, "/both", &[("authorization", &token)]);
    let expected = Record {
        route: Some(1),
        provider: Some(0),
        key_id: Some("key-1".into()),
        keys_from: Some(KeysFrom::Configuration),
        verified_before: false,
        found: None,
        would_refuse: None,
    };
    assert_eq!(found, expected);
    // The token is remembered at the second request, and found at the third.
    assert_eq!(record(&mut side, "/both", &[("authorization", &token)]), expected);
    let found = record(&mut side, "/login", &[("authorization", &token)]);
    assert_eq!(found, Record { route: Some(2), verified_before: true, ..expected });
    let found = record(&mut side, "/both", &[("x-session-id", &jtl_token())]);
    let expected = (Some(1), Some("key-2"), Some(KeysFrom::Issuer));
    assert_eq!((found.provider, found.key_id.as_deref(), found.keys_from), expected);
}

#[test]
fn a_record_names_the_only_provider_that_has_refused() {
    let mut side = Side::new(&json!({}));
    for (path, provider) in [("/both", None), ("/login", Some(0)), ("/jtl", Some(1))] {
        assert_eq!(record(&mut side, path, &[]).provider, provider, "{path}");
    }
    let wrong = bearer(&json!({"aud": "other"}));
    assert_eq!(record(&mut side, "/both", &[("authorization", &wrong)]).provider, Some(0));
    assert_eq!(record(&mut side, "/unknown", &[]), Record::default());
}

#[test]
fn a_record_says_what_report_mode_has_let_through() {
    let mut side = Side::new(&json!({}));
    let token = bearer(&json!({}));
    let lacking = Rejection::PermissionDenied { lacking: "a user that is allowed here".into() };
    let found = record(&mut side, "/report", &[("authorization", &token)]);
    assert_eq!(found.would_refuse, Some(lacking));
    // A refused request is not recorded as one that would have been refused.
    assert_eq!(record(&mut side, "/admin", &[("authorization", &token)]).would_refuse, None);
    let admin = bearer(&json!({"sub": "admin"}));
    assert_eq!(record(&mut side, "/report", &[("authorization", &admin)]).would_refuse, None);
}

#[test]
fn a_record_holds_the_audience_or_issuer_for_which_the_token_was_refused() {
    let mut side = Side::new(&json!({}));
    let mut found = |changes: &serde_json::Value| {
        let found = record(&mut side, "/login", &[("authorization", &bearer(changes))]).found;
        found.map(|found| (found.value, found.unverified))
    };
    assert_eq!(found(&json!({"aud": "other"})), Some(("other".into(), false)));
    assert_eq!(
        found(&json!({"aud": ["a", "https://b.example/?c"]})),
        Some(("a, https://b.example/".into(), false))
    );
    assert_eq!(
        found(&json!({"iss": "https://x.example"})),
        Some(("https://x.example".into(), false))
    );
    for other in
        [json!({}), json!({"aud": []}), json!({"iss": ""}), json!({"exp": 1, "aud": "other"})]
    {
        assert_eq!(found(&other), None, "{other}");
    }
}

#[derive(Default)]
struct Watcher {
    steps: Vec<Step>,
    findings: usize,
    rejection: Option<Rejection>,
}

impl Observer for Watcher {
    fn enter(&mut self, step: Step) {
        self.steps.push(step);
    }

    fn note(&mut self, _: Finding<'_>) {
        self.findings += 1;
    }

    fn stop(&mut self, rejection: &Rejection) {
        self.rejection = Some(rejection.clone());
    }
}

#[test]
fn an_observer_sees_every_step() {
    use Step::*;
    let mut side = Side::new(&json!({}));
    let mut watch = |token: &str| {
        let mut watcher = Watcher::default();
        let headers = [("authorization", token)].into_iter().collect();
        let incoming = Incoming { method: "GET", url: "https://api.example.com/login", headers };
        let now = UnixMillis::from_seconds(NOW);
        side.gateway.judge_observed(&incoming, &mut side.keys, now, &mut watcher);
        watcher
    };
    let all = [
        Path,
        Route,
        Credential,
        Token,
        Issuer,
        Key,
        Signature,
        Claims,
        Provider,
        Requirement,
        Outcome,
    ];
    let seen = watch(&bearer(&json!({})));
    assert_eq!((&seen.steps[..], seen.rejection), (&all[..], None));
    assert!(seen.findings >= all.len());
    let seen = watch(&bearer(&json!({"exp": 1})));
    let expired = Rejection::TokenExpired { seconds_ago: NOW - 1 };
    assert_eq!((&seen.steps[..], seen.rejection), (&all[..8], Some(expired)));
}

#[test]
fn a_ray_is_one_that_is_not_empty() {
    let ray = |fields: &[(&'static str, &'static str)]| {
        let headers: Headers<'static> = fields.iter().copied().collect();
        Incoming { method: "GET", url: "https://a.example/", headers }.ray()
    };
    assert_eq!(ray(&[("cf-ray", "8a1-FRA")]), Some("8a1-FRA"));
    assert_eq!(ray(&[("cf-ray", "")]), None);
    assert_eq!(ray(&[]), None);
}
