use serde_json::json;

use super::*;
use crate::provider::tests::{identity, judge};

fn app() -> JtlApp {
    JtlApp { app_id: "app".into() }
}

#[test]
fn an_identity_is_user_and_tenant() {
    let members = json!({"aud": "app", "sub": "ada", "urn:jtl:tenant_id": "one"});
    let expected =
        Identity { user: Some("ada".into()), tenant: Some("one".into()), ..Identity::default() };
    assert_eq!(identity(app(), None, &members), expected);
    for (app_id, accepted) in [("app", true), ("other", false)] {
        let mut named = members.clone();
        named["urn:jtl:app_id"] = json!(app_id);
        let rejected = Rejection::ClaimMismatch { claim: "urn:jtl:app_id".into() };
        let rejected = (!accepted).then_some(rejected);
        assert_eq!(judge(app(), None, &named).err(), rejected, "{app_id}");
    }
}

#[test]
fn the_audience_is_the_app() {
    let rejected = judge(app(), None, &json!({"aud": "other", "sub": "ada"})).map(drop);
    let expected = vec!["app".to_owned()];
    assert_eq!(rejected, Err(Rejection::AudienceMismatch { expected }));
}

#[test]
fn any_type_is_accepted_and_a_tenant_is_there() {
    assert!(app().accepted_types().contain(Some("anything")));
    assert!(app().has_tenant());
    assert_eq!(
        (app().session_form(), app().wording()),
        (SessionForm::JtlTutorial, Wording::Standard)
    );
}
