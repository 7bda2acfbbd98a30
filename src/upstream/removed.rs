//! The header fields of a caller that no backend receives.
//!
//! The list has two readers. Rust asks [`RemovedFields::removes`]. The worker's JavaScript, which
//! alone sees all fields of a request, runs [`RemovedFields::pattern`].

use super::AUTHORIZATION;

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

/// The fields that make some backend see another method, path, host or scheme than the ones that
/// were judged, as canonical names. The worker sets `x-forwarded-host` and `x-forwarded-proto`
/// itself.
const ANOTHER_REQUEST: [&str; 58] = [
    // WebSphere and Liberty: scheme, host, port and user from `$WSSC` and its relatives.
    "-wsis",
    "-wsru",
    "-wssc",
    "-wssn",
    "-wssp",
    // RFC 7239: Spring, Quarkus, gorilla/handlers.
    "forwarded",
    // Yii, Drupal.
    "front-end-https",
    // gunicorn, whose names for them are SCRIPT_NAME and PATH_INFO.
    "path-info",
    "script-name",
    // WebLogic.
    "wl-proxy-ssl",
    // Rack::Sendfile, which then has nginx send another file (CVE-2025-61780).
    "x-accel-mapping",
    // Astro on Vercel.
    "x-astro-path",
    // Applications behind CloudFront, and behind IIS's request routing.
    "cloudfront-forwarded-proto",
    "x-arr-ssl",
    // What stands behind an Envoy.
    "x-envoy-original-host",
    "x-envoy-original-method",
    "x-envoy-original-path",
    // Apache NiFi.
    "x-forwarded-context",
    // Nearly every framework, once it trusts a proxy: Express, Rails, Django, Spring, Werkzeug,
    // ASP.NET Core, Next.js, Astro.
    "x-forwarded-host",
    "x-forwarded-method",
    "x-forwarded-original-uri",
    "x-forwarded-path",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    // Rack, gunicorn, Echo.
    "x-forwarded-protocol",
    "x-forwarded-scheme",
    // Applications behind Apache's mod_proxy, which writes it.
    "x-forwarded-server",
    "x-forwarded-ssl",
    "x-forwarded-uri",
    // Applications that were found by cache poisoning.
    "x-host",
    "x-http-host-override",
    "x-http-path-override",
    // Next.js.
    "x-matched-path",
    "x-now-route-matches",
    // Yii, applications behind Azure's gateways and behind nginx's auth_request; ASP.NET Core writes
    // four of them.
    "x-original-forwarded-host",
    "x-original-host",
    "x-original-method",
    "x-original-path",
    "x-original-port",
    "x-original-prefix",
    "x-original-proto",
    "x-original-scheme",
    "x-original-uri",
    // IIS, Symfony, Laminas.
    "x-original-url",
    // Apache NiFi.
    "x-proxycontextpath",
    "x-proxyhost",
    "x-proxyport",
    "x-proxyscheme",
    // Traefik writes it.
    "x-replaced-path",
    // IIS, Symfony, Laminas, Yii.
    "x-rewrite-url",
    // Tornado.
    "x-scheme",
    // WSGI applications below a path.
    "x-script-name",
    "x-sendfile-type",
    // Echo.
    "x-url-scheme",
    // Pyramid, repoze.vhm.
    "x-vhm-host",
    "x-vhm-root",
    // Azure App Service, for Node behind IIS.
    "x-waws-unencoded-url",
];

/// The fields with which some backends replace the method: npm's method-override, Rack, Symfony,
/// Laravel, Yii, ASP.NET Core and Jersey read the first, OData and SharePoint the second, and
/// backends that follow Google's or IBM's APIs the third.
pub(super) const METHOD_OVERRIDES: [&str; 3] =
    ["x-http-method-override", "x-http-method", "x-method-override"];

/// The beginnings of names with which Next.js tells itself that a request was routed already
/// (CVE-2025-29927).
const ANOTHER_ROUTE: [&str; 2] = ["x-invoke-", "x-middleware-"];

/// The credentials of a browser. A call with the app's own access token carries that token instead.
const BROWSER_CREDENTIALS: [&str; 2] = [AUTHORIZATION, "cookie"];

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
    /// Canonical names, sorted, each once. Names with [`IDENTITY_PREFIX`] and those of
    /// [`describes_another_request`] are removed in addition.
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
        name.starts_with(IDENTITY_PREFIX)
            || describes_another_request(&name)
            || self.names.binary_search(&name).is_ok()
    }

    /// Returns the same list as a regular expression of JavaScript, for names in lower case.
    pub fn pattern(&self) -> String {
        let begins = ANOTHER_ROUTE.join("|");
        let (others, overrides) = (ANOTHER_REQUEST.join("|"), METHOD_OVERRIDES.join("|"));
        let names = self.names.join("|");
        spellings(&format!("^(?:{IDENTITY_PREFIX}|{begins}|(?:{others}|{overrides}|{names})$)"))
    }
}

/// Returns whether a field of this canonical name makes some backend see another method, path, host
/// or scheme.
pub(crate) fn describes_another_request(canonical: &str) -> bool {
    ANOTHER_REQUEST.contains(&canonical)
        || METHOD_OVERRIDES.contains(&canonical)
        || ANOTHER_ROUTE.iter().any(|prefix| canonical.starts_with(prefix))
}

/// Returns a regular expression of JavaScript for the fields with which a caller names another
/// method, in every spelling and in lower case.
pub fn override_fields() -> String {
    spellings(&format!("^(?:{})$", METHOD_OVERRIDES.join("|")))
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
