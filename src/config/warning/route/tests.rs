use serde_json::{Value, json};

use super::super::super::tests::minimal;
use crate::config::Config;

/// Returns the warnings of these routes: the place and the message of each.
fn warnings(routes: Value) -> Vec<(String, String)> {
    let mut document = minimal();
    document["public_url"] = json!("https://api.example.com");
    document["unmatched"] = json!("deny");
    document["routes"] = routes;
    let config = Config::parse([("DRAWBRIDGE", document.to_string().as_str())]).unwrap();
    let warnings = config.warnings().into_iter().filter(|one| one.place.starts_with("routes"));
    warnings.map(|warning| (warning.place, warning.message)).collect()
}

fn only(routes: Value) -> String {
    let warnings = warnings(routes);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    warnings[0].0.clone() + ": " + &warnings[0].1
}

#[test]
fn methods_that_fall_through_to_a_weaker_rule_are_named_with_the_rule() {
    let admin = json!({"users": ["admin"]});
    let named =
        json!({"path": "/admin/*", "methods": ["GET", "POST", "PUT", "DELETE"], "require": admin});
    let found = warnings(json!([named, {"path": "/*"}]));
    let expected = "has rules for some methods only; /*, which demands less, takes OPTIONS, PATCH, \
                    every other one, such as PROPFIND; add a rule for /admin/* without methods";
    assert!(found.contains(&("routes[0]".to_owned(), expected.to_owned())), "{found:?}");

    for safe in [
        // The wider rule demands as much.
        json!([named, {"path": "/*", "require": admin}]),
        // Another rule of the same path takes the other methods.
        json!([named, {"path": "/admin/*"}, {"path": "/*"}]),
        // No other rule takes them: 405.
        json!([named, {"path": "/orders/*"}]),
        // The named methods are the open ones.
        json!([{"path": "/admin", "methods": ["GET"], "access": "public"}, {"path": "/*"}]),
    ] {
        let about_methods = warnings(safe).into_iter().filter(|(_, text)| text.contains("methods"));
        assert_eq!(about_methods.count(), 0);
    }
}

#[test]
fn methods_of_two_rules_of_one_path_are_taken_together() {
    let routes = json!([
        {"path": "/a/{id}", "methods": ["GET"]},
        {"path": "/a/{other}", "methods": ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]},
        {"path": "/a/*", "access": "public"},
    ]);
    let about_methods: Vec<_> =
        warnings(routes).into_iter().filter(|(_, text)| text.contains("methods only")).collect();
    let [(place, text)] = &about_methods[..] else { panic!("{about_methods:?}") };
    assert_eq!(place, "routes[0]");
    assert!(text.contains("/a/*, which demands less, takes every other one, such as PROPFIND;"));
}

#[test]
fn a_rule_below_a_weaker_one_can_be_gone_around() {
    for (wider, demands) in [
        (json!({"path": "/*", "access": "public"}), "is public"),
        (json!({"path": "/*"}), "demands less"),
    ] {
        let routes = json!([{"path": "/Admin/*", "require": {"users": ["a"]}}, wider]);
        let expected = format!("lies below /*, which {demands}; a backend that serves a page at a");
        let found = warnings(routes);
        assert!(
            found.iter().any(|(place, text)| place == "routes[0]" && text.starts_with(&expected)),
            "{found:?}"
        );
    }
    for safe in [
        json!([{"path": "/admin/*"}, {"path": "/*", "require": {"users": ["a"]}}]),
        json!([{"path": "/a/*", "access": "public"}, {"path": "/b/*"}]),
        json!([{"path": "/A/*", "access": "public"}, {"path": "/a/x"}]),
        json!([{"path": "/a", "access": "public"}, {"path": "/a/*"}]),
    ] {
        assert_eq!(warnings(safe), []);
    }
}

#[test]
fn addresses_at_which_frameworks_serve_other_pages_are_named() {
    for path in ["/_next/*", "/shop/_next/*", "/_next/data/*", "/_next/data/{build}/*"] {
        let found = only(json!([{"path": path, "access": "public"}]));
        assert!(found.starts_with("routes[0]: opens /_next/data, where Next.js"), "{found}");
    }
    for path in ["/index.php/*", "/shop/index.php/{page}"] {
        let found = only(json!([{"path": path, "access": "public"}]));
        assert!(found.starts_with("routes[0]: opens every page of a PHP"), "{found}");
    }
    for path in ["/api/trpc/admin.delete", "/trpc/{router}/x", "/trpc/admin/*"] {
        let routes = json!([{"path": path}]);
        if path.contains('{') {
            assert_eq!(warnings(routes), []);
        } else {
            assert!(only(routes).starts_with("routes[0]: is for a part of a tRPC path;"));
        }
    }
    for path in [
        "/_next/{kind}",
        "/_next/static/*",
        "/_next/image",
        "/index.php",
        "/api/trpc/*",
        "/nextjs/*",
    ] {
        assert_eq!(warnings(json!([{"path": path, "access": "public"}])), [], "{path}");
        assert_eq!(warnings(json!([{"path": path}])), [], "{path}");
    }
}
