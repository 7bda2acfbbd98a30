//! Which paths a route matches.

use std::fmt;

use crate::request::{Quirks, RequestPath, is_same_segment};

/// A path in which a segment may be open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    pub(super) segments: Vec<Segment>,
    pub(super) end: End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Fixed(String),
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
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
        let parsed = RequestPath::parse(&path).and_then(|parsed| {
            parsed.quirks().check(Quirks::default())?;
            Ok(parsed.normal().trim_start_matches('/').to_owned())
        });
        parsed
            .map(Self::Fixed)
            .map_err(|rejection| format!("is not a plain path: {}", rejection.detail()))
    }
}

#[cfg(test)]
mod tests;
