//! Warnings about routes that a request can go around: by a method, or by a second address of the
//! same page.

use crate::config::Config;
use crate::request::ALLOWED_METHODS;
use crate::route::{Access, Match, Pattern, Route, RouteTable};
use crate::settings::Faults;

/// A method that stands for all methods that few rules name.
const UNUSUAL: &str = "PROPFIND";

/// A segment that no configuration is likely to have.
const FILLER: &str = "~";

/// Adds a warning for each route that a request can go around.
pub(super) fn warn(config: &Config, warnings: &Faults) {
    let routes = config.routes.routes();
    for (index, route) in routes.iter().enumerate() {
        let place = || format!("routes[{index}]");
        let is_public = route.access == Access::Public;
        if is_public && route.pattern.is_everything() {
            let message = "makes everything public that no other route matches";
            warnings.add(place(), message);
        }
        if let Some(message) = second_address(&route.pattern, is_public) {
            warnings.add(place(), message);
        }
        if let Some(wider) = weaker_around(route, &config.routes) {
            let demands = if wider.access == Access::Public { "is public" } else { "demands less" };
            let wider = &wider.pattern;
            warnings.add(
                place(),
                format!(
                    "lies below {wider}, which {demands}; a backend that serves a page at a second \
                     address, such as /page.data, /page.html or /index.php/page, can be reached \
                     there beside this rule; replace {wider} by narrower rules and set unmatched = \
                     \"deny\"",
                ),
            );
        }
        // The first route of a pattern speaks for all of them.
        if routes.iter().take(index).all(|earlier| !earlier.pattern.is_same_as(&route.pattern))
            && let Some(message) = falling_methods(config, route)
        {
            warnings.add(place(), message);
        }
    }
}

/// Returns what is known about a pattern with an address that frameworks serve other pages at.
fn second_address(pattern: &Pattern, is_public: bool) -> Option<&'static str> {
    let path = pattern.example(FILLER);
    let below = |segment: &str| {
        let mut parts = path.split('/').skip_while(|part| *part != segment);
        parts.next()?;
        parts.next()
    };
    let opens_data = match below("_next") {
        Some("data") => true,
        Some(FILLER) => pattern.ends_open(),
        _ => false,
    };
    if is_public && opens_data {
        return Some(
            "opens /_next/data, where Next.js answers with the data of protected pages; open \
             /_next/static/* instead",
        );
    }
    if is_public && below("index.php").is_some() {
        return Some("opens every page of a PHP front controller, such as /index.php/admin");
    }
    if !is_public && below("trpc").is_some_and(|procedure| procedure != FILLER) {
        return Some(
            "is for a part of a tRPC path; a batch such as /trpc/a,b calls the same procedures \
             beside this rule; write one rule for all of /trpc/*",
        );
    }
    None
}

/// Returns the route around this one that demands less: a public one, or else the widest one.
fn weaker_around<'c>(route: &Route, table: &'c RouteTable) -> Option<&'c Route> {
    let routes = table.routes();
    let is_around = |wider: &&Route| {
        let minds_case = table.is_case_sensitive() || wider.access == Access::Public;
        !wider.pattern.is_same_as(&route.pattern)
            && wider.pattern.ends_open()
            && wider.pattern.may_contain(&route.pattern, !minds_case)
            && !wider.access.is_within(&route.access)
    };
    let around = routes.iter().filter(is_around);
    around.min_by_key(|wider| (wider.access != Access::Public, wider.pattern.text().len()))
}

/// Returns a sentence about the methods that the routes of this pattern do not name, if a weaker
/// route takes them.
fn falling_methods(config: &Config, route: &Route) -> Option<String> {
    let path = route.pattern.example(FILLER);
    let routes = config.routes.routes();
    let same = || routes.iter().filter(|other| other.pattern.is_same_as(&route.pattern));
    let mut fallen: Vec<&str> = Vec::new();
    let mut taken_by: Option<&Pattern> = None;
    for method in ALLOWED_METHODS.into_iter().chain([UNUSUAL]) {
        let Match::Route(deciding) = config.routes.find(method, &path) else { continue };
        let taker = deciding.route;
        let is_weaker = |named: &Route| !taker.access.is_within(&named.access);
        if !taker.pattern.is_same_as(&route.pattern)
            && same().any(is_weaker)
            && taken_by.is_none_or(|earlier| earlier.is_same_as(&taker.pattern))
        {
            taken_by = Some(&taker.pattern);
            fallen.push(if method == UNUSUAL {
                "every other one, such as PROPFIND"
            } else {
                method
            });
        }
    }
    let taker = taken_by?;
    Some(format!(
        "has rules for some methods only; {taker}, which demands less, takes {}; add a rule for \
         {} without methods",
        fallen.join(", "),
        route.pattern,
    ))
}

#[cfg(test)]
mod tests;
