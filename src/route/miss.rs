//! Why routes do not decide about a request, for those who expected it of them.

use super::{Match, Route, RouteTable};

/// Why a route does not decide about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// Its path would match if case were ignored.
    Case,
    /// It takes other methods.
    Method,
    /// It matches, and another one is more specific, or as specific.
    Outdone,
    /// Its path is another.
    Path,
    /// It is public exactly as written: with a trailing slash, or without.
    Slash,
}

impl RouteTable {
    /// Why each route does not decide about a request, in the order of the file; `None` for the
    /// one that does.
    pub fn misses(&self, method: &str, path: &str) -> Vec<Option<Miss>> {
        let found = self.find(method, path);
        let decides = |route| matches!(found, Match::Route(found) if std::ptr::eq(found, route));
        let miss = |route: &Route| (!decides(route)).then(|| self.miss(route, method, path));
        self.routes.iter().map(miss).collect()
    }

    fn miss(&self, route: &Route, method: &str, path: &str) -> Miss {
        let other_slash = match path.strip_suffix('/') {
            Some(path) => path.to_owned(),
            None => format!("{path}/"),
        };
        // What it would say if there were no other.
        let finds = |ignore_case, path: &str| {
            let alone = Self::new(vec![route.clone()], ignore_case);
            alone.is_ok_and(|alone| alone.find(method, path) != Match::None)
        };
        let alone = Self::new(vec![route.clone()], self.ignore_case);
        match alone.as_ref().map(|alone| alone.find(method, path)) {
            Ok(Match::Ambiguous | Match::Route(_)) => Miss::Outdone,
            Ok(Match::MethodNotAllowed(_)) => Miss::Method,
            Ok(Match::None) | Err(_) if finds(true, path) => Miss::Case,
            Ok(Match::None) | Err(_) if finds(self.ignore_case, &other_slash) => Miss::Slash,
            Ok(Match::None) | Err(_) => Miss::Path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::Peculiarities;
    use crate::route::{Access, Action, Pattern};

    fn table(ignore_case: bool) -> RouteTable {
        let route = |text: &str| {
            let (methods, path) = text.split_once(' ').unwrap();
            let methods = (methods != "*").then(|| vec![methods.to_owned()]);
            let pattern = Pattern::parse(path).unwrap();
            let action = Action::RespondSession;
            Route {
                pattern,
                methods,
                access: Access::Public,
                action,
                admits: Peculiarities::default(),
            }
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
        assert_eq!(
            table(true).misses("GET", "/HEALTHZ"),
            [Some(Path), Some(Path), Some(Path), None]
        );
    }

    #[test]
    fn one_has_no_reason_exactly_where_it_decides() {
        let paths =
            ["/", "/orders", "/orders/", "/orders/new", "/ORDERS/a/b", "/healthz", "/Healthz/"];
        for ignore_case in [false, true] {
            let table = table(ignore_case);
            for (path, method) in paths.iter().flat_map(|path| [(path, "GET"), (path, "POST")]) {
                let decides =
                    table.misses(method, path).iter().filter(|miss| miss.is_none()).count();
                let found = matches!(table.find(method, path), Match::Route(_));
                assert_eq!(decides, usize::from(found), "{method} {path}");
            }
        }
    }
}
