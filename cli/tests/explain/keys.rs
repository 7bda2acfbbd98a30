//! Where `explain` has keys from.

use serde_json::json;

use super::{CONFIGURATION, ISSUER, NOW, explain, folder, shows_no_part_of, token};
use crate::folder::{Folder, Said};
use crate::issuer::{Issuer, Page};
use crate::signing::Signer;

#[test]
fn several_sources_are_told_apart() {
    let folder = folder("sources");
    folder
        .write("wrangler.toml", CONFIGURATION.replace("[\"gcp-eu\"]", "[\"gcp-eu\", \"aws-us\"]"));
    let url = ["--url", "https://api.example.com/carts"];
    let said = explain(&folder, &token(json!({})), &[&url[..], &["--jwks", "jwks.json"]].concat());
    said.fails("--jwks jwks.json must say whose keys these are, as --jwks SOURCE=FILE; the sources are https://mc-api.europe-west1.gcp.commercetools.com, https://mc-api.us-east-2.aws.commercetools.com");
    let option = format!("{ISSUER}=jwks.json");
    let said = explain(&folder, &token(json!({})), &[&url[..], &["--jwks", &option]].concat());
    assert_eq!(said.status, 0, "{}", said.stdout);
    // Nothing is fetched beside a file.
    let elsewhere = "https://mc-api.us-east-2.aws.commercetools.com=jwks.json";
    let said = explain(&folder, &token(json!({})), &[&url[..], &["--jwks", elsewhere]].concat());
    assert_eq!(said.status, 1);
    assert!(said.stdout.contains(&format!("stop  key         {ISSUER}: no --jwks for {ISSUER}, and nothing is fetched beside files\n")), "{}", said.stdout);
    assert!(said.stdout.contains("\nrefused: 503 keys_unavailable: "), "{}", said.stdout);
    let said = explain(
        &folder,
        &token(json!({"iss": "https://elsewhere.example"})),
        &[&url[..], &["--jwks", &option]].concat(),
    );
    assert!(
        said.stdout.contains("stop  issuer      in the token: \"https://elsewhere.example\"\n"),
        "{}",
        said.stdout
    );
    let said = explain(
        &folder,
        &token(json!({})),
        &[&url[..], &["--jwks", &option, "--jwks", &option]].concat(),
    );
    said.fails(&format!("--jwks {option} is a second file for one source"));
}

#[test]
fn a_key_that_is_not_there_is_named_beside_those_that_are() {
    let folder = folder("key-unknown");
    folder.write("jwks.json", Signer::rs256().jwks("key-2"));
    let said = explain(
        &folder,
        &token(json!({})),
        &["--url", "https://api.example.com/carts", "--jwks", "jwks.json"],
    );
    let part = "wanted: \"key-1\"\n                  keys: \"key-2\" (RS256)\n                  key_unknown: ";
    assert!(said.stdout.contains(part), "{}", said.stdout);
}

fn oidc(issuer: &str) -> String {
    format!(
        "kv_namespaces = [{{ binding = \"JWKS_CACHE\" }}]\n[vars.DRAWBRIDGE]\nproviders = [{{ name = \"login\", kind = \"oidc\", issuer = \"{issuer}\", audiences = [\"a\"], algorithms = [\"EdDSA\"] }}]\nupstreams.origin.url = \"https://backend.example.com\"\nkeys = {{ timeout_ms = 2000, max_bytes = 4096 }}\n"
    )
}

