//! Rules per path and method: the most specific pattern decides, wherever it stands in the file.

mod miss;
mod requirement;

pub use miss::Miss;
pub use requirement::Requirement;

use std::collections::BTreeMap;
use std::fmt;

use crate::request::Quirks;

/// What applies to the requests that match it.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Which paths it matches.
    pub pattern: Pattern,
    /// Which methods it matches, in upper case; `None` for all. GET includes HEAD.
    pub methods: Option<Vec<String>>,
    /// Who may pass.
    pub access: Access,
    /// What is done with a request that may pass.
    pub action: Action,
    /// What its paths may have although some backends read it in two ways.
    pub admits: Quirks,
}

impl Route {
    /// Whether a request is treated by both in the same way.
    pub(crate) fn treats_alike(&self, other: &Self) -> bool {
        (&self.access, &self.action, self.admits) == (&other.access, &other.action, other.admits)
    }
}

/// Who may pass.
#[derive(Clone, Debug, PartialEq)]
pub enum Access {
    /// Everybody, without an identity.
    Public,
    /// Callers with a session.
    Session {
        /// Whose sessions: indices into the configuration's providers, in their order.
        providers: Vec<usize>,
        /// What the session must have.
        require: Requirement,
        /// A session that lacks it passes all the same, and the log says so.
        report_only: bool,
    },
}

/// What is done with a request that may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is sent to a backend.
    Forward {
        /// The index of the configuration's upstream.
        upstream: usize,
        /// The verified token is sent on as well.
        with_token: bool,
    },
    /// It is answered with the session, at the edge.
    RespondSession,
}

/// A path in which a segment may be open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    segments: Vec<Segment>,
    end: End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Fixed(String),
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// `/orders`.
    Plain,
    /// `/orders/`.
    Slash,
    /// `/orders/*`: that path, with or without a slash, and all below it.
    Below,
}

impl Pattern {
    /// Reads `/healthz`, `/orders/*` (any depth below, and `/orders` itself) or
    /// `/shops/{id}/orders` (one segment).
    ///
    /// # Errors
    /// A sentence fragment that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix('/').ok_or("must begin with /")?;
        if text.contains("//") {
            return Err("has an empty segment (//)".into());
        }
        let (rest, end) = match rest.strip_suffix('*') {
            Some("") => ("", End::Below),
            Some(before) => {
                (before.strip_suffix('/').ok_or("may have * only as its last segment")?, End::Below)
            }
            None => match rest.strip_suffix('/') {
                Some(before) => (before, End::Slash),
                None => (rest, End::Plain),
            },
        };
        let segments = if rest.is_empty() {
            Vec::new()
        } else {
            rest.split('/').map(Segment::parse).collect::<Result<_, _>>()?
        };
        // The root has but one form.
        let end = if segments.is_empty() && end == End::Slash { End::Plain } else { end };
        Ok(Self { text: text.to_owned(), segments, end })
    }

    /// As it stands in the configuration.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it matches every path.
    pub fn is_everything(&self) -> bool {
        self.segments.is_empty() && self.end == End::Below
    }

    /// Whether all paths below a fixed one match, so that how a path is split below it makes no
    /// difference to this pattern.
    pub fn is_fixed_prefix(&self) -> bool {
        self.end == End::Below && !self.segments.contains(&Segment::Any)
    }

    /// The segments of a path of which nothing is open.
    pub fn fixed_segments(&self) -> Option<Vec<String>> {
        let fixed = |segment: &Segment| match segment {
            Segment::Fixed(text) => Some(text.clone()),
            Segment::Any => None,
        };
        (self.end != End::Below).then(|| self.segments.iter().map(fixed).collect()).flatten()
    }

    /// Whether every path that it matches lies below these segments.
    pub fn lies_below(&self, prefix: &[String], ignore_case: bool) -> bool {
        let same = |(segment, expected): (&Segment, &String)| match segment {
            Segment::Fixed(text) => is_same_segment(text, expected, ignore_case),
            Segment::Any => false,
        };
        self.segments.len() >= prefix.len() && self.segments.iter().zip(prefix).all(same)
    }

    /// Whether `other` could decide about a path below this one's.
    pub fn may_contain(&self, other: &Self, ignore_case: bool) -> bool {
        // An open segment where this one's is fixed makes `other` the less specific one.
        let same = |a: &Segment, b: &Segment| match (a, b) {
            (Segment::Fixed(a), Segment::Fixed(b)) => {
                a == b || (ignore_case && a.eq_ignore_ascii_case(b))
            }
            (Segment::Any, _) => true,
            (Segment::Fixed(_), Segment::Any) => false,
        };
        let prefix = self.segments.iter().zip(&other.segments).all(|(a, b)| same(a, b));
        prefix && (other.segments.len() >= self.segments.len())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let valid = !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            return if valid {
                Ok(Self::Any)
            } else {
                Err("must name an open segment with letters, digits and _".into())
            };
        }
        if text.contains(['{', '}', '*']) {
            return Err("may have {…} only as a whole segment and * only as the last one".into());
        }
        // In the form that paths are matched in.
        let path = format!("/{text}");
        let parsed = crate::request::RequestPath::parse(&path).and_then(|parsed| {
            parsed.quirks().check(Quirks::default())?;
            Ok(parsed.normal().trim_start_matches('/').to_owned())
        });
        parsed
            .map(Self::Fixed)
            .map_err(|rejection| format!("is not a plain path: {}", rejection.detail()))
    }
}

