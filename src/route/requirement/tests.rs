use super::*;
use crate::provider::Identity;
use crate::time::UnixMillis;
use crate::token::{Claims, SignedToken};
use serde_json::json;

fn session(identity: Identity) -> Session {
    let payload = json!({"exp": 2, "department": "sales", "groups": ["a", "b"], "level": 3});
    let signed = SignedToken::of(payload.to_string().as_bytes());
    let claims = Claims::check(&signed, UnixMillis::from_seconds(1), 0).unwrap();
    Session::of(claims, None, identity)
}

fn ada() -> Session {
    session(Identity {
        user: Some("ada".into()),
        project: Some("shop".into()),
        tenant: Some("one".into()),
        tenant_slug: None,
        permissions: vec!["read".into(), "write".into()],
    })
}

fn lacking(requirement: &Requirement, session: &Session) -> String {
    match requirement.check(session) {
        Ok(()) => String::new(),
        Err(Rejection::PermissionDenied { lacking }) => lacking,
        Err(other) => panic!("{other:?}"),
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn nothing_is_demanded_by_default() {
    let nothing = Requirement::default();
    assert!(nothing.is_empty());
    assert_eq!(nothing.check(&session(Identity::default())), Ok(()));
    assert!(!Requirement { users: names(&["ada"]), ..nothing }.is_empty());
}

#[test]
fn permissions_are_needed_all_or_any() {
    let all = |of: &[&str]| Requirement { permissions_all: names(of), ..Requirement::default() };
    assert_eq!(lacking(&all(&["read"]), &ada()), "");
    assert_eq!(lacking(&all(&["write", "read"]), &ada()), "");
    assert_eq!(lacking(&all(&["read", "delete"]), &ada()), "the permission delete");
    let any = |of: &[&str]| Requirement { permissions_any: names(of), ..Requirement::default() };
    assert_eq!(lacking(&any(&["delete", "read"]), &ada()), "");
    assert_eq!(lacking(&any(&["delete", "own"]), &ada()), "one of the permissions delete, own");
    let nobody = session(Identity::default());
    assert_eq!(lacking(&all(&["read"]), &nobody), "the permission read");
    assert_eq!(lacking(&any(&["read"]), &nobody), "one of the permissions read");
}

#[test]
fn project_tenant_and_user_are_one_of_those_allowed() {
    let nobody = session(Identity::default());
    for (what, of) in [
        (
            "project",
            (|project_keys| Requirement { project_keys, ..Requirement::default() })
                as fn(Vec<String>) -> Requirement,
        ),
        ("tenant", |tenants| Requirement { tenants, ..Requirement::default() }),
        ("user", |users| Requirement { users, ..Requirement::default() }),
    ] {
        let denied = format!("a {what} that is allowed here");
        assert_eq!(lacking(&of(names(&["x", "ada", "shop", "one"])), &ada()), "");
        assert_eq!(lacking(&of(names(&["x", "Ada"])), &ada()), denied);
        assert_eq!(lacking(&of(names(&["x"])), &nobody), denied);
    }
}

#[test]
fn a_claim_has_an_allowed_value_itself_or_within() {
    for (path, allowed, holds) in [
        ("department", vec![json!("hr"), json!("sales")], true),
        ("department", vec![json!("hr")], false),
        ("groups", vec![json!("b")], true),
        ("groups", vec![json!("c")], false),
        // A claim that is an array matches by its members, and never as a whole.
        ("groups", vec![json!(["a", "b"])], false),
        ("level", vec![json!(3)], true),
        ("level", vec![json!("3")], false),
        ("absent", vec![json!(null)], false),
    ] {
        let claims = vec![(path.to_owned(), allowed)];
        let requirement = Requirement { claims, ..Requirement::default() };
        let expected =
            if holds { String::new() } else { format!("an allowed value of the claim {path}") };
        assert_eq!(lacking(&requirement, &ada()), expected, "{requirement:?}");
    }
}

#[test]
fn a_requirement_includes_those_that_demand_no_more() {
    let read = |text: &str| {
        let mut requirement = Requirement::default();
        for part in text.split_ascii_whitespace() {
            let (name, values) = part.split_once('=').unwrap();
            let values: Vec<String> = values.split(',').map(str::to_owned).collect();
            match name {
                "all" => requirement.permissions_all = values,
                "any" => requirement.permissions_any = values,
                "projects" => requirement.project_keys = values,
                "tenants" => requirement.tenants = values,
                "users" => requirement.users = values,
                claim => {
                    let values = values.into_iter().map(Value::String).collect();
                    requirement.claims.push((claim.to_owned(), values));
                }
            }
        }
        requirement
    };
    for (these, those, includes) in [
        ("", "", true),
        ("users=a", "", true),
        ("", "users=a", false),
        ("users=a", "users=a,b", true),
        ("users=a,b", "users=a", false),
        ("tenants=a", "users=a", false),
        ("tenants=a projects=p", "projects=p,q", true),
        ("all=p,q", "all=p", true),
        ("all=p", "all=p,q", false),
        ("all=p", "any=p,q", true),
        ("any=p", "any=p,q", true),
        ("any=p,q", "any=p", false),
        ("any=p", "all=p", false),
        ("role=x", "role=x,y", true),
        ("role=x,z", "role=x,y", false),
        ("other=x", "role=x", false),
        ("role=x other=y", "role=x", true),
        ("role=x", "role=x other=y", false),
    ] {
        assert_eq!(read(these).includes(&read(those)), includes, "{these:?} {those:?}");
    }
}
