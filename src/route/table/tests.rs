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

/// The spelling of patterns counts only if `case_sensitive` is true.
fn found(routes: Vec<Route>, case_sensitive: bool, method: &str, path: &str) -> String {
    let name = |route: &Route| match &route.methods {
        Some(methods) => format!("{} {}", methods.join(","), route.pattern),
        None => route.pattern.to_string(),
    };
    match RouteTable::new(routes, case_sensitive).unwrap().find(method, path) {
        Match::Route(Deciding { route, as_written: None }) => name(route),
        Match::Route(Deciding { route, as_written: Some(written) }) => {
            format!("{} and {}", name(route), name(written))
        }
        Match::Ambiguous(Ambiguity::Slash) => "ambiguous".into(),
        Match::Ambiguous(Ambiguity::Case) => "ambiguous case".into(),
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
            assert_eq!(found(routes.clone(), true, "GET", path), expected, "{path}");
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
        assert_eq!(found(routes.clone(), true, method, path), expected, "{method} {path}");
    }
}

#[test]
fn the_route_that_names_the_method_wins_in_any_order() {
    for patterns in [["POST /b", "/b", "HEAD /b"], ["HEAD /b", "POST /b", "/b"]] {
        let routes: Vec<Route> = patterns.map(route).into();
        for (method, expected) in [("POST", "POST /b"), ("HEAD", "HEAD /b"), ("GET", "/b")] {
            assert_eq!(found(routes.clone(), true, method, "/b"), expected, "{patterns:?}");
        }
    }
    let routes: Vec<Route> = ["HEAD /c", "GET /c"].map(route).into();
    assert_eq!(found(routes, true, "HEAD", "/c"), "HEAD /c");
}

#[test]
fn the_root_is_a_path_of_its_own() {
    let routes: Vec<Route> = ["/", "/a/*"].map(route).into();
    for (path, expected) in [("/", "/"), ("//", "none"), ("/a", "/a/*"), ("/b", "none")] {
        assert_eq!(found(routes.clone(), true, "GET", path), expected, "{path}");
    }
}

#[test]
fn ties_are_errors() {
    let ties = |case_sensitive, patterns: &[&str]| {
        let of = |text: &&str| match text.strip_prefix('+') {
            Some(text) => public(text),
            None => route(text),
        };
        let routes = patterns.iter().map(of).collect();
        RouteTable::new(routes, case_sensitive).err().unwrap_or_default()
    };
    for case_sensitive in [false, true] {
        assert_eq!(ties(case_sensitive, &["/a", "/a"]), [(0, 1)]);
        assert_eq!(ties(case_sensitive, &["/{x}/b", "/{y}/b"]), [(0, 1)]);
        assert_eq!(ties(case_sensitive, &["/x/*", "GET /a", "POST,GET /a"]), [(1, 2)]);
        assert_eq!(ties(case_sensitive, &["/a", "/a/", "/a/*", "/{a}", "GET /a", "POST /a"]), []);
    }
    // Two spellings of one path, of which not both are public.
    for patterns in [
        ["/a", "/A"],
        ["+/a", "/A"],
        ["/a", "+/A"],
        ["/{x}/b/*", "/{y}/B/*"],
        ["GET /a", "/A"],
        ["/a", "+GET /A"],
        ["GET /a", "GET,PUT /A"],
        ["/%C5%BF/", "/s/"],
    ] {
        assert_eq!(ties(false, &patterns), [(0, 1)], "{patterns:?}");
        assert_eq!(ties(true, &patterns), [], "{patterns:?}");
    }
    for patterns in [["+/a", "+/A"], ["GET /a", "PUT /A"], ["/a", "/A/"]] {
        assert_eq!(ties(false, &patterns), [], "{patterns:?}");
    }
}

#[test]
fn a_trailing_slash_does_not_lead_around_a_rule_nor_through_an_opening() {
    let protected = vec![route("/a"), route("/b/")];
    for (path, expected) in [("/a/", "/a"), ("/b", "/b/")] {
        assert_eq!(found(protected.clone(), true, "GET", path), expected);
    }
    let open = vec![public("/a"), public("/b/"), route("/*")];
    for (path, expected) in [("/a", "/a"), ("/a/", "/*"), ("/b/", "/b/"), ("/b", "/*")] {
        assert_eq!(found(open.clone(), true, "GET", path), expected);
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
        assert_eq!(found(routes.clone(), true, "GET", "/a"), "/a");
        assert_eq!(found(routes.clone(), true, "GET", "/a/b"), "/a/*");
        assert_eq!(found(routes, true, "GET", "/a/"), "ambiguous");
    }
    let named = vec![route("/a"), route("/a/"), strict("/a/*")];
    assert_eq!(found(named, true, "GET", "/a/"), "/a/");
    assert_eq!(found(vec![public("/a"), strict("/a/*")], true, "GET", "/a/"), "/a/*");
}

#[test]
fn a_route_that_demands_a_session_ignores_case() {
    let routes = vec![route("/Orders/{id}")];
    assert_eq!(found(routes.clone(), false, "GET", "/oRDERS/X"), "/Orders/{id}");
    assert_eq!(found(routes, true, "GET", "/orders/X"), "none");
    let routes = vec![route("/keys"), route("/session"), route("/caf%C3%A9"), route("/%C3%84")];
    for (path, expected) in [
        ("/%E2%84%AAeys", "/keys"),
        ("/%C5%BFe%C5%BF%C5%BFion", "/session"),
        ("/CAF%C3%89", "/caf%C3%A9"),
        ("/%C3%A4", "/%C3%84"),
        ("/100%25", "none"),
    ] {
        assert_eq!(found(routes.clone(), false, "GET", path), expected, "{path}");
    }
}

