//! The reasons why a route does not decide about a request, for a user who expected that it would.

use super::Route;
use super::table::{Match, RouteTable};

/// Why a route does not decide about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// The path would match if case were ignored.
    Case,
    /// The route takes other methods.
    Method,
    /// The route matches, but another one is more specific, or just as specific.
    Outdone,
    /// The path does not match.
    Path,
    /// The route is public, and therefore only as written: with its trailing slash or without.
    Slash,
}

impl RouteTable {
    /// Returns why each route does not decide about a request, in the order of the file. The entry
    /// of the route that decides is `None`.
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
        // Whether the route would match if there were no other route.
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
mod tests;
