//! The table that finds the most specific route for a request.

use std::collections::BTreeMap;

use super::pattern::{End, Segment};
use super::{Access, Deciding, Route};
use crate::request::folded;

/// The routes, ordered by their patterns.
#[derive(Clone, Debug)]
pub struct RouteTable {
    pub(super) routes: Vec<Route>,
    pub(super) case_sensitive: bool,
    root: Node,
}

/// What the table says about a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Match<'t> {
    /// Two routes claim the path, and a backend could follow either.
    Ambiguous(Ambiguity),
    /// These routes apply.
    Route(Deciding<'t>),
    /// The path matches, but only with these methods.
    MethodNotAllowed(Vec<String>),
    /// No route matches the path.
    None,
}

/// The reason why two routes claim one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambiguity {
    /// One matches the path as written, the other if case is ignored. They send the request to
    /// different places, or no session fulfils both.
    Case,
    /// One has a trailing slash and the other has none. A backend that ignores trailing slashes sees
    /// the same path.
    Slash,
}

/// Which routes match a path only as written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AsWritten {
    Every,
    Public,
    Nobody,
}

/// The routes by segment. Leaves hold indices of routes.
#[derive(Clone, Debug, Default)]
struct Node {
    fixed: BTreeMap<String, Node>,
    any: Option<Box<Node>>,
    plain: Vec<usize>,
    slash: Vec<usize>,
    below: Vec<usize>,
}

impl RouteTable {
    /// Makes the table of these routes.
    ///
    /// # Errors
    /// Returns the indices of each pair of routes of which neither is more specific.
    pub fn new(routes: Vec<Route>, case_sensitive: bool) -> Result<Self, Vec<(usize, usize)>> {
        let mut root = Node::default();
        let mut ties = Vec::new();
        for (index, route) in routes.iter().enumerate() {
            let mut node = &mut root;
            for segment in &route.pattern.segments {
                node = match segment {
                    Segment::Fixed(text) => {
                        node.fixed.entry(folded(text, !case_sensitive)).or_default()
                    }
                    Segment::Any => node.any.get_or_insert_default(),
                };
            }
            let leaf = match route.pattern.end {
                End::Plain => &mut node.plain,
                End::Slash => &mut node.slash,
                End::Below => &mut node.below,
            };
            let tied =
                |other: &&usize| routes.get(**other).is_some_and(|other| are_tied(route, other));
            ties.extend(leaf.iter().find(tied).map(|other| (*other, index)));
            leaf.push(index);
        }
        if ties.is_empty() { Ok(Self { routes, case_sensitive, root }) } else { Err(ties) }
    }

    /// Returns whether case counts for every route, not only for public ones.
    pub fn is_case_sensitive(&self) -> bool {
        self.case_sensitive
    }

    /// Returns the routes in the order of the file.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Finds the most specific route for a method and a path in normal form. The first segment in
    /// which two patterns differ decides: fixed text comes before `{…}`, and `{…}` before `*`.
    ///
    /// If the route matches only because it ignores case, the most specific route for the path as
    /// written decides, too. So a route that ignores case can only add demands.
    pub fn find(&self, method: &str, path: &str) -> Match<'_> {
        let found = self.search(method, path, AsWritten::Public);
        let Match::Route(Deciding { route, .. }) = found else { return found };
        // Public routes match as written.
        if self.case_sensitive
            || route.access == Access::Public
            || route.pattern.is_written_as(&segments(path).0)
        {
            return found;
        }
        match self.search(method, path, AsWritten::Every) {
            Match::Route(Deciding { route: written, .. }) => {
                let both = Deciding::both(route, written);
                both.map_or(Match::Ambiguous(Ambiguity::Case), Match::Route)
            }
            // A path that rules name as written has no other methods in another case.
            refused @ (Match::Ambiguous(_) | Match::MethodNotAllowed(_)) => refused,
            Match::None => found,
        }
    }

    /// Finds the most specific route. `as_written` says which routes do not ignore case.
    pub(super) fn search(&self, method: &str, path: &str, as_written: AsWritten) -> Match<'_> {
        let folded = folded(path, !self.case_sensitive);
        let (written, slash) = segments(path);
        let mut search = Search {
            table: self,
            method,
            written: &written,
            as_written,
            slash,
            ambiguous: false,
            allowed: Vec::new(),
        };
        match search.node(&self.root, &segments(&folded).0) {
            _ if search.ambiguous => Match::Ambiguous(Ambiguity::Slash),
            Some(route) => Match::Route(Deciding::alone(route)),
            None if search.allowed.is_empty() => Match::None,
            None => Match::MethodNotAllowed(search.allowed),
        }
    }
}

