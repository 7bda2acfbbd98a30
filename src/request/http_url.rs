//! The URLs of a configuration, in the normal form in which they are compared.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::request::{Quirks, RequestPath};

/// The length of the longest accepted URL, in bytes. Workers KV takes keys of up to 512 bytes.
const MAX_BYTES: usize = 400;

/// An `https` URL, or an `http` URL of a loopback host, without user, query and fragment. The host
/// is in lower case and a default port is left out, as in the WHATWG URL Standard.
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
    /// Returns a sentence fragment that says what is wrong, such as "must be https".
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
        let plain = |path| RequestPath::parse(path)?.quirks().check(Quirks::default());
        if let Some(Err(rejection)) = (!prefix.is_empty()).then(|| plain(prefix)) {
            return Err(format!("has a path that is not plain: {}", rejection.detail()));
        }
        Ok(Self { origin: format!("{scheme}://{host}{port}"), path: path.to_owned(), loopback })
    }

    /// Returns scheme, host and port: `https://api.example.com`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the URL without one trailing slash, so that a path can be appended.
    pub fn base(&self) -> String {
        format!("{}{}", self.origin, self.path.strip_suffix('/').unwrap_or(&self.path))
    }

    /// Returns the URL with `path` appended. `path` begins with `/`.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.base())
    }

    /// Returns whether the host is an IP address.
    pub fn is_ip_address(&self) -> bool {
        let authority = self.origin.split_once("://").map_or("", |(_, authority)| authority);
        let (host, _) = split_port(authority);
        host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
    }

    /// Returns whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

/// Returns whether a host is this machine. `host` is in lower case, in the form that a URL has.
pub fn is_loopback_host(host: &str) -> bool {
    host == "localhost"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || host == "[::1]"
}

/// Splits an authority into host and port (RFC 3986, section 3.2).
pub fn split_port(authority: &str) -> (&str, Option<&str>) {
    // A colon inside the brackets of an IPv6 address separates no port.
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
    // If the last label of a host is a number, the WHATWG URL Standard reads the host as an IPv4
    // address. Of its several notations, only the plain one is accepted here.
    let last = host.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    if numeric && host.parse::<Ipv4Addr>().is_err() {
        return Err(format!("has an invalid IPv4 address {host:?}"));
    }
    Ok(is_loopback_host(host))
}

#[cfg(test)]
mod tests;
