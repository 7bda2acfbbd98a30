//! The route table.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use drawbridge::request::{Quirks, RequestPath};
use drawbridge::route::{
    Access, Action, Ambiguity, Deciding, Match, Pattern, Requirement, Route, RouteTable,
};

use super::percent::decode;

/// Checks that the table says the same as a matcher that tries every route.
///
/// The input is lines of text: `c` for a case-sensitive table, `+GET,PUT /orders/*` for a route,
/// `-` before its methods for a public route, `~` for one that demands a certain user, `=` for one
/// to another upstream, `?GET /orders/1` for a request.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let case_sensitive = text.lines().any(|line| line == "c");
    let routes: Vec<Route> =
        text.lines().filter_map(|line| route(line.strip_prefix('+')?)).take(20).collect();
    let Ok(table) = RouteTable::new(routes.clone(), case_sensitive) else { return };
    for request in text.lines().filter_map(|line| line.strip_prefix('?')).take(20) {
        let Some((method, path)) = request.split_once(' ') else { continue };
        let Ok(path) = RequestPath::parse(path) else { continue };
        let expected = decide(&routes, case_sensitive, method, path.normal());
        match (table.find(method, path.normal()), expected) {
            (Match::MethodNotAllowed(found), Match::MethodNotAllowed(expected)) => {
                let set = |methods: Vec<String>| methods.into_iter().collect::<BTreeSet<_>>();
                assert_eq!(set(found), set(expected));
            }
            (found, expected) => assert_eq!(found, expected),
        }
    }
}

fn route(line: &str) -> Option<Route> {
    let (methods, pattern) = line.split_once(' ')?;
    let mark = methods.chars().next().filter(|mark| "-~=".contains(*mark));
    let methods = mark.map_or(methods, |_| &methods[1..]).split(',');
    let methods: Vec<String> =
        methods.filter(|method| !method.is_empty()).map(str::to_owned).collect();
    let users = if mark == Some('~') { vec!["a".to_owned()] } else { Vec::new() };
    let require = Requirement { users, ..Requirement::default() };
    let session = Access::Session { providers: vec![0], require, report_only: false };
    Some(Route {
        pattern: Pattern::parse(pattern).ok()?,
        methods: (!methods.is_empty()).then_some(methods),
        access: if mark == Some('-') { Access::Public } else { session },
        action: Action::Forward { upstream: usize::from(mark == Some('=')), with_token: false },
        admits: Quirks::default(),
    })
}

/// Returns what the most specific routes decide: the one that is found where only public routes mind
/// case, and the one that is found as written.
fn decide<'r>(routes: &'r [Route], case_sensitive: bool, method: &str, path: &str) -> Match<'r> {
    let find = |sensitive: bool| {
        naive(routes, &|route| sensitive || route.access == Access::Public, method, path)
    };
    if case_sensitive {
        return find(true);
    }
    let (found, written) = (find(false), find(true));
    let (Match::Route(one), Match::Route(other)) = (&found, &written) else {
        return match (&found, &written) {
            // A path that is ambiguous or has other methods as written stays so.
            (Match::Route(found), Match::Ambiguous(_) | Match::MethodNotAllowed(_))
                if found.route.access != Access::Public =>
            {
                written
            }
            _ => found,
        };
    };
    let (one, other) = (one.route, other.route);
    if std::ptr::eq(one, other) {
        found
    } else if one.action != other.action {
        Match::Ambiguous(Ambiguity::Case)
    } else if other.access == Access::Public {
        found
    } else {
        Match::Route(Deciding { route: one, as_written: Some(other) })
    }
}

/// How specific a match is. A smaller rank is more specific. In each segment, fixed text comes
/// before `{…}`, and `{…}` before `*`. Then a trailing slash as written comes before a different
/// one, and that before `*`. Then a named method comes before GET for HEAD, and that before all
/// methods.
type Rank = (Vec<u8>, u8, u8);

