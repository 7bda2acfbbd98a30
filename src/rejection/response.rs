//! The only mapping from a [`Rejection`] to an HTTP response.

use serde::Serialize;

use super::Rejection;

/// The response to a refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectionResponse {
    /// The HTTP status code.
    pub status: u16,
    /// The stable code, see [`Rejection::code`].
    pub code: &'static str,
    /// What the caller is told, see [`Rejection::detail`].
    pub detail: String,
    /// The header fields, with names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body, an RFC 9457 problem document; empty for HEAD.
    pub body: String,
}

/// The texts that clients expect of a rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// The codes and texts of Drawbridge.
    Standard,
    /// The texts and the status of JTL's tutorial.
    JtlTutorial,
}

/// What a response needs to know in addition to the reason.
#[derive(Clone, Copy, Debug)]
pub struct RejectionContext<'a> {
    /// The texts that the clients of the providers expect.
    pub wording: Wording,
    /// Whether the body is left out, as HEAD demands (RFC 9110, section 9.3.2).
    pub head: bool,
    /// The request's id on Cloudflare's network, if the runtime gave one.
    pub ray: Option<&'a str>,
    /// The `realm` of the challenge (RFC 9110, section 11.5): a public URL.
    pub realm: &'a str,
    /// The HTTP status for a token that is refused: 401 or 403.
    pub reject_status: u16,
}

impl<'a> RejectionContext<'a> {
    /// Returns the context of a rejection that no provider has a say in.
    pub fn without_providers(realm: &'a str, head: bool) -> Self {
        Self { wording: Wording::Standard, head, ray: None, realm, reject_status: 401 }
    }
}

impl RejectionResponse {
    /// Makes the response for `rejection`: a problem document (RFC 9457), a challenge (RFC 6750,
    /// section 3) and, if another attempt can succeed, `Retry-After`.
    pub fn new(rejection: &Rejection, context: &RejectionContext<'_>) -> Self {
        let class = Class::of(rejection);
        let status = class.status(context);
        let detail = rejection.detail();
        let mut headers = vec![
            ("cache-control", "no-store".to_owned()),
            ("content-type", "application/problem+json".to_owned()),
        ];
        if let Some(challenge) = class.challenge(context.realm, &detail) {
            headers.push(("www-authenticate", challenge));
        }
        if let Rejection::KeysUnavailable { retry_after_seconds } = rejection {
            headers.push(("retry-after", retry_after_seconds.to_string()));
        }
        if let Rejection::MethodNotAllowed { allowed } = rejection {
            headers.push(("allow", allowed.join(", ")));
        }
        let code = rejection.code();
        let body = if context.head {
            String::new()
        } else {
            let problem = Problem {
                r#type: format!("urn:drawbridge:problem:{code}"),
                title: rejection.title(),
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
        Self { status, code, detail: detail.into_owned(), headers, body }
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

/// A class of rejections that share status and challenge.
enum Class {
    /// The request is invalid, whoever sends it.
    BadRequest,
    /// The request does not have exactly one well-formed credential.
    BadCredential,
    /// There is no credential.
    NoToken,
    /// The token is refused.
    BadToken,
    /// The token is accepted, but the session lacks what the route demands.
    Denied,
    /// The reason has nothing to do with a credential. The field is the status.
    Other(u16),
}

impl Class {
    fn of(rejection: &Rejection) -> Self {
        match rejection {
            Rejection::BodyNotAllowed
            | Rejection::MethodAmbiguous
            | Rejection::PathAmbiguous { .. } => Self::BadRequest,
            Rejection::CredentialAmbiguous | Rejection::CredentialMalformed { .. } => {
                Self::BadCredential
            }
            Rejection::TokenMissing { .. } => Self::NoToken,
            Rejection::AlgorithmNotAllowed { .. }
            | Rejection::AudienceMismatch { .. }
            | Rejection::ClaimMismatch { .. }
            | Rejection::ClaimMissing { .. }
            | Rejection::ClaimsMalformed { .. }
            | Rejection::HeaderCritical
            | Rejection::HeaderMalformed { .. }
            | Rejection::IssuerMismatch
            | Rejection::KeyUnknown
            | Rejection::SignatureInvalid
            | Rejection::TokenExpired { .. }
            | Rejection::TokenMalformed { .. }
            | Rejection::TokenNotYetValid
            | Rejection::TokenTooLarge { .. } => Self::BadToken,
            Rejection::PermissionDenied { .. } => Self::Denied,
            Rejection::RouteUnknown => Self::Other(404),
            Rejection::MethodNotAllowed { .. } => Self::Other(405),
            Rejection::HeadersTooMany { .. } => Self::Other(431),
            Rejection::Misconfigured => Self::Other(500),
            Rejection::UpstreamUnreachable => Self::Other(502),
            Rejection::KeysUnavailable { .. } => Self::Other(503),
            Rejection::UpstreamTimeout => Self::Other(504),
        }
    }

    fn status(&self, context: &RejectionContext<'_>) -> u16 {
        match self {
            Self::BadRequest | Self::BadCredential => 400,
            Self::NoToken if context.wording == Wording::JtlTutorial => 400,
            Self::NoToken => 401,
            Self::BadToken => context.reject_status,
            Self::Denied => 403,
            Self::Other(status) => *status,
        }
    }

    /// Returns the error code of the challenge (RFC 6750, section 3.1).
    fn bearer_error(&self) -> Option<&'static str> {
        match self {
            Self::BadRequest | Self::BadCredential | Self::NoToken => Some("invalid_request"),
            Self::BadToken => Some("invalid_token"),
            Self::Denied => Some("insufficient_scope"),
            Self::Other(_) => None,
        }
    }

    /// Returns the member `error` of the body, which the platforms' own clients read.
    fn error(&self, context: &RejectionContext<'_>) -> Option<&'static str> {
        match self {
            Self::NoToken if context.wording == Wording::JtlTutorial => {
                Some("Session token is required")
            }
            Self::BadToken if context.wording == Wording::JtlTutorial => {
                Some("Failed to verify session token")
            }
            _ => self.bearer_error(),
        }
    }

    fn challenge(&self, realm: &str, detail: &str) -> Option<String> {
        let realm = quotable(realm);
        match self {
            // If the request has no credential, the challenge has no error code (RFC 6750, section
            // 3.1).
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

/// Replaces every character that RFC 6750, section 3 forbids in `error_description` with `?`. It
/// allows visible ASCII and space, except for `"` and `\`.
fn quotable(text: &str) -> String {
    text.chars()
        .map(|c| if matches!(c, ' ' | '!' | '#'..='[' | ']'..='~') { c } else { '?' })
        .collect()
}

#[cfg(test)]
mod tests;
