use super::*;

fn removed(with_access_token: bool) -> RemovedFields {
    RemovedFields::new(&["X_Caller.Name", "x-session-id"], with_access_token)
}

#[test]
fn spellings_of_one_name_are_one() {
    for name in ["x-verified-user", "X_Verified_User", "X.Verified.User", "x verified*user"] {
        assert_eq!(canonical_name(name), "x-verified-user");
    }
    assert_eq!(canonical_name("x-1é"), "x-1-");
}

#[test]
fn every_spelling_of_a_listed_name_is_removed() {
    let names =
        "x-caller-name X_CALLER_NAME X-Session.ID te TE Keep_Alive x-verified- X.Verified!a";
    for name in names.split(' ') {
        assert!(removed(false).removes(name), "{name}");
    }
    for name in ["x-caller", "x-caller-names", "xcallername", "x-verified", "a-te", "cookie", ""] {
        assert!(!removed(false).removes(name), "{name}");
    }
}

#[test]
fn a_call_with_the_apps_token_carries_no_credential_of_the_browser() {
    for name in ["cookie", "Authorization"] {
        assert_eq!((removed(false).removes(name), removed(true).removes(name)), (false, true));
    }
}

#[test]
fn the_credentials_of_browsers_and_providers_are_personal() {
    let pattern = personal_fields(["x-session-id", "X.Token"].into_iter());
    let names = "authorization|cookie|x[^a-z0-9]session[^a-z0-9]id|x[^a-z0-9]token";
    assert_eq!(pattern, format!("^(?:{names})$"));
}

#[test]
fn the_pattern_has_the_whole_list() {
    let names = "authorization|connection|cookie|keep[^a-z0-9]alive|proxy[^a-z0-9]authenticate|\
                 proxy[^a-z0-9]authorization|proxy[^a-z0-9]connection|te|trailer|\
                 transfer[^a-z0-9]encoding|upgrade|x[^a-z0-9]caller[^a-z0-9]name|\
                 x[^a-z0-9]session[^a-z0-9]id";
    let begins = ["x-verified-", "x-invoke-", "x-middleware-"].join("|");
    let all = [ANOTHER_REQUEST.join("|"), METHOD_OVERRIDES.join("|")].join("|");
    let fixed = format!("{begins}|(?:{all}").replace('-', "[^a-z0-9]");
    assert_eq!(removed(true).pattern(), format!("^(?:{fixed}|{names})$)"));
    let overrides = "http[^a-z0-9]method[^a-z0-9]override|x[^a-z0-9]http[^a-z0-9]method|x[^a-z0-9]method[^a-z0-9]override";
    assert_eq!(override_fields(), format!("^(?:x[^a-z0-9]{overrides})$"));
}

#[test]
fn what_describes_another_request_is_removed_in_every_spelling() {
    let begun = ["x-invoke-path", "x-middleware-subrequest"];
    for name in ANOTHER_REQUEST.iter().chain(&METHOD_OVERRIDES).chain(&begun) {
        assert_eq!(*name, canonical_name(name));
        for separator in ["-", "_", ".", "*"] {
            let name = name.replace('-', separator).to_ascii_uppercase();
            assert!(removed(false).removes(&name), "{name}");
        }
    }
    for name in ["x-forwarded-for", "x-real-ip", "x-forwarded-user", "x-original", "x-middleware"] {
        assert!(!removed(false).removes(name), "{name}");
    }
}
