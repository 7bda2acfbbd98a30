use super::*;
use crate::request::Quirks;
use crate::route::{Action, Pattern, Requirement};

fn route(text: &str) -> Route {
    let (methods, path) = match text.split_once(' ') {
        Some((methods, path)) => (Some(methods.split(',').map(str::to_owned).collect()), path),
        None => (None, text),
    };
    Route {
        pattern: Pattern::parse(path).unwrap(),
        methods,
        access: Access::Session {
            providers: vec![0],
            require: Requirement::default(),
            report_only: false,
        },
        action: Action::RespondSession,
        admits: Quirks::default(),
    }
}

fn public(text: &str) -> Route {
    Route { access: Access::Public, ..route(text) }
}

fn found(routes: Vec<Route>, ignore_case: bool, method: &str, path: &str) -> String {
    match RouteTable::new(routes, ignore_case).unwrap().find(method, path) {
        Match::Route(route) => match &route.methods {
            Some(methods) => format!("{} {}", methods.join(","), route.pattern),
            None => route.pattern.to_string(),
        },
        Match::Ambiguous => "ambiguous".into(),
        Match::MethodNotAllowed(methods) => format!("405 {}", methods.join(",")),
        Match::None => "none".into(),
    }
}

#[test]
fn the_most_specific_pattern_wins_in_any_order() {
    let patterns =
        ["/*", "/orders/*", "/orders/{id}", "/orders/new", "/{shop}/new", "/orders/{id}/lines/*"];
    for reversed in [false, true] {
        let mut routes: Vec<Route> = patterns.map(route).into();
        if reversed {
            routes.reverse();
        }
        for (path, expected) in [
            ("/", "/*"),
            ("/x", "/*"),
            ("/x/y", "/*"),
            ("/x/new", "/{shop}/new"),
            ("/orders", "/orders/*"),
            ("/orders/", "/orders/*"),
            ("/orders/7", "/orders/{id}"),
            ("/orders/7/", "/orders/{id}"),
            ("/orders/new", "/orders/new"),
            ("/orders/new/", "/orders/new"),
            ("/orders/new/x", "/orders/*"),
            ("/orders/7/lines", "/orders/{id}/lines/*"),
            ("/orders/new/lines", "/orders/{id}/lines/*"),
            ("/orders/7/lines/1/2", "/orders/{id}/lines/*"),
            ("/ordersx", "/*"),
            ("/Orders/new", "/{shop}/new"),
        ] {
            assert_eq!(found(routes.clone(), false, "GET", path), expected, "{path}");
        }
    }
}

#[test]
fn methods() {
    let routes: Vec<Route> =
        ["GET /a", "POST,DELETE /a", "/b", "POST /b", "HEAD /b", "PUT /c/*", "GET /c/x"]
            .map(route)
            .into();
    for (method, path, expected) in [
        ("GET", "/a", "GET /a"),
        ("HEAD", "/a", "GET /a"),
        ("POST", "/a", "POST,DELETE /a"),
        ("PUT", "/a", "405 GET,POST,DELETE"),
        ("get", "/a", "405 GET,POST,DELETE"),
        ("GET", "/b", "/b"),
        ("POST", "/b", "POST /b"),
        ("HEAD", "/b", "HEAD /b"),
        ("PUT", "/c/x", "PUT /c/*"),
        ("POST", "/c/x", "405 GET,PUT"),
        ("GET", "/d", "none"),
    ] {
        assert_eq!(found(routes.clone(), false, method, path), expected, "{method} {path}");
    }
}

#[test]
fn the_route_that_names_the_method_wins_in_any_order() {
    for patterns in [["POST /b", "/b", "HEAD /b"], ["HEAD /b", "POST /b", "/b"]] {
        let routes: Vec<Route> = patterns.map(route).into();
        for (method, expected) in [("POST", "POST /b"), ("HEAD", "HEAD /b"), ("GET", "/b")] {
            assert_eq!(found(routes.clone(), false, method, "/b"), expected, "{patterns:?}");
        }
    }
    let routes: Vec<Route> = ["HEAD /c", "GET /c"].map(route).into();
    assert_eq!(found(routes, false, "HEAD", "/c"), "HEAD /c");
}

#[test]
fn the_root_is_a_path_of_its_own() {
    let routes: Vec<Route> = ["/", "/a/*"].map(route).into();
    for (path, expected) in [("/", "/"), ("//", "none"), ("/a", "/a/*"), ("/b", "none")] {
        assert_eq!(found(routes.clone(), false, "GET", path), expected, "{path}");
    }
}

