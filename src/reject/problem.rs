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
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const CONTEXT: RefusalContext<'static> = RefusalContext {
        jtl_session: false,
        head: false,
        ray: Some("8f0-FRA"),
        realm: "https://api.example.com",
        reject_status: 401,
    };

    fn header<'a>(refusal: &'a Refusal, name: &str) -> Option<&'a str> {
        refusal.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn a_refused_token_gets_a_problem_and_a_challenge() {
        let refusal = Refusal::new(
            &Reject::AudienceMismatch { expected: vec!["https://api.example.com/orders".into()] },
            &CONTEXT,
        );
        let detail = "The token's aud must be https://api.example.com/orders.";
        assert_eq!(refusal.status, 401);
        assert_eq!(
            header(&refusal, "www-authenticate").unwrap(),
            format!(
                "Bearer realm=\"https://api.example.com\", error=\"invalid_token\", \
                 error_description=\"{detail}\""
            ),
        );
        assert_eq!(
            serde_json::from_str::<Value>(&refusal.body).unwrap(),
            json!({
                "type": "urn:drawbridge:problem:audience_mismatch",
                "title": "Wrong audience",
                "status": 401,
                "detail": detail,
                "code": "audience_mismatch",
                "instance": "8f0-FRA",
                "error": "invalid_token",
                "message": detail,
            }),
        );
    }

    #[test]
    fn jtl_clients_read_the_texts_of_the_tutorial() {
        let context = RefusalContext { jtl_session: true, ..CONTEXT };
        let missing =
            Refusal::new(&Reject::TokenMissing { expected: "X-Session-ID".into() }, &context);
        assert_eq!(missing.status, 400);
        assert!(missing.body.contains("\"error\":\"Session token is required\""));
        let invalid = Refusal::new(&Reject::SignatureInvalid, &context);
        assert_eq!(invalid.status, 401);
        assert!(invalid.body.contains("\"error\":\"Failed to verify session token\""));
    }

    #[test]
    fn others_read_the_codes_of_rfc_6750() {
        let missing =
            Refusal::new(&Reject::TokenMissing { expected: "a Bearer token".into() }, &CONTEXT);
        assert_eq!(missing.status, 401);
        assert!(missing.body.contains("\"error\":\"invalid_request\""));
        let invalid = Refusal::new(&Reject::SignatureInvalid, &CONTEXT);
        assert_eq!(invalid.status, 401);
        assert!(invalid.body.contains("\"error\":\"invalid_token\""));
    }

    #[test]
    fn the_challenge_cannot_be_broken_out_of() {
        let refusal =
            Refusal::new(&Reject::ClaimMissing { claim: "a\"b\\c\r\nx: y\u{e9}".into() }, &CONTEXT);
        let challenge = header(&refusal, "www-authenticate").unwrap();
        assert!(challenge.ends_with("error_description=\"The token has no claim a?b?c??x: y?.\""));
    }

    #[test]
    fn unavailable_keys_are_not_the_callers_fault() {
        let refusal = Refusal::new(&Reject::KeysUnavailable { retry_after_seconds: 30 }, &CONTEXT);
        assert_eq!(refusal.status, 503);
        assert_eq!(header(&refusal, "retry-after"), Some("30"));
        assert_eq!(header(&refusal, "www-authenticate"), None);
    }

    #[test]
    fn head_gets_no_body() {
        let refusal =
            Refusal::new(&Reject::SignatureInvalid, &RefusalContext { head: true, ..CONTEXT });
        assert_eq!((refusal.status, refusal.body.as_str()), (401, ""));
    }
}
