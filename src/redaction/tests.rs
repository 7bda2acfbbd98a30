use super::*;

const JWT: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl-_c2ln";
const JWE: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOe.XFBoMYUZodetZdvT";

#[test]
fn a_token_is_shortened_wherever_it_stands() {
    let percent = |text: &str| text.replace('.', "%2E");
    let lower = |text: &str| text.replace('.', "%2e");
    let letters = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for token in [JWT.to_owned(), JWE.to_owned(), percent(JWT), lower(JWE)] {
        for (before, after) in [
            ("/orders/", ""),
            ("/", "/items"),
            ("/a;token=", ";b=1"),
            ("/a,", ",b"),
            ("/jwt:", ":x"),
            ("is \"", "\"; must be"),
            ("é…", "é"),
            ("x", " and more"),
        ] {
            let shown = without_tokens(&format!("{before}{token}{after}")).into_owned();
            assert_eq!(shown, format!("{before}eyJh…{after}"));
        }
    }
    let encoded: String = letters(JWT);
    assert_eq!(without_tokens(&format!("/a/{encoded}/b")), "/a/%65%…/b");
    // The header of this token begins with white space, as RFC 7515 allows.
    let spaced = "ewogICJhbGciIDogIlJTMjU2Igp9.e30.c2ln";
    assert_eq!(without_tokens(spaced), "ewog…");
    assert_eq!(without_tokens(&format!("{JWT} {JWE}")), "eyJh… eyJh…");
}

#[test]
fn other_text_stays_as_it_is() {
    for text in [
        "",
        "/orders/123/items",
        "/eyewear/eyes.new.ewers/ewe-lambs.and.sheep",
        "/keys/eyJ",
        "https://mc-api.europe-west1.gcp.commercetools.com/.well-known/jwks.json",
        "/files/report.2026.pdf",
        "/%65%zz/%",
        "/a%",
    ] {
        assert!(matches!(without_tokens(text), Cow::Borrowed(same) if same == text), "{text}");
    }
}

#[test]
fn a_url_is_shown_without_what_may_be_private() {
    for (url, shown) in [
        ("https://a.example/x?key=secret", "https://a.example/x"),
        ("https://a.example/x#secret", "https://a.example/x"),
        ("https://user:secret@a.example:8443/x?y", "https://a.example:8443/x"),
        ("https://user@a.example", "https://a.example"),
        ("https://user:sec/ret@a.example/x", "https://a.example/x"),
        ("https://user:sec?ret@a.example/x", "https://a.example/x"),
        ("https://user:sec@ret@a.example/x", "https://a.example/x"),
        ("https://a.example/@scope/x", "https://a.example/@scope/x"),
        ("https://[::1]:80/@x", "https://[::1]:80/@x"),
        ("api://orders?secret", "api://orders"),
        ("urn:orders?secret", "urn:orders"),
        ("a.example/x?secret", "a.example/x"),
        ("C#-client", "C#-client"),
        ("orders?secret", "orders"),
        ("user:secret@a.example/x?y", "a.example/x"),
        ("ada@example.com", "ada@example.com"),
        ("orders-api", "orders-api"),
    ] {
        assert_eq!(without_query(url), shown, "{url}");
    }
    assert_eq!(without_query(&format!("https://a.example/{JWT}")), "https://a.example/eyJh…");
}

#[test]
fn a_message_holds_no_token_secret_or_query() {
    for (message, shown) in [
        (
            r#"is "https://u:p@a.example/x?k=secret"; must have no query"#,
            r#"is "https://a.example/x"; must have no query"#,
        ),
        (r#"is "https://a.example/?k=\"se cret\" x"; y"#, r#"is "https://a.example/"; y"#),
        ("has https://a.example/?secret twice", "has https://a.example/ twice"),
        (
            "a https://a.example/b and http://c.example/?d",
            "a https://a.example/b and http://c.example/",
        ),
        (r#"is "sk_live_4eC39HqLyjWDarjtT1zdp7dc""#, r#"is "sk_l…""#),
        (
            "upstreams.550e8400-e29b-41d4-a716-446655440000",
            "upstreams.550e8400-e29b-41d4-a716-446655440000",
        ),
        ("x = dGhpcyBpcyBhIHNlY3JldA==", "x = dGhp…"),
    ] {
        assert_eq!(redacted(message), shown);
    }
    assert_eq!(redacted(&format!("unknown.{JWT}: is")), "unknown.eyJh…: is");
}

#[test]
fn an_honest_message_stays_as_it_is() {
    for message in [
        "providers[1].regions[0]: is \"gcp-er\"; must be a gateway URL or one of \"gcp-au\"",
        "has https://mc-api.europe-west1.gcp.commercetools.com twice, with keys from different places",
        "https://team.cloudflareaccess.com/cdn-cgi/access/certs",
        "https://login.microsoftonline.com/common/v2.0",
        "upstreams.origin.shared_secret.secret_name",
        "routes[0].require.claims.https://shop.example.com/claims/user_permissions",
        "access-control-request-headers, x-verified-tenant-slug, x-commercetools-2-header",
        "is 9007199254740993; allowed_sample",
        "did you mean `client_secret_secret_name`?",
        "is missing; bind a KV namespace to it (JWKS_CACHE)",
    ] {
        assert_eq!(redacted(message), message);
    }
}
