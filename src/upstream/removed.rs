//! The header fields of a caller that no backend gets.
//!
//! The list has two readers. Rust asks [`RemovedFields::removes`]; the worker's JavaScript, which
//! alone sees all fields of a request, runs [`RemovedFields::pattern`].

/// The prefix of every identity header. Nothing with it ever passes from a caller to a backend.
pub const IDENTITY_PREFIX: &str = "x-verified-";

/// Fields that belong to one connection (RFC 9110, section 7.6.1). The fields that a caller lists in
/// its own `Connection` field are not among them: such a list would remove what another field says.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The credentials of a browser. A call with the app's own access token carries that token instead.
const BROWSER_CREDENTIALS: [&str; 2] = ["authorization", "cookie"];

/// Writes a field's name as some backends read it: CGI and its heirs know letters and digits only, so
/// that `X_Verified_User` and `X.Verified.User` are `x-verified-user` to them.
pub fn canonical_name(name: &str) -> String {
    let canonical = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.chars().map(canonical).collect()
}

/// The fields that are removed from every request to one backend, in every spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedFields {
    /// Canonical, sorted, each once; beside them every name with [`IDENTITY_PREFIX`].
    names: Vec<String>,
}

impl RemovedFields {
    /// Makes the list for a backend: `names` are the fields that carry credentials to the worker or
    /// that the worker sets for some backend. `with_access_token` tells whether this backend is
    /// called with an access token of the app.
    pub(crate) fn new(names: &[&str], with_access_token: bool) -> Self {
        let replaced: &[&str] = if with_access_token { &BROWSER_CREDENTIALS } else { &[] };
        let mut names: Vec<String> =
            [&HOP_BY_HOP, replaced, names].concat().into_iter().map(canonical_name).collect();
        names.sort_unstable();
        names.dedup();
        Self { names }
    }

    /// Whether a field of this name is removed. `name` may be in any case.
    pub fn removes(&self, name: &str) -> bool {
        let name = canonical_name(name);
        name.starts_with(IDENTITY_PREFIX) || self.names.binary_search(&name).is_ok()
    }

    /// The same list as a regular expression of JavaScript, for names in lower case.
    ///
    /// Nothing in a canonical name has a meaning in an expression, except for `-`, which becomes the
    /// class of the characters that [`canonical_name`] takes for it.
    pub fn pattern(&self) -> String {
        let spellings = |name: &str| name.replace('-', "[^a-z0-9]");
        let names: Vec<String> = self.names.iter().map(|name| spellings(name)).collect();
        format!("^(?:{}|(?:{})$)", spellings(IDENTITY_PREFIX), names.join("|"))
    }
}

#[cfg(test)]
mod tests;
