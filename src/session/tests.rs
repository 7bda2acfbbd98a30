use super::*;
use crate::time::UnixMillis;
use crate::token::SignedToken;

fn session(issuer: Option<&str>, identity: Identity) -> Session {
    let signed = SignedToken::of(br#"{"exp":20}"#);
    let claims = Claims::check(&signed, UnixMillis::from_seconds(1), 0).unwrap();
    Session::of(claims, issuer, identity)
}

#[test]
fn a_session_is_an_object_of_what_it_has() {
    let identity = Identity {
        user: Some("ada".into()),
        project: Some("shop".into()),
        tenant: Some("1".into()),
        tenant_slug: Some("one".into()),
        permissions: vec!["read".into()],
    };
    let full = session(Some("https://i.example"), identity.clone());
    assert_eq!((full.provider(), full.issuer()), ("login", Some("https://i.example")));
    assert_eq!((full.identity(), full.expires_at_seconds()), (&identity, 20));
    assert_eq!(full.claims().members().len(), 1);
    assert_eq!(
        full.to_value(),
        json!({
            "provider": "login", "issuer": "https://i.example", "userId": "ada",
            "projectKey": "shop", "tenantId": "1", "tenantSlug": "one",
            "userPermissions": ["read"], "expiresAt": 20,
        })
    );
    let expected = json!({"success": true, "tenantId": "1", "userId": "ada", "tenantSlug": "one"});
    assert_eq!(full.to_jtl_value(), expected);
    let bare = session(None, Identity::default());
    assert_eq!(bare.issuer(), None);
    assert_eq!(bare.to_value(), json!({"provider": "login", "expiresAt": 20}));
    assert_eq!(bare.to_jtl_value(), json!({"success": true}));
}
