//! The patterns that say which paths a route matches.

use std::fmt;

use crate::request::{Quirks, RequestPath, is_same_segment};

/// A path pattern, in which a segment may be open.
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
    /// `/orders/*`: that path, with or without a slash, and everything below it.
    Below,
}

impl Pattern {
    /// Reads a pattern such as `/healthz`, `/orders/*` (`/orders` and every path below it) or
    /// `/shops/{id}/orders` (one open segment).
    ///
    /// # Errors
    /// Returns a sentence fragment that says what is wrong.
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
        // The root path has only one form.
        let end = if segments.is_empty() && end == End::Slash { End::Plain } else { end };
        Ok(Self { text: text.to_owned(), segments, end })
    }

    /// Returns the pattern as it stands in the configuration.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether the pattern matches every path.
    pub fn is_everything(&self) -> bool {
        self.segments.is_empty() && self.end == End::Below
    }

    /// Returns whether the pattern matches everything below some path.
    pub fn ends_open(&self) -> bool {
        self.end == End::Below
    }

    /// Returns whether the pattern matches all paths below a fixed one. The way in which a path is
    /// split into segments below that makes no difference to such a pattern.
    pub fn is_fixed_prefix(&self) -> bool {
        self.end == End::Below && !self.segments.contains(&Segment::Any)
    }

    /// Returns the segments of a pattern without open segments; `None` for other patterns.
    pub fn fixed_segments(&self) -> Option<Vec<String>> {
        let fixed = |segment: &Segment| match segment {
            Segment::Fixed(text) => Some(text.clone()),
            Segment::Any => None,
        };
        (self.end != End::Below).then(|| self.segments.iter().map(fixed).collect()).flatten()
    }

    /// Returns whether every path that the pattern matches lies below these segments.
    pub fn lies_below(&self, prefix: &[String], ignore_case: bool) -> bool {
        let same = |(segment, expected): (&Segment, &String)| match segment {
            Segment::Fixed(text) => is_same_segment(text, expected, ignore_case),
            Segment::Any => false,
        };
        self.segments.len() >= prefix.len() && self.segments.iter().zip(prefix).all(same)
    }

    /// Returns whether the fixed segments are these in their places. `path` has the segments of a
    /// path in normal form that the pattern matches if case is ignored.
    pub(super) fn is_written_as(&self, path: &[&str]) -> bool {
        let same = |(segment, found): (&Segment, &&str)| match segment {
            Segment::Fixed(text) => text == found,
            Segment::Any => true,
        };
        self.segments.iter().zip(path).all(same)
    }

    /// Returns whether both patterns have the same segments and the same end. The names of open
    /// segments make no difference.
    pub fn is_same_as(&self, other: &Self) -> bool {
        (&self.segments, self.end) == (&other.segments, other.end)
    }

    /// Returns a path that the pattern matches, with `filler` as every open segment and as the
    /// segment below a pattern that ends in `*`.
    pub fn example(&self, filler: &str) -> String {
        let segments = self.segments.iter().map(|segment| match segment {
            Segment::Fixed(text) => text.as_str(),
            Segment::Any => filler,
        });
        let mut path = String::new();
        for segment in segments.chain((self.end == End::Below).then_some(filler)) {
            path.push('/');
            path.push_str(segment);
        }
        if self.end == End::Slash || path.is_empty() {
            path.push('/');
        }
        path
    }

    /// Returns whether `other` could decide about a path below this pattern's fixed path.
    pub fn may_contain(&self, other: &Self, ignore_case: bool) -> bool {
        // If this segment is fixed and that of `other` is open, `other` is less specific and never
        // decides.
        let same = |a: &Segment, b: &Segment| match (a, b) {
            (Segment::Fixed(a), Segment::Fixed(b)) => is_same_segment(a, b, ignore_case),
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
        // Fixed segments are kept in the normal form, in which paths are matched.
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
