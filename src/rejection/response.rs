//! The one mapping from [`Reject`] to what goes over the wire.

use serde::Serialize;

use super::Reject;

/// A refusal, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status code.
    pub status: u16,
    /// The stable code, see [`Reject::code`].
    pub code: &'static str,
    /// Header fields, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body, an RFC 9457 problem document; empty for HEAD.
    pub body: String,
}

/// What a refusal says beside its reason.
#[derive(Clone, Copy, Debug)]
pub struct RefusalContext<'a> {
    /// Every provider that could have accepted the request is of kind `jtl-session`, whose clients
    /// expect the texts and the status of JTL's tutorial.
    pub jtl_session: bool,
    /// Leave the body out, as HEAD demands (RFC 9110, section 9.3.2).
    pub head: bool,
    /// The request's ray id, if the runtime gave one.
    pub ray: Option<&'a str>,
    /// The `realm` of the challenge: the public URL.
    pub realm: &'a str,
    /// The status for a token that is refused: 401 or 403.
    pub reject_status: u16,
}

impl Refusal {
    /// The answer to a request refused for `reject`: problem document (RFC 9457), challenge
    /// (RFC 6750, section 3) and, where it is worth while to come back, `Retry-After`.
    pub fn new(reject: &Reject, context: &RefusalContext<'_>) -> Self {
        let class = Class::of(reject);
        let status = class.status(context);
        let detail = reject.detail();
        let mut headers = vec![
            ("cache-control", "no-store".to_owned()),
            ("content-type", "application/problem+json".to_owned()),
        ];
        if let Some(challenge) = class.challenge(context.realm, &detail) {
            headers.push(("www-authenticate", challenge));
        }
        if let Reject::KeysUnavailable { retry_after_seconds } = reject {
            headers.push(("retry-after", retry_after_seconds.to_string()));
        }
        if let Reject::MethodNotAllowed { allowed } = reject {
            headers.push(("allow", allowed.join(", ")));
        }
        let code = reject.code();
        let body = if context.head {
            String::new()
        } else {
            let problem = Problem {
                r#type: format!("urn:drawbridge:problem:{code}"),
                title: reject.title(),
                status,
                detail: &detail,
                code,
                instance: context.ray,
                error: class.error(context).unwrap_or(code),
                message: &detail,
            };
            // A struct of strings and one number always serialises.
            serde_json::to_string(&problem).unwrap_or_default()
        };
        Self { status, code, headers, body }
    }
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    error: &'a str,
    message: &'a str,
}

/// Refusals that share status and challenge.
enum Class {
    /// The request itself is at fault, whoever sends it.
    BadRequest,
    /// The credential is not one token in its place.
    BadCredential,
    /// There is no credential.
    NoToken,
    /// The token is refused.
    BadToken,
    /// The token is accepted, and not enough.
    Denied,
    /// Nothing that a credential could mend.
    Other(u16),
}

impl Class {
    fn of(reject: &Reject) -> Self {
        match reject {
            Reject::BodyNotAllowed | Reject::PathAmbiguous { .. } => Self::BadRequest,
            Reject::CredentialAmbiguous | Reject::CredentialMalformed { .. } => Self::BadCredential,
            Reject::TokenMissing { .. } => Self::NoToken,
            Reject::AlgorithmNotAllowed { .. }
            | Reject::AudienceMismatch { .. }
            | Reject::ClaimMismatch { .. }
            | Reject::ClaimMissing { .. }
            | Reject::ClaimsMalformed { .. }
            | Reject::HeaderCritical
            | Reject::HeaderMalformed { .. }
            | Reject::IssuerMismatch
            | Reject::KeyUnknown
            | Reject::SignatureInvalid
            | Reject::TokenExpired { .. }
            | Reject::TokenMalformed { .. }
            | Reject::TokenNotYetValid
            | Reject::TokenTooLarge { .. } => Self::BadToken,
            Reject::PermissionDenied { .. } => Self::Denied,
            Reject::RouteUnknown => Self::Other(404),
            Reject::MethodNotAllowed { .. } => Self::Other(405),
            Reject::Misconfigured => Self::Other(500),
            Reject::UpstreamUnreachable => Self::Other(502),
            Reject::KeysUnavailable { .. } => Self::Other(503),
            Reject::UpstreamTimeout => Self::Other(504),
        }
    }

    fn status(&self, context: &RefusalContext<'_>) -> u16 {
        match self {
            Self::BadRequest | Self::BadCredential => 400,
            Self::NoToken if context.jtl_session => 400,
            Self::NoToken => 401,
            Self::BadToken => context.reject_status,
            Self::Denied => 403,
            Self::Other(status) => *status,
        }
    }

    /// RFC 6750, section 3.1.
    fn bearer_error(&self) -> Option<&'static str> {
        match self {
            Self::BadRequest | Self::BadCredential | Self::NoToken => Some("invalid_request"),
            Self::BadToken => Some("invalid_token"),
            Self::Denied => Some("insufficient_scope"),
            Self::Other(_) => None,
        }
    }

    /// The member `error`, which the platforms' own clients read.
    fn error(&self, context: &RefusalContext<'_>) -> Option<&'static str> {
        match self {
            Self::NoToken if context.jtl_session => Some("Session token is required"),
            Self::BadToken if context.jtl_session => Some("Failed to verify session token"),
            _ => self.bearer_error(),
        }
    }

    fn challenge(&self, realm: &str, detail: &str) -> Option<String> {
        let realm = quotable(realm);
        match self {
            // No error code where no credential was sent: RFC 6750, section 3.1.
            Self::NoToken => Some(format!("Bearer realm=\"{realm}\"")),
            Self::BadCredential | Self::BadToken | Self::Denied => Some(format!(
                "Bearer realm=\"{realm}\", error=\"{}\", error_description=\"{}\"",
                self.bearer_error().unwrap_or_default(),
                quotable(detail),
            )),
            Self::BadRequest | Self::Other(_) => None,
        }
    }
}

/// The characters that RFC 6750, section 3 allows in `error_description`: visible ASCII and space
/// without `"` and `\`. Others become `?`.
fn quotable(text: &str) -> String {
    text.chars()
        .map(|c| if matches!(c, ' ' | '!' | '#'..='[' | ']'..='~') { c } else { '?' })
        .collect()
}

#[cfg(test)]
mod tests;
