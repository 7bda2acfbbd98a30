//! The reasons why a route does not decide about a request, for a user who expected that it would.

use super::table::{AsWritten, Match, RouteTable};
use super::{Deciding, Route};

/// Why a route does not decide about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// The path would match if case were ignored. Case counts for a public route, and in a
    /// case-sensitive table.
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
    /// of a route that decides is `None`.
    pub fn misses(&self, method: &str, path: &str) -> Vec<Option<Miss>> {
        let found = self.find(method, path);
        let decides = |route: &Route| match found {
            Match::Route(Deciding { route: found, as_written }) => {
                std::iter::once(found).chain(as_written).any(|found| std::ptr::eq(found, route))
            }
            _ => false,
        };
        let miss = |route: &Route| (!decides(route)).then(|| self.miss(route, method, path));
        self.routes.iter().map(miss).collect()
    }

    fn miss(&self, route: &Route, method: &str, path: &str) -> Miss {
        let other_slash = match path.strip_suffix('/') {
            Some(path) => path.to_owned(),
            None => format!("{path}/"),
        };
        // What would be found if there were no other route.
        let find = |case_sensitive, as_written, path: &str| {
            let alone = Self::new(vec![route.clone()], case_sensitive);
            alone.map_or(0, |alone| match alone.search(method, path, as_written) {
                Match::Ambiguous(_) | Match::Route(_) => 2,
                Match::MethodNotAllowed(_) => 1,
                Match::None => 0,
            })
        };
        match find(self.case_sensitive, AsWritten::Public, path) {
            2 => Miss::Outdone,
            1 => Miss::Method,
            _ if find(false, AsWritten::Nobody, path) > 0 => Miss::Case,
            _ if find(self.case_sensitive, AsWritten::Public, &other_slash) > 0 => Miss::Slash,
            _ => Miss::Path,
        }
    }
}

#[cfg(test)]
mod tests;
