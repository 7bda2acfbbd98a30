//! The reasons for which Drawbridge refuses a request, each with its stable code.

mod response;

pub use response::{RejectionContext, RejectionResponse, Wording};

use std::borrow::Cow;

/// Why a request is refused.
///
/// No variant holds any part of a token or a secret, so a `Rejection` may be shown and logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The header's `alg` is not one that the provider allows (RFC 8725, section 3.1).
    AlgorithmNotAllowed {
        /// The `alg` values that the provider allows.
        allowed: Vec<&'static str>,
    },
    /// `aud` names none of the expected audiences (RFC 7519, section 4.1.3).
    AudienceMismatch {
        /// The audiences of which the token must name one.
        expected: Vec<String>,
    },
    /// A GET or HEAD request has a body (RFC 9110, section 9.3.1), which the runtime cannot send.
    BodyNotAllowed,
    /// A claim has a value that the provider does not accept.
    ClaimMismatch {
        /// The name of the claim.
        claim: Cow<'static, str>,
    },
    /// A required claim is absent.
    ClaimMissing {
        /// The name of the claim.
        claim: Cow<'static, str>,
    },
    /// The payload is not strict JSON, or a claim has the wrong type (RFC 7519, section 7.2).
    ClaimsMalformed {
        /// What is wrong, as the end of a sentence that begins with "The token's payload".
        fault: Cow<'static, str>,
    },
    /// More than one credential was sent (RFC 6750, section 2).
    CredentialAmbiguous,
    /// The credential's header has another scheme or holds white space (RFC 9110, section 11.4).
    CredentialMalformed {
        /// What the header must look like.
        expected: String,
    },
    /// The token's header has a `crit` member (RFC 7515, section 4.1.11). Drawbridge implements no
    /// extension.
    HeaderCritical,
    /// The token's header is not strict JSON, or a parameter has the wrong type (RFC 7515, section
    /// 4).
    HeaderMalformed {
        /// What is wrong, as the end of a sentence that begins with "The token's header".
        fault: Cow<'static, str>,
    },
    /// The fields of the request have more distinct names than are sent on (RFC 6585, section 5).
    HeadersTooMany {
        /// The greatest allowed number of distinct names.
        most: usize,
    },
    /// `iss` is not the issuer of a provider that the route allows (RFC 7519, section 4.1.1).
    IssuerMismatch,
    /// No key of the issuer fits the token (RFC 7515, section 6).
    KeyUnknown,
    /// There is no usable key set, and the issuer cannot be asked now.
    KeysUnavailable {
        /// The seconds after which another request may succeed, as in `Retry-After`.
        retry_after_seconds: u64,
    },
    /// A field of a session's request names another method than the request.
    MethodAmbiguous,
    /// No route admits the method of the request (RFC 9110, section 15.5.6).
    MethodNotAllowed {
        /// The methods that the routes admit, as in `Allow`.
        allowed: Vec<String>,
    },
    /// The configuration is invalid; its faults are in the log.
    Misconfigured,
    /// The path could mean one thing to a rule and another to the backend.
    PathAmbiguous {
        /// What makes it ambiguous, as the end of a sentence that begins with "The path".
        fault: &'static str,
    },
    /// The session lacks what the route demands (RFC 6750, section 3.1, `insufficient_scope`).
    PermissionDenied {
        /// What the session lacks, as the end of a sentence that begins with "The session lacks".
        lacking: String,
    },
    /// No route matches the path.
    RouteUnknown,
    /// None of the issuer's keys made the signature (RFC 7515, section 5.2).
    SignatureInvalid,
    /// `exp` has passed (RFC 7519, section 4.1.4).
    TokenExpired {
        /// The seconds since `exp`. The allowed clock skew is not subtracted.
        seconds_ago: u64,
    },
    /// The token is not a compact JWS (RFC 7515, section 7.1).
    TokenMalformed {
        /// What is wrong, as the end of a sentence that begins with "The token".
        fault: &'static str,
    },
    /// No credential was sent.
    TokenMissing {
        /// Where a credential is looked for, such as "Authorization: Bearer".
        expected: String,
    },
    /// `nbf` or `iat` lies in the future (RFC 7519, sections 4.1.5 and 4.1.6).
    TokenNotYetValid,
    /// The credential is longer than Drawbridge reads.
    TokenTooLarge {
        /// The greatest allowed length, in bytes.
        max_bytes: usize,
    },
    /// The backend sent no response headers in time.
    UpstreamTimeout,
    /// The backend could not be reached or broke off before its response headers.
    UpstreamUnreachable,
}