fn naive<'r>(
    routes: &'r [Route],
    minds_case: &dyn Fn(&Route) -> bool,
    method: &str,
    path: &str,
) -> Match<'r> {
    let mut found: Vec<(Rank, &Route)> = Vec::new();
    let mut allowed = Vec::new();
    for route in routes {
        let Some((segments, end)) = rank(route, !minds_case(route), path) else { continue };
        match method_rank(route, method) {
            Some(rank) => found.push(((segments, end, rank), route)),
            None => allowed.extend(route.methods.iter().flatten().cloned()),
        }
    }
    found.sort_by(|(a, _), (b, _)| compare(a, b));
    let Some(((segments, end, _), best)) = found.first() else {
        return if allowed.is_empty() { Match::None } else { Match::MethodNotAllowed(allowed) };
    };
    // If `best` has another trailing slash than the path, this is the most specific route that ends
    // in `*` at the same place.
    let mut kept: Vec<u8> = segments.clone();
    kept.push(2);
    let below = found.iter().find(|((other, _, _), _)| *end == 1 && *other == kept);
    let alike =
        |a: &Route, b: &Route| (&a.access, &a.action, a.admits) == (&b.access, &b.action, b.admits);
    match below {
        Some((_, below)) if !alike(below, best) => Match::Ambiguous(Ambiguity::Slash),
        _ => Match::Route(Deciding::alone(best)),
    }
}

fn compare((a, end_a, method_a): &Rank, (b, end_b, method_b): &Rank) -> Ordering {
    // A pattern that ends in `*` has a 2 at its end. So neither list of segments is a prefix of the
    // other, unless both patterns end at the same segment.
    a.cmp(b).then(end_a.cmp(end_b)).then(method_a.cmp(method_b))
}

fn rank(route: &Route, ignore_case: bool, path: &str) -> Option<(Vec<u8>, u8)> {
    let (path, path_slash) = segments(path, ignore_case);
    let text = route.pattern.to_string();
    let (text, below) = match text.strip_suffix('*') {
        Some(before) => (before.strip_suffix('/').unwrap_or(before).to_owned(), true),
        None => (text, false),
    };
    let (pattern, slash) = segments(if text.is_empty() { "/" } else { &text }, ignore_case);
    if pattern.len() > path.len() || (!below && pattern.len() < path.len()) {
        return None;
    }
    let mut ranks = Vec::new();
    for (wanted, found) in pattern.iter().zip(&path) {
        let open = wanted.starts_with('{');
        if (open && found.is_empty()) || (!open && wanted != found) {
            return None;
        }
        ranks.push(u8::from(open));
    }
    if below {
        ranks.push(2);
        return Some((ranks, 2));
    }
    let other_slash = slash != path_slash && !pattern.is_empty();
    if other_slash && route.access == Access::Public {
        return None;
    }
    Some((ranks, u8::from(other_slash)))
}

fn method_rank(route: &Route, method: &str) -> Option<u8> {
    let Some(methods) = &route.methods else { return Some(2) };
    let has = |name: &str| methods.iter().any(|found| found == name);
    if has(method) { Some(0) } else { (method == "HEAD" && has("GET")).then_some(1) }
}

/// Returns the segments in the form in which they are compared, and whether a slash follows them.
fn segments(path: &str, ignore_case: bool) -> (Vec<String>, bool) {
    let rest = path.strip_prefix('/').unwrap_or(path);
    if rest.is_empty() {
        return (Vec::new(), false);
    }
    let (rest, slash) = match rest.strip_suffix('/') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    (rest.split('/').map(|segment| normal(segment, ignore_case)).collect(), slash)
}

fn normal(segment: &str, ignore_case: bool) -> String {
    if segment.starts_with('{') {
        return segment.to_owned();
    }
    // A segment that does not parse alone is in normal form already, since it is of a request's
    // path.
    let path = format!("/{segment}");
    let normal = RequestPath::parse(&path).map(|path| path.normal()[1..].to_owned());
    let normal = normal.unwrap_or_else(|_| segment.to_owned());
    if !ignore_case {
        return normal;
    }
    // A slash and a percent sign stay encoded. All other bytes are decoded.
    let kept = normal.replace("%2F", "%252F").replace("%25", "%2525");
    let meant = String::from_utf8(decode(kept.as_bytes())).unwrap();
    meant.to_uppercase().to_lowercase()
}