#[test]
fn ties_are_errors() {
    let ties = |patterns: &[&str]| {
        let routes = patterns.iter().map(|text| route(text)).collect();
        RouteTable::new(routes, true).err().unwrap_or_default()
    };
    assert_eq!(ties(&["/a", "/a"]), [(0, 1)]);
    assert_eq!(ties(&["/a", "/A"]), [(0, 1)]);
    assert_eq!(ties(&["/{x}/b", "/{y}/b"]), [(0, 1)]);
    assert_eq!(ties(&["/x/*", "GET /a", "POST,GET /a"]), [(1, 2)]);
    assert_eq!(ties(&["/a", "/a/", "/a/*", "/{a}", "GET /a", "POST /a"]), []);
}

#[test]
fn a_trailing_slash_does_not_lead_around_a_rule_nor_through_an_opening() {
    let protected = vec![route("/a"), route("/b/")];
    for (path, expected) in [("/a/", "/a"), ("/b", "/b/")] {
        assert_eq!(found(protected.clone(), false, "GET", path), expected);
    }
    let open = vec![public("/a"), public("/b/"), route("/*")];
    for (path, expected) in [("/a", "/a"), ("/a/", "/*"), ("/b/", "/b/"), ("/b", "/*")] {
        assert_eq!(found(open.clone(), false, "GET", path), expected);
    }
}

#[test]
fn a_trailing_slash_that_two_rules_read_differently_is_ambiguous() {
    let strict = |path| {
        let mut strict = route(path);
        if let Access::Session { require, .. } = &mut strict.access {
            require.users.push("admin".into());
        }
        strict
    };
    for routes in [vec![route("/a"), strict("/a/*")], vec![strict("/a"), route("/a/*")]] {
        assert_eq!(found(routes.clone(), false, "GET", "/a"), "/a");
        assert_eq!(found(routes.clone(), false, "GET", "/a/b"), "/a/*");
        assert_eq!(found(routes, false, "GET", "/a/"), "ambiguous");
    }
    let named = vec![route("/a"), route("/a/"), strict("/a/*")];
    assert_eq!(found(named, false, "GET", "/a/"), "/a/");
    assert_eq!(found(vec![public("/a"), strict("/a/*")], false, "GET", "/a/"), "/a/*");
}

#[test]
fn case_is_ignored_on_demand() {
    let routes = vec![route("/Orders/{id}")];
    assert_eq!(found(routes.clone(), true, "GET", "/oRDERS/X"), "/Orders/{id}");
    assert_eq!(found(routes, false, "GET", "/orders/X"), "none");
    let routes = vec![route("/keys"), route("/session"), route("/caf%C3%A9"), route("/%C3%84")];
    for (path, expected) in [
        ("/%E2%84%AAeys", "/keys"),
        ("/%C5%BFe%C5%BF%C5%BFion", "/session"),
        ("/CAF%C3%89", "/caf%C3%A9"),
        ("/%C3%A4", "/%C3%84"),
        ("/100%25", "none"),
    ] {
        assert_eq!(found(routes.clone(), true, "GET", path), expected, "{path}");
    }
}

#[test]
fn open_segments_are_not_empty() {
    let routes = vec![route("/a/{id}"), route("/b/*")];
    assert_eq!(found(routes.clone(), false, "GET", "/a/"), "none");
    assert_eq!(found(routes.clone(), false, "GET", "/a//"), "none");
    assert_eq!(found(routes, false, "GET", "/b//c"), "/b/*");
}

#[test]
fn a_table_shows_its_routes() {
    for ignore_case in [false, true] {
        let table = RouteTable::new(vec![route("/b"), route("/a")], ignore_case).unwrap();
        assert_eq!(table.ignores_case(), ignore_case);
        assert_eq!(table.routes(), [route("/b"), route("/a")]);
    }
}

#[test]
fn routes_are_alike_that_do_the_same_for_the_same() {
    let plain = route("/a");
    let forward = Action::Forward { upstream: 0, with_token: false };
    let admits = Quirks { parameter: true, ..Quirks::default() };
    assert!(plain.treats_alike(&route("GET /b")));
    for other in [
        public("/a"),
        Route { action: forward, ..plain.clone() },
        Route { admits, ..plain.clone() },
    ] {
        assert!(!plain.treats_alike(&other) && !other.treats_alike(&plain), "{other:?}");
    }
}
