//! The table that finds the most specific route for a request.

use std::collections::BTreeMap;

use super::pattern::{End, Segment};
use super::{Access, Route};
use crate::request::folded;

/// The routes, ordered by their patterns.
#[derive(Clone, Debug)]
pub struct RouteTable {
    pub(super) routes: Vec<Route>,
    pub(super) ignore_case: bool,
    root: Node,
}

/// What the table says about a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Match<'t> {
    /// Two routes claim the path, one with a trailing slash and one without. A backend that ignores
    /// trailing slashes sees the same path.
    Ambiguous,
    /// This route applies.
    Route(&'t Route),
    /// The path matches, but only with these methods.
    MethodNotAllowed(Vec<String>),
    /// No route matches the path.
    None,
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
    pub fn new(routes: Vec<Route>, ignore_case: bool) -> Result<Self, Vec<(usize, usize)>> {
        let mut root = Node::default();
        let mut ties = Vec::new();
        for (index, route) in routes.iter().enumerate() {
            let mut node = &mut root;
            for segment in &route.pattern.segments {
                node = match segment {
                    Segment::Fixed(text) => {
                        node.fixed.entry(folded(text, ignore_case)).or_default()
                    }
                    Segment::Any => node.any.get_or_insert_default(),
                };
            }
            let leaf = match route.pattern.end {
                End::Plain => &mut node.plain,
                End::Slash => &mut node.slash,
                End::Below => &mut node.below,
            };
            let tied = |other: &&usize| {
                routes.get(**other).is_some_and(|other| share_a_method(route, other))
            };
            ties.extend(leaf.iter().find(tied).map(|other| (*other, index)));
            leaf.push(index);
        }
        if ties.is_empty() { Ok(Self { routes, ignore_case, root }) } else { Err(ties) }
    }

    /// Returns whether the table ignores case.
    pub fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    /// Returns the routes in the order of the file.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Finds the most specific route for a method and a path in normal form. The first segment in
    /// which two patterns differ decides: fixed text comes before `{…}`, and `{…}` before `*`.
    pub fn find(&self, method: &str, path: &str) -> Match<'_> {
        let path = folded(path, self.ignore_case);
        let path = path.strip_prefix('/').unwrap_or(&path);
        let (path, slash) = match path.strip_suffix('/') {
            Some(path) => (path, true),
            None => (path, false),
        };
        let segments: Vec<&str> =
            if path.is_empty() && !slash { Vec::new() } else { path.split('/').collect() };
        let mut search =
            Search { table: self, method, slash, ambiguous: false, allowed: Vec::new() };
        match search.node(&self.root, &segments) {
            _ if search.ambiguous => Match::Ambiguous,
            Some(route) => Match::Route(route),
            None if search.allowed.is_empty() => Match::None,
            None => Match::MethodNotAllowed(search.allowed),
        }
    }
}

struct Search<'t, 'r> {
    table: &'t RouteTable,
    method: &'r str,
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
        let routes = routes.filter(|route| !other_slash || route.access != Access::Public);
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

fn share_a_method(a: &Route, b: &Route) -> bool {
    match (&a.methods, &b.methods) {
        (None, None) => true,
        (Some(a), Some(b)) => a.iter().any(|method| b.contains(method)),
        // The route that names its methods is more specific.
        _ => false,
    }
}

#[cfg(test)]
mod tests;