/// The routes by pattern.
#[derive(Clone, Debug)]
pub struct RouteTable {
    routes: Vec<Route>,
    ignore_case: bool,
    root: Node,
}

/// What the table says of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Match<'t> {
    /// Two routes claim the path, of which one has a trailing slash that the other has not: to a
    /// backend that ignores it they are the same.
    Ambiguous,
    /// This route applies.
    Route(&'t Route),
    /// The path matches under these methods only.
    MethodNotAllowed(Vec<String>),
    /// No route matches the path.
    None,
}

/// Routes by segment; leaves hold indices.
#[derive(Clone, Debug, Default)]
struct Node {
    fixed: BTreeMap<String, Node>,
    any: Option<Box<Node>>,
    plain: Vec<usize>,
    slash: Vec<usize>,
    below: Vec<usize>,
}

impl RouteTable {
    /// Orders the routes.
    ///
    /// # Errors
    /// The pairs of indices of routes of which neither is more specific.
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

    /// Whether routes match without regard to case.
    pub fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    /// The routes, in the order of the file.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Finds the most specific route for a method and a path in normal form. At the first segment
    /// in which two patterns differ, fixed text comes before `{…}`, and that before `*`.
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
    /// Every node lies at one depth, so that each is visited at most once.
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

    /// A backend may not care for a trailing slash, so a rule that protects `/admin` protects
    /// `/admin/`; but one that opens a path opens exactly that.
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
        // The one that names its methods is more specific.
        _ => false,
    }
}

/// Text as a backend that ignores case may see it. Both directions are needed: `K` (U+212A) is a
/// `k` in lower case, `ſ` (U+017F) an `S` in upper case.
/// Whether two segments in normal form are the same to the rules.
pub(crate) fn is_same_segment(a: &str, b: &str, ignore_case: bool) -> bool {
    folded(a, ignore_case) == folded(b, ignore_case)
}

fn folded(text: &str, ignore_case: bool) -> String {
    if !ignore_case {
        return text.to_owned();
    }
    let upper: String = decoded_letters(text).chars().flat_map(char::to_uppercase).collect();
    upper.chars().flat_map(char::to_lowercase).collect()
}

/// Decodes what is percent-encoded because it is not ASCII.
fn decoded_letters(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, encoded)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        let byte = encoded.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(|byte| !byte.is_ascii()) {
            Some(byte) => {
                bytes.push(byte);
                rest = encoded.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(b'%');
                rest = encoded;
            }
        }
    }
    bytes.extend(rest.bytes());
    // Paths and patterns are UTF-8 when decoded: RequestPath sees to it.
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
