//! The request path, which is refused if it could mean two things.
//!
//! Rules and backend must see the same path. Frameworks differ in what they decode, merge and
//! resolve. A path that two of them could read in different ways does not pass, unless a route
//! admits it and no other rule lies below that route.

use std::borrow::Cow;

use crate::rejection::Rejection;

/// A path of RFC 3986 segments that has one meaning, except for its quirks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestPath<'a> {
    as_sent: &'a str,
    normal: Cow<'a, str>,
    quirks: Quirks,
}

/// The quirks of a path: parts that some backends read in another way. A route may admit them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// `%2F`: a slash to a backend that decodes before it splits.
    pub encoded_slash: bool,
    /// `;`: the start of a parameter that some backends drop.
    pub parameter: bool,
    /// `//`: one slash to a backend that merges them.
    pub empty_segment: bool,
}

impl Quirks {
    /// Returns the quirks that both have.
    pub fn and(self, other: Self) -> Self {
        Self {
            encoded_slash: self.encoded_slash && other.encoded_slash,
            parameter: self.parameter && other.parameter,
            empty_segment: self.empty_segment && other.empty_segment,
        }
    }

    /// Refuses every quirk that `admitted` does not have.
    ///
    /// # Errors
    /// [`Rejection::PathAmbiguous`] for the first such quirk.
    pub fn check(self, admitted: Self) -> Result<(), Rejection> {
        let fault = if self.encoded_slash && !admitted.encoded_slash {
            "has an encoded slash (%2F)"
        } else if self.parameter && !admitted.parameter {
            "has a path parameter (;)"
        } else if self.empty_segment && !admitted.empty_segment {
            "has an empty segment (//)"
        } else {
            return Ok(());
        };
        Err(Rejection::PathAmbiguous { fault })
    }
}

impl<'a> RequestPath<'a> {
    /// Checks a path, which begins with `/` and has no query.
    ///
    /// # Errors
    /// [`Rejection::PathAmbiguous`] in these cases. What [`RequestPath::quirks`] returns is left to
    /// the route.
    ///
    /// - A character is no `pchar` (RFC 3986, section 3.3).
    /// - A percent-encoding is invalid, or stands for a backslash, a control character or bytes
    ///   that are not UTF-8.
    /// - A segment is a dot segment, in any spelling.
    pub fn parse(path: &'a str) -> Result<Self, Rejection> {
        let ambiguous = |fault| Err(Rejection::PathAmbiguous { fault });
        if !path.starts_with('/') {
            return ambiguous("does not begin with /");
        }
        let normal = match normalise(path) {
            Ok(normal) => normal,
            Err(fault) => return ambiguous(fault),
        };
        // A backend may drop parameters and decode slashes before it resolves dot segments.
        let segments = normal.split('/').flat_map(|segment| segment.split("%2F"));
        let mut names = segments.filter_map(|segment| segment.split([';']).next());
        if names.any(|name| matches!(name, "." | "..")) {
            return ambiguous("has a dot segment");
        }
        if !normal.bytes().all(is_path_byte) {
            return ambiguous("has a character that must be percent-encoded");
        }
        let quirks = Quirks {
            encoded_slash: normal.contains("%2F"),
            parameter: normal.contains(';'),
            empty_segment: normal.contains("//"),
        };
        Ok(Self { as_sent: path, normal, quirks })
    }

    /// Returns the path as the caller sent it. This form is forwarded.
    pub fn as_sent(&self) -> &'a str {
        self.as_sent
    }

    /// Returns the path in the form that rules match. Everything that need not be percent-encoded
    /// is decoded. The other percent-encodings have upper-case digits (RFC 3986, section 6.2.2).
    pub fn normal(&self) -> &str {
        &self.normal
    }

    /// Returns the path as the caller sent it, without the segments of `prefix`; `None` if the path
    /// does not lie below `prefix`. `same` compares two segments in normal form.
    pub fn below(&self, prefix: &[String], same: impl Fn(&str, &str) -> bool) -> Option<&'a str> {
        let mut rest = self.as_sent;
        for expected in prefix {
            let after = rest.strip_prefix('/')?;
            let (segment, below) =
                after.split_at_checked(after.find('/').unwrap_or(after.len()))?;
            if !same(&normalise(segment).ok()?, expected) {
                return None;
            }
            rest = below;
        }
        Some(if rest.is_empty() { "/" } else { rest })
    }

    /// Returns the quirks that a route must admit.
    pub fn quirks(&self) -> Quirks {
        self.quirks
    }
}

/// Decodes every percent-encoded `pchar`, not only the unreserved ones. A backend routes
/// `/orders%3Acancel` as `/orders:cancel`, so a rule must match it, too.
fn normalise(path: &str) -> Result<Cow<'_, str>, &'static str> {
    let mut normal = String::new();
    let mut decoded = Vec::new();
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, encoded) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let Some(byte) = encoded.get(1..3).and_then(percent_encoded) else {
            return Err("has an invalid percent-encoding");
        };
        normal.push_str(before);
        decoded.extend(before.bytes().chain([byte]));
        match byte {
            b'\\' => return Err("has an encoded backslash (%5C)"),
            0 => return Err("has an encoded NUL (%00)"),
            0x01..0x20 | 0x7f => return Err("has an encoded control character"),
            b'%' | b'/' => normal.push_str(&format!("%{byte:02X}")),
            byte if is_path_byte(byte) => normal.push(char::from(byte)),
            byte => normal.push_str(&format!("%{byte:02X}")),
        }
        rest = encoded.get(3..).unwrap_or_default();
    }
    if normal.is_empty() {
        return Ok(Cow::Borrowed(path));
    }
    normal.push_str(rest);
    if std::str::from_utf8(&decoded).is_err() {
        return Err("has an encoding that is not UTF-8");
    }
    Ok(Cow::Owned(normal))
}

/// Returns whether a byte is `/` or part of RFC 3986's `pchar`: unreserved, sub-delims, `:`, `@`
/// and `%`.
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~/%!$&'()*+,;=:@".contains(&byte)
}

fn percent_encoded(digits: &str) -> Option<u8> {
    // `from_str_radix` alone would accept a sign.
    let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    hex.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests;
