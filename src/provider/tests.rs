use std::rc::Rc;

use serde_json::{Value, json};

use super::*;
use crate::rejection::Rejection;
use crate::request::HttpUrl;
use crate::session::Session;
use crate::time::UnixMillis;
use crate::token::{Claims, SignedToken};

pub(super) const ISSUER: Option<&str> = Some("https://i.example");

fn claims(members: &Value) -> Claims {
    let mut all = json!({"exp": 2});
    all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let signed = SignedToken::of(all.to_string().as_bytes());
    Claims::check(&signed, UnixMillis::from_seconds(1), 0).unwrap()
}

/// Judges claims as if their token came with a request to `https://api.example.com/orders`.
pub(super) fn judge(
    kind: impl Kind + 'static,
    issuer: Option<&str>,
    members: &Value,
) -> Result<Session, Rejection> {
    let issuer = Issuer { name: issuer.map(str::to_owned), key_source: 0 };
    let public_urls = [HttpUrl::parse("https://api.example.com").unwrap()];
    let called = CalledUrl { public_urls: &public_urls, path: "/orders" };
    let provider = Provider {
        name: "p".into(),
        credential: CredentialSource { header: "authorization".into(), scheme: None },
        algorithms: vec![Algorithm::Rs256],
        issuers: Vec::new(),
        reject_status: 401,
        client_credentials: None,
        kind: Rc::new(kind),
    };
    Session::establish(&provider, &issuer, &claims(members), called)
}

pub(super) fn identity(
    kind: impl Kind + 'static,
    issuer: Option<&str>,
    members: &Value,
) -> Identity {
    judge(kind, issuer, members).unwrap().identity().clone()
}

pub(super) fn rejection(
    kind: impl Kind + 'static,
    issuer: Option<&str>,
    members: &Value,
) -> Rejection {
    judge(kind, issuer, members).map(drop).unwrap_err()
}

#[test]
fn names_of_kinds_are_different() {
    let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["merchant-center", "jtl-session", "jtl-app", "oidc"]);
}

#[test]
fn names_of_platforms_are_different() {
    let setups = SETUPS.iter().filter_map(|(_, setup)| setup.as_ref());
    let names: Vec<&str> = setups.map(|setup| setup.platform).collect();
    assert_eq!(names, ["merchant-center", "jtl", "oidc"]);
}

#[test]
fn questions_are_about_settings_of_their_kind() {
    let schema = crate::config::Config::schema();
    let variants = &schema["properties"]["providers"]["items"]["oneOf"];
    for ((kind, setup), variant) in SETUPS.iter().zip(variants.as_array().unwrap()) {
        let settings = &variant["properties"];
        assert_eq!(settings["kind"]["const"], *kind);
        let Some(setup) = setup else { continue };
        for question in setup.questions {
            let setting = &settings[question.setting];
            assert_eq!(setting["type"] == "array", question.is_list, "{}", question.setting);
            assert!(setting.is_object(), "{}", question.setting);
        }
        for (setting, _) in setup.secrets {
            assert!(settings[*setting].is_object(), "{setting}");
        }
    }
}

/// The command line makes one argument of the questions that share an option.
#[test]
fn questions_with_one_option_take_the_same_values() {
    let setups = SETUPS.iter().filter_map(|(_, setup)| setup.as_ref());
    let questions: Vec<&Question> = setups.flat_map(|setup| setup.questions).collect();
    let form = |question: &Question| (question.is_list, question.value_name);
    for question in &questions {
        for other in questions.iter().filter(|other| other.option == question.option) {
            assert_eq!(form(other), form(question), "{}", question.option);
        }
    }
}

#[test]
fn types_are_compared_as_media_types() {
    let types = ["JWT", "at+jwt", ""].map(str::to_owned);
    for (media_type, accepted) in [
        (Some("JWT"), true),
        (Some("jwt"), true),
        (Some("application/at+JWT"), true),
        (None, true),
        (Some("logout+jwt"), false),
    ] {
        assert_eq!(AcceptedTypes::OneOf(&types).contain(media_type), accepted, "{media_type:?}");
        assert!(AcceptedTypes::Any.contain(media_type));
    }
    assert!(!AcceptedTypes::OneOf(&types[..2]).contain(None));
}

#[test]
fn one_of_the_audiences_is_named() {
    let expected = ["a", "b"].map(str::to_owned);
    let audience = Audience::OneOf(expected.as_slice().into());
    for named in [json!("a"), json!(["x", "b"])] {
        assert_eq!(audience.check(&claims(&json!({"aud": named}))), Ok(()));
    }
    let mismatch = Rejection::AudienceMismatch { expected: expected.to_vec() };
    assert_eq!(audience.check(&claims(&json!({"aud": ["x", "ab"]}))), Err(mismatch));
    let missing = Rejection::ClaimMissing { claim: "aud".into() };
    assert_eq!(audience.check(&claims(&json!({}))), Err(missing));
    assert_eq!(Audience::Unnamed.check(&claims(&json!({}))), Ok(()));
    assert_eq!((audience.values(), Audience::Unnamed.values()), (&expected[..], &[][..]));
}
