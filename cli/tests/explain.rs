//! `drawbridge explain`.

mod keys;
mod question;
mod request;

use serde_json::{Value, json};

use crate::folder::{Folder, Said};
use crate::signing::Signer;

/// The moment of every request here: 2027-01-15T08:00:00Z.
const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://mc-api.europe-west1.gcp.commercetools.com";

const CONFIGURATION: &str = r#"kv_namespaces = [{ binding = "JWKS_CACHE" }]
[vars.DRAWBRIDGE]
public_url = "https://api.example.com"
unmatched = "session"

[[vars.DRAWBRIDGE.providers]]
name = "mc"
kind = "merchant-center"
regions = ["gcp-eu"]

[[vars.DRAWBRIDGE.routes]]
path = "/healthz"
access = "public"

[[vars.DRAWBRIDGE.routes]]
path = "/orders/*"
methods = ["POST", "DELETE"]
require = { permissions_all = ["canManageOrders"] }

[vars.DRAWBRIDGE.upstreams.origin]
url = "https://backend.example.com/v1"
shared_secret = { header = "x-origin-secret", secret_name = "ORIGIN_SECRET" }
assertion = { signing_key_secret_name = "ASSERTION_KEY", audience = "https://backend.example.com" }
"#;

/// Returns a Merchant Center token with some claims changed.
fn token(changes: Value) -> String {
    let mut claims = json!({
        "iss": ISSUER, "aud": "https://api.example.com/carts", "sub": "user-1", "type": "exchange",
        "iat": NOW - 18, "exp": NOW + 42,
    });
    claims[format!("{ISSUER}/claims/project_key")] = json!("shop-eu");
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let signer = Signer::rs256();
    let header = json!({"alg": signer.algorithm(), "kid": "key-1", "typ": "JWT"});
    signer.sign(header.to_string().as_bytes(), claims.to_string().as_bytes())
}

/// Returns the token with another signature.
fn forge(token: &str) -> String {
    let (input, _) = token.rsplit_once('.').unwrap();
    format!("{input}.{}", "A".repeat(342))
}

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("wrangler.toml", CONFIGURATION).write("jwks.json", Signer::rs256().jwks("key-1"));
    folder
}

/// Explains a request with a token, and checks that no part of the token is shown.
fn explain(folder: &Folder, token: &str, arguments: &[&str]) -> Said {
    let authorization = format!("Authorization: Bearer {token}");
    let fixed = ["explain", "--now", "1800000000", "-H", &authorization];
    let said = folder.run(&[&fixed, arguments].concat());
    shows_no_part_of(token, &said);
    said
}

fn shows_no_part_of(token: &str, said: &Said) {
    for part in token.split('.').filter(|part| part.len() > 10) {
        assert!(!said.stdout.contains(part) && !said.stderr.contains(part), "{said:?}");
    }
}

