//! Rules per path and method: the most specific pattern decides, wherever it stands in the file.

mod miss;

pub use miss::Miss;

use std::collections::BTreeMap;
use std::fmt;

use crate::path::Peculiarities;
use crate::requirement::Requirement;

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
    pub admits: Peculiarities,
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
        let parsed = crate::path::RequestPath::parse(&path).and_then(|parsed| {
            parsed.peculiarities().check(Peculiarities::default())?;
            Ok(parsed.normal().trim_start_matches('/').to_owned())
        });
        parsed
            .map(Self::Fixed)
            .map_err(|reject| format!("is not a plain path: {}", reject.detail()))
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
mod tests {
    use super::*;

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
            admits: Peculiarities::default(),
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
        let patterns = [
            "/*",
            "/orders/*",
            "/orders/{id}",
            "/orders/new",
            "/{shop}/new",
            "/orders/{id}/lines/*",
        ];
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
    fn patterns_are_plain() {
        for text in [
            "", "a", "*", "//", "/a//b", "/a*", "/*/a", "/{}", "/{a b}", "/a{b}", "/{a}b", "/..",
            "/a;b", "/a%2fb", "/é", "/a b",
        ] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            Pattern::parse("/%6f%c3%a9").unwrap().segments,
            [Segment::Fixed("o%C3%A9".into())]
        );
    }

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn an_open_segment_has_a_name() {
        for text in ["/{id}", "/{shop_id}", "/{Id2}/x", "/a/{b}/*"] {
            let parsed = pattern(text);
            assert!(parsed.segments.contains(&Segment::Any), "{text}");
            assert_eq!((parsed.text(), parsed.to_string()), (text, text.to_owned()));
        }
        for text in ["/{a-b}", "/{é}", "/{", "/}", "/a}", "/{a"] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_pattern_covers() {
        for (text, everything, fixed_prefix) in [
            ("/*", true, true),
            ("/", false, false),
            ("/a/*", false, true),
            ("/a", false, false),
            ("/{a}", false, false),
            ("/{a}/*", false, false),
            ("/a/{b}/*", false, false),
        ] {
            let pattern = pattern(text);
            assert_eq!(pattern.is_everything(), everything, "{text}");
            assert_eq!(pattern.is_fixed_prefix(), fixed_prefix, "{text}");
        }
    }

    #[test]
    fn a_pattern_is_one_path_where_nothing_is_open() {
        for (text, segments) in [
            ("/", Some(&[][..])),
            ("/a/b", Some(&["a", "b"])),
            ("/a/", Some(&["a"])),
            ("/a/*", None),
            ("/a/{b}", None),
        ] {
            let found = pattern(text).fixed_segments();
            let expected = segments.map(|s| s.iter().map(|s| (*s).to_owned()).collect());
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_pattern_lies_below_a_prefix_that_it_spells_out() {
        let prefix = ["api".to_owned(), "v1".to_owned()];
        for (text, ignore_case, below) in [
            ("/api/v1", false, true),
            ("/api/v1/*", false, true),
            ("/api/v1/orders/{id}", false, true),
            ("/API/v1/orders", false, false),
            ("/API/v1/orders", true, true),
            ("/api", false, false),
            ("/api/*", false, false),
            ("/api/{version}/orders", false, false),
            ("/api/v2/orders", false, false),
        ] {
            assert_eq!(pattern(text).lies_below(&prefix, ignore_case), below, "{text}");
        }
        assert!(pattern("/*").lies_below(&[], false));
    }

    #[test]
    fn a_pattern_may_contain_another_that_is_as_long_and_no_wider() {
        for (text, other, ignore_case, contains) in [
            ("/a/*", "/a/b", false, true),
            ("/a/*", "/a", false, true),
            ("/a/*", "/b", false, false),
            ("/a/b/*", "/a", false, false),
            ("/a/b/*", "/b", false, false),
            ("/a/*", "/A/b", false, false),
            ("/a/*", "/A/b", true, true),
            ("/a/*", "/b/b", true, false),
            ("/{x}/*", "/a/b", false, true),
            ("/{x}/*", "/{y}/b", false, true),
            ("/a/*", "/{y}/b", false, false),
        ] {
            let found = pattern(text).may_contain(&pattern(other), ignore_case);
            assert_eq!(found, contains, "{text} {other}");
        }
    }

    #[test]
    fn segments_are_the_same_as_the_rules_see_them() {
        assert!(is_same_segment("a", "a", false) && !is_same_segment("a", "A", false));
        assert!(is_same_segment("a", "A", true) && !is_same_segment("a", "b", true));
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
        let admits = Peculiarities { parameter: true, ..Peculiarities::default() };
        assert!(plain.treats_alike(&route("GET /b")));
        for other in [
            public("/a"),
            Route { action: forward, ..plain.clone() },
            Route { admits, ..plain.clone() },
        ] {
            assert!(!plain.treats_alike(&other) && !other.treats_alike(&plain), "{other:?}");
        }
    }
}
