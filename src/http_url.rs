//! The URLs of a configuration, in the one form in which they are compared.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::path::{Peculiarities, RequestPath};

/// The longest URL accepted, in bytes: Workers KV takes keys of 512.
const MAX_BYTES: usize = 400;

/// An `https` URL, or an `http` one to a loopback host, without user, query and fragment. Its host
/// is in lower case, a default port is left out, as the WHATWG URL Standard writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl {
    origin: String,
    path: String,
    loopback: bool,
}

impl HttpUrl {
    /// Reads an absolute URL.
    ///
    /// # Errors
    /// A sentence fragment that says what is wrong, such as "must be https".
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("must not be longer than {MAX_BYTES} characters"));
        }
        let (scheme, rest) = text
            .split_once("://")
            .ok_or("must be an absolute URL such as https://api.example.com")?;
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "https" => "443",
            "http" => "80",
            _ => return Err("must be an https URL".into()),
        };
        let (authority, path) =
            rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
        if rest.contains(['?', '#']) {
            return Err("must have no query and no fragment".into());
        }
        if authority.contains('@') {
            return Err("must have no user name or password".into());
        }
        let (host, port) = split_port(authority);
        let host = host.to_ascii_lowercase();
        let loopback = check_host(&host)?;
        if scheme == "http" && !loopback {
            return Err("must be https (http is for loopback hosts only)".into());
        }
        let port = match port {
            None => String::new(),
            Some(port) if port == default_port => String::new(),
            Some(port) => match port.parse::<u16>() {
                Ok(number) if number != 0 && number.to_string() == port => format!(":{port}"),
                _ => return Err(format!("has an invalid port {port:?}")),
            },
        };
        let prefix = path.strip_suffix('/').unwrap_or(path);
        let plain =
            |path| RequestPath::parse(path)?.peculiarities().check(Peculiarities::default());
        if let Some(Err(reject)) = (!prefix.is_empty()).then(|| plain(prefix)) {
            return Err(format!("has a path that is not plain: {}", reject.detail()));
        }
        Ok(Self { origin: format!("{scheme}://{host}{port}"), path: path.to_owned(), loopback })
    }

    /// Scheme, host and port: `https://api.example.com`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The URL with exactly one trailing slash removed, so that a path can be appended.
    pub fn base(&self) -> String {
        format!("{}{}", self.origin, self.path.strip_suffix('/').unwrap_or(&self.path))
    }

    /// The URL with `path`, which begins with `/`, appended.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.base())
    }

    /// Whether the host is a number rather than a name.
    pub fn is_ip_address(&self) -> bool {
        let authority = self.origin.split_once("://").map_or("", |(_, authority)| authority);
        let (host, _) = split_port(authority);
        host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

/// Whether a host, in lower case and as it stands in a URL, is this machine.
pub fn is_loopback_host(host: &str) -> bool {
    host == "localhost"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || host == "[::1]"
}

/// Host and port of an authority (RFC 3986, section 3.2).
pub fn split_port(authority: &str) -> (&str, Option<&str>) {
    // The last colon, unless it is inside an IPv6 address.
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn check_host(host: &str) -> Result<bool, String> {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').ok_or("has an invalid IPv6 address")?;
        let parsed: Ipv6Addr = address.parse().map_err(|_| "has an invalid IPv6 address")?;
        if parsed.to_string() != address {
            return Err(format!("must write its IPv6 address as [{parsed}]"));
        }
        return Ok(is_loopback_host(host));
    }
    if !host.is_ascii() {
        return Err("must write its host in punycode (xn--…)".into());
    }
    let labels_are_valid = host.split('.').all(|label| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    });
    if !labels_are_valid {
        return Err(format!("has an invalid host {host:?}"));
    }
    // The WHATWG URL Standard reads a host whose last label is a number as an IPv4 address in one
    // of several notations; only the plain one is accepted.
    let last = host.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    if numeric && host.parse::<Ipv4Addr>().is_err() {
        return Err(format!("has an invalid IPv4 address {host:?}"));
    }
    Ok(is_loopback_host(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_have_one_form() {
        for (text, origin, base) in [
            ("https://api.example.com", "https://api.example.com", "https://api.example.com"),
            ("https://api.example.com/", "https://api.example.com", "https://api.example.com"),
            (
                "HTTPS://API.Example.COM:443/Base/",
                "https://api.example.com",
                "https://api.example.com/Base",
            ),
            ("https://a.example:8443/b", "https://a.example:8443", "https://a.example:8443/b"),
            ("http://localhost:8787", "http://localhost:8787", "http://localhost:8787"),
            ("http://127.0.0.1:80", "http://127.0.0.1", "http://127.0.0.1"),
            ("http://[::1]:3000/x", "http://[::1]:3000", "http://[::1]:3000/x"),
            (
                "https://xn--bcher-kva.example",
                "https://xn--bcher-kva.example",
                "https://xn--bcher-kva.example",
            ),
        ] {
            let url = HttpUrl::parse(text).unwrap();
            assert_eq!((url.origin(), url.base().as_str()), (origin, base));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "api.example.com",
            "ftp://a.example",
            "http://a.example",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "https://",
            "https:///a",
            "https://u:p@a.example",
            "https://a.example?b",
            "https://a.example/b#c",
            "https://a.example:0",
            "https://a.example:",
            "https://a.example:99999",
            "https://a.example:08",
            "https://a..example",
            "https://a b",
            "https://bücher.example",
            "https://a.example/../b",
            "https://a.example//b",
            "https://[::1",
            "https://[0:0::1]",
            "https://0x7f.1",
            "https://127.1",
            "https://a.example.",
            "https://a\\b",
            "https://a.example/a b",
        ] {
            assert!(HttpUrl::parse(text).is_err(), "{text}");
        }
        assert!(HttpUrl::parse(&format!("https://a.example/{}", "a".repeat(400))).is_err());
    }

    fn parse(text: &str) -> HttpUrl {
        HttpUrl::parse(text).unwrap()
    }

    #[test]
    fn a_url_is_at_most_so_long() {
        let long = |length: usize| format!("https://a.example/{}", "a".repeat(length - 18));
        assert_eq!(long(MAX_BYTES).len(), MAX_BYTES);
        assert!(HttpUrl::parse(&long(MAX_BYTES)).is_ok());
        assert!(HttpUrl::parse(&long(MAX_BYTES + 1)).is_err());
    }

    #[test]
    fn a_url_shows_itself_and_takes_a_path() {
        for (text, shown, joined) in [
            ("https://A.example", "https://a.example", "https://a.example/x"),
            ("https://a.example/b/", "https://a.example/b/", "https://a.example/b/x"),
            ("https://a.example/b", "https://a.example/b", "https://a.example/b/x"),
        ] {
            let url = parse(text);
            assert_eq!((url.to_string(), url.join("/x")), (shown.to_owned(), joined.to_owned()));
        }
    }

    #[test]
    fn addresses_and_this_machine_are_known() {
        for (text, address, loopback) in [
            ("https://a.example", false, false),
            ("https://a_b-c.example", false, false),
            ("https://0x.example", false, false),
            ("https://localhost", false, true),
            ("https://127.0.0.1:1", true, true),
            ("https://127.9.9.9", true, true),
            ("https://[::1]:1", true, true),
            ("https://192.0.2.1", true, false),
            ("https://[2001:db8::1]", true, false),
        ] {
            let url = parse(text);
            assert_eq!((url.is_ip_address(), url.is_loopback()), (address, loopback), "{text}");
            let (_, authority) = url.origin().split_once("://").unwrap();
            assert_eq!(is_loopback_host(split_port(authority).0), loopback, "{text}");
        }
    }

    #[test]
    fn a_port_follows_the_last_colon_outside_of_brackets() {
        for (authority, expected) in [
            ("a.example", ("a.example", None)),
            ("a.example:80", ("a.example", Some("80"))),
            ("[::1]", ("[::1]", None)),
            ("[::1]:80", ("[::1]", Some("80"))),
        ] {
            assert_eq!(split_port(authority), expected);
        }
    }

    #[test]
    fn faults_are_named() {
        for (text, fault) in [
            ("http://a.example", "must be https (http is for loopback hosts only)"),
            ("https://a.example/?b", "must have no query and no fragment"),
            ("https://a.example:80x", "has an invalid port \"80x\""),
            ("https://a.example:+80", "has an invalid port \"+80\""),
            ("https://[::0]", "must write its IPv6 address as [::]"),
            ("https://a.0x1", "has an invalid IPv4 address \"a.0x1\""),
            (
                "https://a.example/;b",
                "has a path that is not plain: The path has a path parameter (;).",
            ),
        ] {
            assert_eq!(HttpUrl::parse(text).unwrap_err(), fault);
        }
    }
}
