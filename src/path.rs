//! The request path: one that could mean two things is refused.
//!
//! Rules and backend must see the same path. Frameworks differ in what they decode, merge and
//! resolve, so a path that any of them could read in another way does not pass.

use std::borrow::Cow;

use crate::reject::Reject;

/// A path of RFC 3986 segments that has one meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestPath<'a> {
    as_sent: &'a str,
    decoded: Cow<'a, str>,
}

impl<'a> RequestPath<'a> {
    /// Checks a path, which begins with `/` and has no query.
    ///
    /// # Errors
    /// [`Reject::PathAmbiguous`] for a character that is no `pchar` (RFC 3986, section 3.3), an
    /// invalid percent-encoding, an encoded slash, backslash or NUL, a dot segment however it is
    /// written, `//` and `;`.
    pub fn parse(path: &'a str) -> Result<Self, Reject> {
        let ambiguous = |fault| Err(Reject::PathAmbiguous { fault });
        if !path.starts_with('/') {
            return ambiguous("does not begin with /");
        }
        if path.contains("//") {
            return ambiguous("has an empty segment (//)");
        }
        let mut decoded = String::new();
        let mut rest = path;
        while let Some(at) = rest.find('%') {
            let (before, encoded) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let Some(byte) = encoded.get(1..3).and_then(percent_encoded) else {
                return ambiguous("has an invalid percent-encoding");
            };
            decoded.push_str(before);
            match byte {
                b'/' => return ambiguous("has an encoded slash (%2F)"),
                b'\\' => return ambiguous("has an encoded backslash (%5C)"),
                0 => return ambiguous("has an encoded NUL (%00)"),
                byte if is_unreserved(byte) => decoded.push(char::from(byte)),
                _ => decoded.push_str(encoded.get(..3).unwrap_or_default()),
            }
            rest = encoded.get(3..).unwrap_or_default();
        }
        let decoded = if decoded.is_empty() {
            Cow::Borrowed(path)
        } else {
            decoded.push_str(rest);
            Cow::Owned(decoded)
        };
        if decoded.split('/').any(|segment| matches!(segment, "." | "..")) {
            return ambiguous("has a dot segment");
        }
        if decoded.contains(';') {
            return ambiguous("has a path parameter (;)");
        }
        if !decoded.bytes().all(is_path_byte) {
            return ambiguous("has a character that must be percent-encoded");
        }
        Ok(Self { as_sent: path, decoded })
    }

    /// The path as it came, which is the path that is sent on.
    pub fn as_sent(&self) -> &'a str {
        self.as_sent
    }

    /// The path with percent-encoded unreserved characters decoded, which RFC 3986,
    /// section 6.2.2.2 calls equivalent: what rules match.
    pub fn decoded(&self) -> &str {
        &self.decoded
    }
}

/// RFC 3986, section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// `/` and RFC 3986's `pchar`: unreserved, sub-delims, `:`, `@` and `%`.
fn is_path_byte(byte: u8) -> bool {
    is_unreserved(byte) || b"/%!$&'()*+,;=:@".contains(&byte)
}

fn percent_encoded(digits: &str) -> Option<u8> {
    // `from_str_radix` alone would take a sign.
    let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    hex.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_pass_as_they_are() {
        for path in [
            "/",
            "/orders",
            "/orders/",
            "/a/b.c/d~e",
            "/a:b@c!$&'()*+,=",
            "/%c3%A9",
            "/%20",
            "/...",
            "/.a",
        ] {
            let parsed = RequestPath::parse(path).unwrap();
            assert_eq!((parsed.as_sent(), parsed.decoded()), (path, path));
        }
    }

    #[test]
    fn encoded_unreserved_characters_are_decoded_for_rules_only() {
        let path = RequestPath::parse("/%6frders/%7Ea%2D%20b").unwrap();
        assert_eq!(path.as_sent(), "/%6frders/%7Ea%2D%20b");
        assert_eq!(path.decoded(), "/orders/~a-%20b");
    }

    #[test]
    fn ambiguous_paths_are_refused() {
        for path in [
            "",
            "a",
            "*",
            "//",
            "//a",
            "/a//b",
            "/a//",
            "/.",
            "/..",
            "/a/../b",
            "/a/./b",
            "/a/..",
            "/%2e",
            "/%2E%2e/a",
            "/.%2e",
            "/a/%2e%2e",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a%00",
            "/a;b",
            "/;",
            "/a;/b",
            "/%3",
            "/%",
            "/%zz",
            "/%+1",
            "/a b",
            "/é",
            "/a\"b",
            "/a<b",
            "/a^b",
            "/a`b",
            "/a{b}",
            "/a|b",
            "/a[b]",
            "/a\u{7f}",
            "/a\n",
            "/%é1",
        ] {
            assert!(RequestPath::parse(path).is_err(), "{path:?}");
        }
    }
}
