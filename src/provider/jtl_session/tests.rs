use serde_json::json;

use super::*;
use crate::provider::tests::{identity, judge};

#[test]
fn an_identity_is_user_tenant_and_slug() {
    let members = json!({"userId": "ada", "tenantId": "one", "tenantSlug": "uno"});
    let expected = Identity {
        user: Some("ada".into()),
        tenant: Some("one".into()),
        tenant_slug: Some("uno".into()),
        ..Identity::default()
    };
    assert_eq!(identity(JtlSession, None, &members), expected);
}

#[test]
fn the_issuer_is_not_looked_at() {
    let members = json!({"iss": "x", "userId": "u", "tenantId": "t"});
    assert_eq!(judge(JtlSession, None, &members).unwrap().issuer(), None);
}

#[test]
fn any_type_is_accepted_and_the_texts_are_the_tutorials() {
    assert!(JtlSession.accepted_types().contain(Some("anything")));
    assert!(JtlSession.has_tenant());
    let texts = (JtlSession.session_form(), JtlSession.wording());
    assert_eq!(texts, (SessionForm::JtlTutorial, Wording::JtlTutorial));
}