#[test]
fn a_request_that_may_pass() {
    let folder = folder("passes");
    let said = explain(
        &folder,
        &token(json!({})),
        &[
            "--url",
            "https://api.example.com/carts?limit=5",
            "--jwks",
            "jwks.json",
            "-H",
            "X-Verified-User: admin",
            "-H",
            "Accept: */*",
        ],
    );
    said.is(
        0,
        r#"GET https://api.example.com/carts?limit=5
at 2027-01-15T08:00:00Z, with wrangler.toml

ok    path        /carts
ok    route       no route matches: a session of mc, to upstream origin
                  not: /healthz: another path
                  not: POST,DELETE /orders/*: another path
ok    credential  looked for: authorization: Bearer <token>
                  found: authorization: Bearer <token>
ok    token       alg: RS256
                  kid: "key-1"
                  typ: "JWT"
ok    issuer      in the token: "https://mc-api.europe-west1.gcp.commercetools.com"
                  https://mc-api.europe-west1.gcp.commercetools.com, provider mc
ok    key         https://mc-api.europe-west1.gcp.commercetools.com: from jwks.json
                  wanted: "key-1"
                  keys: "key-1" (RS256)
ok    signature   made by "key-1" (RS256)
ok    claims      exp: 2027-01-15T08:00:42Z, in 42 s
                  iat: 2027-01-15T07:59:42Z, 18 s ago
ok    provider    mc accepts it
                  expected aud: https://api.example.com/carts
                  found aud: https://api.example.com/carts
ok    requirement nothing more is required
ok    outcome     GET https://backend.example.com/v1/carts?limit=5
                  set: x-verified-provider: mc
                  set: x-verified-issuer: https://mc-api.europe-west1.gcp.commercetools.com
                  set: x-verified-user: user-1
                  set: x-verified-project: shop-eu
                  set: x-verified-expires: 1800000042
                  set: x-verified-assertion: <assertion>
                  set: x-forwarded-host: api.example.com
                  set: x-forwarded-proto: https
                  set: x-origin-secret: <ORIGIN_SECRET>
                  removed: authorization, x-verified-user
                  passed on: accept

header
  {
    "alg": "RS256",
    "kid": "key-1",
    "typ": "JWT"
  }

claims, signed by the issuer
  {
    "aud": "https://api.example.com/carts",
    "exp": 1800000042,
    "https://mc-api.europe-west1.gcp.commercetools.com/claims/project_key": "shop-eu",
    "iat": 1799999982,
    "iss": "https://mc-api.europe-west1.gcp.commercetools.com",
    "sub": "user-1",
    "type": "exchange"
  }

forwarded: GET https://backend.example.com/v1/carts?limit=5
"#,
    );
}

#[test]
fn the_step_that_refuses_is_the_last() {
    let folder = folder("refuses");
    let url = |path: &str| format!("https://api.example.com{path}");
    let good = token(json!({}));
    let forged = forge(&good);
    let alien = token(json!({"iss": "https://elsewhere.example"}));
    let future = token(json!({"iat": NOW + 90}));
    for (token, arguments, step, expected) in [
        (
            &good,
            &["--url", &url("/carts//x")][..],
            "path",
            "refused: 400 path_ambiguous: The path has an empty segment (//).",
        ),
        (&good, &["--url", &url("/orders/1")], "route", "refused: 405 method_not_allowed: "),
        (
            &good,
            &["--url", &url("/carts"), "-H", "Authorization: Bearer x"],
            "credential",
            "refused: 400 credential_ambiguous: ",
        ),
        (
            &"e30.e30.x".to_owned(),
            &["--url", &url("/carts")],
            "token",
            "refused: 401 token_malformed: ",
        ),
        (&forged, &["--url", &url("/carts")], "signature", "refused: 401 signature_invalid: "),
        (&alien, &["--url", &url("/carts")], "provider", "refused: 401 issuer_mismatch: "),
        (
            &token(json!({"exp": NOW - 65})),
            &["--url", &url("/carts")],
            "claims",
            "refused: 401 token_expired: The token expired 65 s ago.",
        ),
        (&future, &["--url", &url("/carts")], "claims", "refused: 401 token_not_yet_valid: "),
        (
            &good,
            &["--url", &url("/cart")],
            "provider",
            "refused: 401 audience_mismatch: The token's aud must be https://api.example.com/cart.",
        ),
        (
            &token(json!({"aud": "https://api.example.com/orders/1"})),
            &["--url", &url("/orders/1"), "-X", "POST"],
            "requirement",
            "refused: 403 permission_denied: The session lacks the permission canManageOrders.",
        ),
    ] {
        refuses(&folder, token, arguments, step, expected);
    }
}

/// Checks that the request stops at a step, in the text and in the JSON, and that the last line
/// begins as expected.
fn refuses(folder: &Folder, token: &str, arguments: &[&str], step: &str, expected: &str) {
    let jwks = ["--jwks", "jwks.json"];
    let said = explain(folder, token, &[arguments, &jwks].concat());
    assert_eq!((said.status, said.stderr.as_str()), (1, ""), "{said:?}");
    let last = said.stdout.lines().last().unwrap();
    assert!(last.starts_with(expected), "{last}");
    let stop = said.stdout.lines().find(|line| line.starts_with("stop")).unwrap();
    assert!(stop.starts_with(&format!("stop  {step} ")), "{}", said.stdout);
    let json = explain(folder, token, &[arguments, &jwks, &["--json"]].concat());
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let steps = json["steps"].as_array().unwrap();
    let (last, before) = steps.split_last().unwrap();
    assert_eq!((&last["step"], &last["passed"]), (&json!(step), &json!(false)));
    assert!(before.iter().all(|step| step["passed"] == true));
    let verdict = &json["verdict"];
    let text = format!("refused: {} {}: ", verdict["status"], verdict["code"].as_str().unwrap());
    assert!(expected.starts_with(&text), "{text}");
}

#[test]
fn a_wrong_audience_is_shown_beside_the_expected_one() {
    let said = explain(
        &folder("audience"),
        &token(json!({})),
        &["--url", "https://api.example.com/cart", "--jwks", "jwks.json"],
    );
    let part = r#"stop  provider    mc refuses it: audience_mismatch
                  expected aud: https://api.example.com/cart
                  found aud: https://api.example.com/carts
                  audience_mismatch: The token's aud must be https://api.example.com/cart.
not reached: requirement
"#;
    assert!(said.stdout.contains(part), "{}", said.stdout);
}

#[test]
fn an_expired_token_says_since_when() {
    let said = explain(
        &folder("expired"),
        &token(json!({"exp": NOW - 3_700, "nbf": "x"})),
        &["--url", "https://api.example.com/carts", "--jwks", "jwks.json"],
    );
    assert!(
        said.stdout.contains("claims      exp: 2027-01-15T06:58:20Z, 1 h 1 min ago\n"),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains("nbf: \"x\"\n"), "{}", said.stdout);
    assert!(said.stdout.contains("claims, signed by the issuer\n"), "{}", said.stdout);
}

#[test]
fn claims_without_a_signature_are_called_that() {
    let token = token(json!({}));
    let forged = forge(&token);
    let said = explain(
        &folder("forged"),
        &forged,
        &["--url", "https://api.example.com/carts", "--jwks", "jwks.json"],
    );
    assert!(
        said.stdout.contains("claims, not verified: anybody may have written them\n"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains("not reached: claims, provider, requirement\n"),
        "{}",
        said.stdout
    );
}

#[test]
fn what_is_no_forward_is_shown_too() {
    let folder = folder("answers");
    folder.write(
        "wrangler.toml",
        format!("{CONFIGURATION}[vars.DRAWBRIDGE.cors]\nallowed_origins = [\"https://app.example.com\"]\n[[vars.DRAWBRIDGE.routes]]\npath = \"/me\"\nrespond = \"session\"\n"),
    );
    let said = explain(
        &folder,
        &token(json!({"aud": "https://api.example.com/me"})),
        &["--url", "https://api.example.com/me", "--jwks", "jwks.json"],
    );
    assert_eq!(said.status, 0, "{}", said.stdout);
    assert!(said.stdout.contains("body: {\"expiresAt\":1800000042,"), "{}", said.stdout);
    assert!(said.stdout.ends_with("\nanswered at the edge: 200, the session\n"), "{}", said.stdout);
    let said = folder.run(&[
        "explain",
        "--url",
        "https://api.example.com/me",
        "-X",
        "OPTIONS",
        "-H",
        "Origin: https://app.example.com",
        "-H",
        "Access-Control-Request-Method: GET",
    ]);
    assert_eq!(said.status, 0);
    assert!(
        said.stdout.contains("header: access-control-allow-origin: https://app.example.com\n"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.ends_with("\nanswered at the edge: 204, the preflight's answer\n"),
        "{}",
        said.stdout
    );
    let said =
        folder.run(&["explain", "--url", "https://api.example.com/.well-known/drawbridge/health"]);
    assert!(
        said.stdout.ends_with("\nanswered at the edge: the state of the keys\n"),
        "{}",
        said.stdout
    );
    let said =
        folder.run(&["explain", "--url", "https://api.example.com/.well-known/drawbridge/x"]);
    assert_eq!(said.status, 1);
    assert!(
        said.stdout.contains("stop  own page    route_unknown: There is nothing at this path.\n"),
        "{}",
        said.stdout
    );
}

#[test]
fn an_invalid_configuration_refuses_everything() {
    let folder = folder("misconfigured");
    folder.write("wrangler.toml", CONFIGURATION.replace("gcp-eu", "gcp-er"));
    let said = folder.run(&["explain", "--url", "https://api.example.com/", "--now", "0"]);
    assert_eq!(said.status, 1);
    assert!(
        said.stderr
            .starts_with("wrangler.toml:9:12: error: providers[0].regions[0]: is \"gcp-er\""),
        "{}",
        said.stderr
    );
    assert_eq!(
        said.stdout,
        "GET https://api.example.com/\nat 1970-01-01T00:00:00Z, with wrangler.toml\n\nrefused: 500 misconfigured: The gateway's configuration is invalid; its log names every fault.\n",
    );
}

#[test]
fn what_a_token_holds_cannot_steer_the_terminal() {
    let folder = folder("steering-token");
    let token = token(json!({"sub": "a\u{1b}[2J\u{202e}b\u{9b}", "iss": "\u{9b}2J"}));
    for options in [&[][..], &["--json"]] {
        let said = explain(
            &folder,
            &token,
            &[&["--url", "https://api.example.com/%1b", "--jwks", "jwks.json"], options].concat(),
        );
        assert!(!said.stdout.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{:?}", said.stdout);
    }
}
