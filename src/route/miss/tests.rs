use super::*;
use crate::request::Quirks;
use crate::route::{Access, Action, Pattern};

fn table(ignore_case: bool) -> RouteTable {
    let route = |text: &str| {
        let (methods, path) = text.split_once(' ').unwrap();
        let methods = (methods != "*").then(|| vec![methods.to_owned()]);
        let pattern = Pattern::parse(path).unwrap();
        let action = Action::RespondSession;
        Route { pattern, methods, access: Access::Public, action, admits: Quirks::default() }
    };
    let routes = ["* /orders/*", "POST /orders/{id}", "GET /orders/new", "* /Healthz"];
    RouteTable::new(routes.map(route).into(), ignore_case).unwrap()
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
        assert_eq!(table(false).misses(method, path), expected, "{method} {path}");
    }
    assert_eq!(table(true).misses("GET", "/HEALTHZ"), [Some(Path), Some(Path), Some(Path), None]);
}

#[test]
fn one_has_no_reason_exactly_where_it_decides() {
    let paths = ["/", "/orders", "/orders/", "/orders/new", "/ORDERS/a/b", "/healthz", "/Healthz/"];
    for ignore_case in [false, true] {
        let table = table(ignore_case);
        for (path, method) in paths.iter().flat_map(|path| [(path, "GET"), (path, "POST")]) {
            let decides = table.misses(method, path).iter().filter(|miss| miss.is_none()).count();
            let found = matches!(table.find(method, path), Match::Route(_));
            assert_eq!(decides, usize::from(found), "{method} {path}");
        }
    }
}
