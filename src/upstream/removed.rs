//! The header fields of a caller that no backend receives.
//!
//! The list has two readers. Rust asks [`RemovedFields::removes`]. The worker's JavaScript, which
//! alone sees all fields of a request, runs [`RemovedFields::pattern`].

/// The prefix of every identity header. No field with this prefix ever passes from a caller to a
/// backend.
pub const IDENTITY_PREFIX: &str = "x-verified-";

/// The fields that belong to one connection (RFC 9110, section 7.6.1). Fields that a caller lists
/// in its own `Connection` field are not removed: with such a list, a caller could remove a field
/// that Cloudflare has set.
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

/// Returns a field's name in the form in which some backends read it. CGI and its successors know
/// letters and digits only, so `X_Verified_User` and `X.Verified.User` are `x-verified-user` to
/// them.
pub fn canonical_name(name: &str) -> String {
    let canonical = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.chars().map(canonical).collect()
}

/// The fields that are removed from every request to one backend, in every spelling. Requests of a
/// session and requests of a public route have a list each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedFields {
    /// Canonical names, sorted, each once. Names with [`IDENTITY_PREFIX`] are removed in addition.
    names: Vec<String>,
}

impl RemovedFields {
    /// Makes a list for a backend. `names` are the fields that the worker sets for some backend and,
    /// for requests of a session, the fields that carry credentials to the worker.
    /// `with_access_token` tells whether the worker calls this backend with an access token of the
    /// app.
    pub(crate) fn new(names: &[&str], with_access_token: bool) -> Self {
        let replaced: &[&str] = if with_access_token { &BROWSER_CREDENTIALS } else { &[] };
        let mut names: Vec<String> =
            [&HOP_BY_HOP, replaced, names].concat().into_iter().map(canonical_name).collect();
        names.sort_unstable();
        names.dedup();
        Self { names }
    }

    /// Returns whether a field of this name is removed. `name` may be in any case.
    pub fn removes(&self, name: &str) -> bool {
        let name = canonical_name(name);
        name.starts_with(IDENTITY_PREFIX) || self.names.binary_search(&name).is_ok()
    }

    /// Returns the same list as a regular expression of JavaScript, for names in lower case.
    pub fn pattern(&self) -> String {
        format!("^(?:{}|(?:{})$)", spellings(IDENTITY_PREFIX), spellings(&self.names.join("|")))
    }
}

/// Returns a regular expression of JavaScript for the fields that make an answer one caller's own,
/// in every spelling and in lower case: the credentials of a browser and of each provider.
/// `credentials` are the names of the providers' fields.
pub fn personal_fields<'n>(credentials: impl Iterator<Item = &'n str>) -> String {
    let mut pattern = format!("^(?:{}", BROWSER_CREDENTIALS.join("|"));
    for name in credentials {
        pattern.push('|');
        pattern.push_str(&canonical_name(name));
    }
    pattern.push_str(")$");
    spellings(&pattern)
}

/// Returns a pattern of canonical names as a pattern of all their spellings. In a canonical name,
/// only `-` needs translation. It becomes the class of the characters that [`canonical_name`]
/// replaces by it.
fn spellings(names: &str) -> String {
    names.replace('-', "[^a-z0-9]")
}

#[cfg(test)]
mod tests;