#[test]
fn a_public_route_matches_as_written() {
    let routes = vec![public("/orders/status"), route("/orders/*"), public("/Files/*")];
    for (path, expected) in [
        ("/orders/status", "/orders/status"),
        ("/orders/STATUS", "/orders/*"),
        ("/ORDERS/status", "/orders/*"),
        ("/orders/%C5%BFtatu%C5%BF", "/orders/*"),
        ("/Files/A", "/Files/*"),
        ("/files/A", "none"),
    ] {
        assert_eq!(found(routes.clone(), false, "DELETE", path), expected, "{path}");
    }
}

#[test]
fn a_protective_route_ignores_case_below_a_public_one() {
    let forward = Action::Forward { upstream: 0, with_token: false };
    let public = Route { action: forward, ..public("/*") };
    let routes = vec![public, Route { action: forward, ..route("/api/*") }];
    for path in ["/api/data", "/API/data", "/aPi/", "/Api"] {
        assert_eq!(found(routes.clone(), false, "GET", path), "/api/*", "{path}");
    }
    assert_eq!(found(routes.clone(), false, "GET", "/apis"), "/*");
    assert_eq!(found(routes, true, "GET", "/API/data"), "/*");
}

#[test]
fn a_route_that_ignores_case_adds_its_demands_to_those_as_written() {
    let strict = |path, user: &str| {
        let mut strict = route(path);
        if let Access::Session { require, .. } = &mut strict.access {
            require.users.push(user.into());
        }
        strict
    };
    for routes in [
        vec![strict("/*", "a"), route("/reports/*")],
        vec![route("/*"), strict("/reports/*", "a")],
        vec![strict("/*", "a"), strict("/reports/*", "b")],
    ] {
        for (path, expected) in [
            ("/reports/x", "/reports/*"),
            ("/REPORTS/x", "/reports/* and /*"),
            ("/report%C5%BF/x", "/reports/* and /*"),
            ("/x", "/*"),
        ] {
            assert_eq!(found(routes.clone(), false, "GET", path), expected, "{path}");
        }
    }
}

#[test]
fn a_path_that_would_go_elsewhere_in_another_case_is_ambiguous() {
    let to = |upstream, with_token, route: Route| Route {
        action: Action::Forward { upstream, with_token },
        ..route
    };
    let api = || to(0, false, route("/api/*"));
    for other in [
        to(1, false, route("/*")),
        to(0, true, route("/*")),
        route("/*"),
        to(1, false, public("/*")),
    ] {
        let routes = vec![api(), other];
        assert_eq!(found(routes.clone(), false, "GET", "/API/x"), "ambiguous case");
        assert_eq!(found(routes.clone(), false, "GET", "/api/x"), "/api/*");
        assert_eq!(found(routes, true, "GET", "/API/x"), "/*");
    }
}

#[test]
fn a_path_that_has_other_methods_as_written_has_no_more_in_another_case() {
    let routes: Vec<Route> = ["GET /Reports/*", "/reports/{id}"].map(route).into();
    assert_eq!(found(routes.clone(), false, "DELETE", "/Reports/x"), "405 GET");
    assert_eq!(found(routes.clone(), false, "DELETE", "/reports/x"), "/reports/{id}");
    assert_eq!(found(routes, false, "GET", "/Reports/x"), "/reports/{id} and GET /Reports/*");
}

#[test]
fn a_path_that_no_session_may_use_in_both_cases_is_ambiguous() {
    let of = |path, these: &[usize]| {
        let mut route = route(path);
        if let Access::Session { providers, .. } = &mut route.access {
            *providers = these.into();
        }
        route
    };
    let find = |a: &[usize], b: &[usize]| {
        found(vec![of("/*", a), of("/api/*", b)], false, "GET", "/API/x")
    };
    assert_eq!(find(&[0], &[1]), "ambiguous case");
    assert_eq!(find(&[0, 1], &[1]), "/api/* and /*");
}

#[test]
fn both_routes_must_admit_a_quirk() {
    let parameter = Quirks { parameter: true, ..Quirks::default() };
    let admitting = |path| Route { admits: parameter, ..route(path) };
    for (routes, expected) in [
        (vec![admitting("/*"), admitting("/api/*")], parameter),
        (vec![admitting("/*"), route("/api/*")], Quirks::default()),
        (vec![route("/*"), admitting("/api/*")], Quirks::default()),
    ] {
        let table = RouteTable::new(routes, false).unwrap();
        let Match::Route(deciding) = table.find("GET", "/API/x;y") else { panic!() };
        assert_eq!(deciding.admits(), expected);
    }
}

#[test]
fn open_segments_are_not_empty() {
    let routes = vec![route("/a/{id}"), route("/b/*")];
    assert_eq!(found(routes.clone(), true, "GET", "/a/"), "none");
    assert_eq!(found(routes.clone(), true, "GET", "/a//"), "none");
    assert_eq!(found(routes, true, "GET", "/b//c"), "/b/*");
}

#[test]
fn a_table_shows_its_routes() {
    for case_sensitive in [false, true] {
        let table = RouteTable::new(vec![route("/b"), route("/a")], case_sensitive).unwrap();
        assert_eq!(table.is_case_sensitive(), case_sensitive);
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
