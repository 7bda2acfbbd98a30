//! What `explain` says of a request's path and fields.

use serde_json::json;

use super::{CONFIGURATION, explain, folder, token};

const JWKS: [&str; 2] = ["--jwks", "jwks.json"];

#[test]
fn why_routes_do_not_match_is_said() {
    let folder = folder("routes");
    folder.write(
        "wrangler.toml",
        CONFIGURATION.replace("[vars.DRAWBRIDGE.upstreams", "[[vars.DRAWBRIDGE.routes]]\npath = \"/orders/{id}\"\naccess = \"public\"\n[vars.DRAWBRIDGE.upstreams"),
    );
    for (method, path, expected) in [
        (
            "GET",
            "/healthz",
            "route       /healthz: public, to upstream origin\n                  not: POST,DELETE /orders/*: another path\n                  not: /orders/{id}: another path\n",
        ),
        (
            "GET",
            "/Healthz",
            "not: /healthz: differs in case, which counts for public routes and with case_sensitive = true\n",
        ),
        (
            "GET",
            "/healthz/",
            "not: /healthz: public exactly as written, but for the trailing slash\n",
        ),
        (
            "POST",
            "/orders/1",
            "not: POST,DELETE /orders/*: matches, but is not the most specific\n",
        ),
        ("GET", "/orders/1/2", "not: POST,DELETE /orders/*: takes other methods\n"),
    ] {
        let url = format!("https://api.example.com{path}");
        let said =
            folder.run(&["explain", "--url", &url, "--method", method, "--jwks", "jwks.json"]);
        assert!(said.stdout.contains(expected), "{method} {path}\n{}", said.stdout);
    }
}

#[test]
fn a_path_in_another_case_shows_both_rules() {
    let folder = folder("case");
    let rules = "[[vars.DRAWBRIDGE.routes]]\npath = \"/{any}/x\"\nrequire = { users = [\"user-1\"] }\n\n[vars.DRAWBRIDGE.upstreams.origin]";
    folder
        .write("wrangler.toml", CONFIGURATION.replace("[vars.DRAWBRIDGE.upstreams.origin]", rules));
    let token = token(json!({"aud": "https://api.example.com/Orders/x"}));
    let url = ["--method", "POST", "--url", "https://api.example.com/Orders/x"];
    let said = explain(&folder, &token, &[&url[..], &JWKS].concat());
    assert!(
        said.stdout.contains(
            "ok    route       POST,DELETE /orders/*: a session of mc, to upstream origin\n                  \
             and as written: /{any}/x: a session of mc, to upstream origin\n                  \
             not: /healthz: another path\n"
        ),
        "{}",
        said.stdout
    );
    let refused =
        "refused: 403 permission_denied: The session lacks the permission canManageOrders.";
    assert!(said.stdout.contains(refused), "{}", said.stdout);
    assert_eq!(said.status, 1);
}

#[test]
fn fields_that_keep_a_request_from_being_sent_are_named() {
    let folder = folder("fields");
    let token = token(json!({}));
    let url = ["--url", "https://api.example.com/carts"];
    let said = explain(
        &folder,
        &token,
        &[&url[..], &JWKS, &["-H", "X_HTTP.Method-Override: DELETE"]].concat(),
    );
    assert_eq!(said.status, 1);
    assert!(said.stdout.contains("refused: 400 method_ambiguous: "), "{}", said.stdout);

    let names: Vec<String> = (0..128).map(|index| format!("x-{index}: 1")).collect();
    let many: Vec<&str> = names.iter().flat_map(|name| ["-H", name.as_str()]).collect();
    let said = explain(&folder, &token, &[&url[..], &JWKS, &many].concat());
    assert_eq!(said.status, 1);
    assert!(said.stdout.contains("refused: 431 headers_too_many: "), "{}", said.stdout);
    let said = explain(&folder, &token, &[&url[..], &JWKS, &many[2..]].concat());
    assert_eq!(said.status, 0, "{}", said.stdout);

    // Many lines of one name are one field.
    let repeated = ["-H", "a:"].repeat(900);
    let said = explain(&folder, &token, &[&url[..], &JWKS, &repeated].concat());
    assert_eq!(said.status, 0, "{}", said.stdout);
}