impl Rejection {
    /// Returns the stable, documented code of the reason.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlgorithmNotAllowed { .. } => "algorithm_not_allowed",
            Self::AudienceMismatch { .. } => "audience_mismatch",
            Self::BodyNotAllowed => "body_not_allowed",
            Self::ClaimMismatch { .. } => "claim_mismatch",
            Self::ClaimMissing { .. } => "claim_missing",
            Self::ClaimsMalformed { .. } => "claims_malformed",
            Self::CredentialAmbiguous => "credential_ambiguous",
            Self::CredentialMalformed { .. } => "credential_malformed",
            Self::HeaderCritical => "header_critical",
            Self::HeaderMalformed { .. } => "header_malformed",
            Self::HeadersTooMany { .. } => "headers_too_many",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::KeyUnknown => "key_unknown",
            Self::KeysUnavailable { .. } => "keys_unavailable",
            Self::MethodAmbiguous => "method_ambiguous",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::Misconfigured => "misconfigured",
            Self::PathAmbiguous { .. } => "path_ambiguous",
            Self::PermissionDenied { .. } => "permission_denied",
            Self::RouteUnknown => "route_unknown",
            Self::SignatureInvalid => "signature_invalid",
            Self::TokenExpired { .. } => "token_expired",
            Self::TokenMalformed { .. } => "token_malformed",
            Self::TokenMissing { .. } => "token_missing",
            Self::TokenNotYetValid => "token_not_yet_valid",
            Self::TokenTooLarge { .. } => "token_too_large",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::UpstreamUnreachable => "upstream_unreachable",
        }
    }

    /// Returns what the caller may know and do about the reason, as full sentences.
    pub fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::AlgorithmNotAllowed { allowed } => {
                format!("The token's alg must be {}.", one_of(allowed)).into()
            }
            Self::AudienceMismatch { expected } => {
                format!("The token's aud must be {}.", one_of(expected)).into()
            }
            Self::BodyNotAllowed => "A GET or HEAD request must not have a body.".into(),
            Self::ClaimMismatch { claim } => {
                format!("The token's claim {claim} has a value that is not accepted here.").into()
            }
            Self::ClaimMissing { claim } => format!("The token has no claim {claim}.").into(),
            Self::ClaimsMalformed { fault } => format!("The token's payload {fault}.").into(),
            Self::CredentialAmbiguous => {
                "More than one credential was sent; send exactly one.".into()
            }
            Self::CredentialMalformed { expected } => {
                format!("The credential must be sent as {expected}.").into()
            }
            Self::HeaderCritical => {
                "The token's header has a crit member; no extension is supported.".into()
            }
            Self::HeaderMalformed { fault } => format!("The token's header {fault}.").into(),
            Self::HeadersTooMany { most } => headers_too_many(*most).into(),
            Self::IssuerMismatch => {
                "The token's iss is not an issuer that is accepted here.".into()
            }
            Self::KeyUnknown => "The issuer publishes no key that fits the token.".into(),
            Self::KeysUnavailable { retry_after_seconds: seconds } => {
                keys_unavailable(*seconds).into()
            }
            Self::MethodAmbiguous => METHOD_AMBIGUOUS.into(),
            Self::MethodNotAllowed { allowed } => {
                format!("This path takes {} only.", one_of(allowed)).into()
            }
            Self::Misconfigured => {
                "The gateway's configuration is invalid; its log names every fault.".into()
            }
            Self::PathAmbiguous { fault } => format!("The path {fault}.").into(),
            Self::PermissionDenied { lacking } => format!("The session lacks {lacking}.").into(),
            Self::RouteUnknown => "There is nothing at this path.".into(),
            Self::SignatureInvalid => {
                "The token's signature was not made by a key of its issuer.".into()
            }
            Self::TokenExpired { seconds_ago } => {
                format!("The token expired {seconds_ago} s ago.").into()
            }
            Self::TokenMalformed { fault } => format!("The token {fault}.").into(),
            Self::TokenMissing { expected } => {
                format!("No token was sent; send one as {expected}.").into()
            }
            Self::TokenNotYetValid => {
                "The token's nbf or iat lies in the future; check the issuer's clock.".into()
            }
            Self::TokenTooLarge { max_bytes } => {
                format!("The credential is longer than {max_bytes} bytes.").into()
            }
            Self::UpstreamTimeout => "The backend did not answer in time.".into(),
            Self::UpstreamUnreachable => "The backend could not be reached.".into(),
        }
    }

    /// Returns the short, constant summary of the reason (RFC 9457, section 3.1.3).
    pub fn title(&self) -> &'static str {
        match self {
            Self::AlgorithmNotAllowed { .. } => "Algorithm not allowed",
            Self::AudienceMismatch { .. } => "Wrong audience",
            Self::BodyNotAllowed => "Body not allowed",
            Self::ClaimMismatch { .. } => "Claim not accepted",
            Self::ClaimMissing { .. } => "Claim missing",
            Self::ClaimsMalformed { .. } => "Malformed claims",
            Self::CredentialAmbiguous => "More than one credential",
            Self::CredentialMalformed { .. } => "Malformed credential",
            Self::HeaderCritical => "Critical header parameter",
            Self::HeaderMalformed { .. } => "Malformed token header",
            Self::HeadersTooMany { .. } => "Too many header fields",
            Self::IssuerMismatch => "Wrong issuer",
            Self::KeyUnknown => "Unknown key",
            Self::KeysUnavailable { .. } => "Keys unavailable",
            Self::MethodAmbiguous => "Ambiguous method",
            Self::MethodNotAllowed { .. } => "Method not allowed",
            Self::Misconfigured => "Misconfigured gateway",
            Self::PathAmbiguous { .. } => "Ambiguous path",
            Self::PermissionDenied { .. } => "Permission denied",
            Self::RouteUnknown => "Unknown route",
            Self::SignatureInvalid => "Invalid signature",
            Self::TokenExpired { .. } => "Token expired",
            Self::TokenMalformed { .. } => "Malformed token",
            Self::TokenMissing { .. } => "Token missing",
            Self::TokenNotYetValid => "Token not yet valid",
            Self::TokenTooLarge { .. } => "Token too large",
            Self::UpstreamTimeout => "Backend timed out",
            Self::UpstreamUnreachable => "Backend unreachable",
        }
    }
}

const METHOD_AMBIGUOUS: &str = "A header field such as X-HTTP-Method-Override names another method \
     than the request; send the request with that method itself, without the field.";

fn headers_too_many(most: usize) -> String {
    format!(
        "The request has header fields of more than {most} distinct names; send at most {most}, \
         where fields of one name count once."
    )
}

fn keys_unavailable(retry_after_seconds: u64) -> String {
    format!(
        "The issuer's keys cannot be had at the moment; the token was not judged. Try again in \
         {retry_after_seconds} s."
    )
}

fn one_of<S: AsRef<str>>(values: &[S]) -> String {
    let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    values.join(" or ")
}
