use super::*;
use crate::request::Quirks;
use crate::route::{Access, Action, Pattern, Requirement};

fn table(public: bool, case_sensitive: bool) -> RouteTable {
    let session = || Access::Session {
        providers: vec![0],
        require: Requirement::default(),
        report_only: false,
    };
    let route = |text: &str| {
        let (methods, path) = text.split_once(' ').unwrap();
        let methods = (methods != "*").then(|| vec![methods.to_owned()]);
        let pattern = Pattern::parse(path).unwrap();
        let access = if public { Access::Public } else { session() };
        let action = Action::RespondSession;
        Route { pattern, methods, access, action, admits: Quirks::default() }
    };
    let routes = ["* /orders/*", "POST /orders/{id}", "GET /orders/new", "* /Healthz"];
    RouteTable::new(routes.map(route).into(), case_sensitive).unwrap()
}

#[test]
fn every_route_but_one_has_a_reason() {
    use Miss::{Case, Method, Outdone, Path, Slash};
    for (method, path, expected) in [
        ("GET", "/orders/new", [Some(Outdone), Some(Method), None, Some(Path)]),
        ("POST", "/orders/new", [Some(Outdone), None, Some(Method), Some(Path)]),
        ("GET", "/orders", [None, Some(Path), Some(Path), Some(Path)]),
        ("GET", "/orders/new/", [None, Some(Slash), Some(Slash), Some(Path)]),
        ("GET", "/healthz", [Some(Path), Some(Path), Some(Path), Some(Case)]),
        ("GET", "/Healthz/", [Some(Path), Some(Path), Some(Path), Some(Slash)]),
        ("GET", "/", [Some(Path); 4]),
    ] {
        for case_sensitive in [false, true] {
            let misses = table(true, case_sensitive).misses(method, path);
            assert_eq!(misses, expected, "{method} {path}");
        }
    }
    for (case_sensitive, last) in [(false, None), (true, Some(Case))] {
        let misses = table(false, case_sensitive).misses("GET", "/HEALTHZ");
        assert_eq!(misses, [Some(Path), Some(Path), Some(Path), last]);
    }
}

#[test]
fn one_has_no_reason_exactly_where_it_decides() {
    let paths = ["/", "/orders", "/orders/", "/orders/new", "/ORDERS/a/b", "/healthz", "/Healthz/"];
    for public in [false, true] {
        let table = table(public, false);
        for (path, method) in paths.iter().flat_map(|path| [(path, "GET"), (path, "POST")]) {
            let decide = table.misses(method, path).iter().filter(|miss| miss.is_none()).count();
            let expected = match table.find(method, path) {
                Match::Route(Deciding { as_written: Some(_), .. }) => 2,
                Match::Route(_) => 1,
                _ => 0,
            };
            assert_eq!(decide, expected, "{method} {path}");
        }
    }
}