/// Returns the segments of a path, and whether a slash follows them.
fn segments(path: &str) -> (Vec<&str>, bool) {
    let path = path.strip_prefix('/').unwrap_or(path);
    match path.strip_suffix('/') {
        Some(path) => (path.split('/').collect(), true),
        None if path.is_empty() => (Vec::new(), false),
        None => (path.split('/').collect(), false),
    }
}

struct Search<'t, 'r> {
    table: &'t RouteTable,
    method: &'r str,
    /// The segments of the path as written.
    written: &'r [&'r str],
    as_written: AsWritten,
    slash: bool,
    ambiguous: bool,
    allowed: Vec<String>,
}

impl<'t> Search<'t, '_> {
    /// Searches below a node. Every node lies at one depth, so each is visited at most once.
    fn node(&mut self, node: &'t Node, segments: &[&str]) -> Option<&'t Route> {
        let found = match segments.split_first() {
            None => {
                let (same, other) = match self.slash {
                    true => (&node.slash, &node.plain),
                    false => (&node.plain, &node.slash),
                };
                self.leaf(same, false).or_else(|| {
                    let other = self.leaf(other, true)?;
                    let below = self.leaf(&node.below, false);
                    self.ambiguous |= below.is_some_and(|below| !below.treats_alike(other));
                    Some(other)
                })
            }
            Some((first, rest)) => {
                let fixed = node.fixed.get(*first).and_then(|child| self.node(child, rest));
                fixed.or_else(|| {
                    let child = node.any.as_deref().filter(|_| !first.is_empty())?;
                    self.node(child, rest)
                })
            }
        };
        found.or_else(|| self.leaf(&node.below, false))
    }

    /// Returns the most specific route of a leaf that takes the method, and notes the methods of
    /// the routes that do not take it. `other_slash` says that the path's trailing slash differs
    /// from the pattern's.
    ///
    /// A backend may ignore a trailing slash, so a rule that protects `/admin` protects `/admin/`,
    /// too. A rule that opens a path opens exactly that path.
    fn leaf(&mut self, leaf: &[usize], other_slash: bool) -> Option<&'t Route> {
        let routes = leaf.iter().filter_map(|index| self.table.routes.get(*index));
        let routes = routes.filter(|route| {
            let is_public = route.access == Access::Public;
            let only_as_written = match self.as_written {
                AsWritten::Every => true,
                AsWritten::Public => is_public,
                AsWritten::Nobody => false,
            };
            !(other_slash && is_public)
                && (!only_as_written || route.pattern.is_written_as(self.written))
        });
        let mut best = None;
        for route in routes {
            let rank = route.methods.as_ref().map_or(Some(2), |methods| {
                let has = |name| methods.iter().any(|method| method == name);
                if has(self.method) {
                    Some(0)
                } else {
                    (self.method == "HEAD" && has("GET")).then_some(1)
                }
            });
            match rank {
                Some(rank) if best.is_none_or(|(least, _)| rank < least) => {
                    best = Some((rank, route))
                }
                Some(_) => {}
                None => self.allowed.extend(route.methods.iter().flatten().cloned()),
            }
        }
        best.map(|(_, route)| route)
    }
}

/// Returns whether some request matches both routes of one leaf and neither route is more specific.
///
/// Two spellings of one path are two paths to public routes only. If the spellings differ, a route
/// that names its methods is not more specific either: a backend that ignores case takes both for
/// one path.
fn are_tied(a: &Route, b: &Route) -> bool {
    if a.pattern.is_same_as(&b.pattern) {
        return match (&a.methods, &b.methods) {
            (None, None) => true,
            (Some(a), Some(b)) => share_one(a, b),
            _ => false,
        };
    }
    let are_public = a.access == Access::Public && b.access == Access::Public;
    !are_public
        && match (&a.methods, &b.methods) {
            (Some(a), Some(b)) => share_one(a, b),
            _ => true,
        }
}

fn share_one(a: &[String], b: &[String]) -> bool {
    a.iter().any(|method| b.contains(method))
}

#[cfg(test)]
mod tests;