fn ed_dsa(issuer: &str) -> String {
    let claims = json!({"iss": issuer, "aud": "a", "sub": "u", "exp": NOW + 60});
    Signer::ed_dsa().sign(br#"{"alg":"EdDSA","kid":"k"}"#, claims.to_string().as_bytes())
}

#[test]
fn keys_are_fetched_by_discovery() {
    let issuer = Issuer::start();
    let url = issuer.url();
    issuer.page(
        "/.well-known/openid-configuration",
        Page::json(json!({"issuer": url, "jwks_uri": format!("{url}/keys")})),
    );
    issuer.page("/keys", Page::text(&Signer::ed_dsa().jwks("k")));
    let folder = Folder::new("discovery");
    folder.write("wrangler.toml", oidc(&url));
    let said = explain(&folder, &ed_dsa(&url), &["--url", "https://api.example.com/"]);
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{}", said.stdout);
    assert!(
        said.stdout.contains(&format!("key         {url}: fetched from {url}/keys\n")),
        "{}",
        said.stdout
    );
    assert_eq!(issuer.requests(), ["GET /.well-known/openid-configuration", "GET /keys"]);
    // A key that is not there is looked for once.
    let other = Signer::ed_dsa().sign(br#"{"alg":"EdDSA","kid":"other"}"#, b"{}");
    let said = explain(&folder, &other, &["--url", "https://api.example.com/"]);
    assert!(said.stdout.contains("\nrefused: 401 key_unknown: "), "{}", said.stdout);
    assert_eq!(issuer.requests().len(), 4);
}

#[test]
fn a_fetch_has_the_workers_bounds() {
    let issuer = Issuer::start();
    let url = issuer.url();
    let folder = Folder::new("bounds");
    folder.write(
        "wrangler.toml",
        oidc(&url).replace("audiences", &format!("jwks_uri = \"{url}/keys\", audiences")),
    );
    for (page, cause) in [
        (Page::status(404), "status 404"),
        (Page::redirect("/elsewhere"), "status 302"),
        (Page::text(&format!("{:4096}", "{}")), "the key set has no array `keys`"),
        (Page::text(&"x".repeat(4_097)), "the response is too large"),
        (Page::text("{}"), "the key set has no array `keys`"),
        (Page::bytes(&[0xff]), "the key set is not UTF-8"),
        (Page::silence(), "the response took too long"),
    ] {
        issuer.page("/keys", page);
        let said = explain(&folder, &ed_dsa(&url), &["--url", "https://api.example.com/"]);
        assert_eq!(said.status, 1);
        let line = said.stdout.lines().find(|line| line.starts_with("stop  key         ")).unwrap();
        assert!(line.ends_with(cause), "{line}");
        assert!(said.stdout.contains("\nrefused: 503 keys_unavailable: "), "{}", said.stdout);
    }
    assert!(!issuer.requests().iter().any(|request| request.contains("elsewhere")));
    drop(issuer);
    let said = explain(&folder, &ed_dsa(&url), &["--url", "https://api.example.com/"]);
    assert!(said.stdout.contains(": no response: "), "{}", said.stdout);
}

#[test]
fn the_platforms_keys_need_an_access_token() {
    let issuer = Issuer::start();
    let url = issuer.url();
    let folder = Folder::new("jtl");
    folder.write(
        "wrangler.toml",
        format!("kv_namespaces = [{{ binding = \"JWKS_CACHE\" }}]\n[vars.DRAWBRIDGE]\nproviders = [{{ name = \"jtl\", kind = \"jtl-session\", api_url = \"{url}\", auth_url = \"{url}\", client_id_secret_name = \"JTL_CLIENT_ID\", client_secret_secret_name = \"JTL_CLIENT_SECRET\" }}]\nupstreams.origin.url = \"https://backend.example.com\"\n"),
    );
    let claims = json!({"userId": "u", "tenantId": "t", "exp": NOW + 60});
    let token =
        Signer::ed_dsa().sign(br#"{"alg":"EdDSA","kid":"k"}"#, claims.to_string().as_bytes());
    let field = format!("X-Session-ID: {token}");
    let arguments =
        ["explain", "--now", "1800000000", "--url", "https://api.example.com/", "-H", &field];
    let said = folder.run(&arguments);
    shows_no_part_of(&token, &said);
    assert!(
        said.stdout.contains(
            "these keys need an access token, and the environment has no JTL_CLIENT_ID\n"
        ),
        "{}",
        said.stdout
    );
    assert!(issuer.requests().is_empty());

    issuer.every_page(|request| match request {
        "POST /oauth2/token" => {
            Page::json(json!({"access_token": "marked-token", "expires_in": 60}))
        }
        _ => Page::text(&Signer::ed_dsa().jwks("k")),
    });
    let mut command = folder.command(&arguments);
    command.env("JTL_CLIENT_ID", "me").env("JTL_CLIENT_SECRET", "marked-secret");
    let said = Said::of(command.output().unwrap());
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{}", said.stdout);
    assert!(!said.stdout.contains("marked"));
    assert!(said.stdout.contains("set: x-verified-tenant: t\n"), "{}", said.stdout);
    let requests = issuer.requests();
    assert!(requests[0].starts_with("POST ") && requests[1].starts_with("GET "), "{requests:?}");
    assert_eq!(issuer.authorizations(), ["Basic bWU6bWFya2VkLXNlY3JldA==", "Bearer marked-token"]);
}
