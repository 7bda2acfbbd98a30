use super::*;

fn session(providers: &[usize], users: &[&str], report_only: bool) -> Access {
    let users = users.iter().map(|user| (*user).to_owned()).collect();
    let require = Requirement { users, ..Requirement::default() };
    Access::Session { providers: providers.into(), require, report_only }
}

#[test]
fn access_is_within_another_that_admits_the_same_callers() {
    let any = || session(&[0, 1], &[], false);
    for (these, those, within) in [
        (Access::Public, Access::Public, true),
        (any(), Access::Public, true),
        (Access::Public, any(), false),
        (session(&[0], &[], false), any(), true),
        (any(), session(&[0], &[], false), false),
        (session(&[0], &["a"], false), session(&[0], &["a"], false), true),
        (session(&[0], &["a"], false), any(), true),
        (any(), session(&[0, 1], &["a"], false), false),
        // Report mode refuses nobody.
        (any(), session(&[0, 1], &["a"], true), true),
        (session(&[0], &["a"], true), session(&[0], &["a"], false), false),
    ] {
        assert_eq!(these.is_within(&those), within, "{these:?} {those:?}");
    }
}
