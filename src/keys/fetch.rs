//! The fetch of one key set from its issuer, as a state machine without I/O.
//!
//! ```text
//! start ──▶ Send(metadata) ──▶ Authorise ──▶ Send(key set) ──▶ Done
//!               only with          only if the     │  ▲
//!               discovery          source has      └──┘ once, if the issuer
//!                                  credentials          refused the access token
//! ```
//!
//! The worker and `drawbridge explain` are its drivers: they send the calls and obtain the access
//! tokens.

use std::fmt;
use std::rc::Rc;

use crate::keys::discovery::{self, metadata_url};
use crate::keys::exchange::{Call, Reply};
use crate::keys::{ClientCredentials, Fetched, KeyLocation, KeySet, KeySource, Outcome, Validator};
use crate::time::UnixMillis;

/// What the driver does next.
#[derive(Debug)]
pub enum Next<'s> {
    /// Send this call, then report [`KeyFetch::replied`].
    Send(Call),
    /// Obtain an access token, then report [`KeyFetch::authorised`].
    Authorise {
        /// The grant.
        credentials: &'s ClientCredentials,
        /// Whether the issuer refused the previous token, which may have been revoked.
        refused: bool,
    },
    /// The fetch has ended.
    Done(Result<Outcome, FetchError>),
}

/// The reason why a fetch brought no key set. The worker logs its `Display` form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// The driver could not obtain an access token.
    AccessToken(String),
    /// The document is invalid.
    Invalid(String),
    /// The issuer answered with a status other than 200.
    Status {
        /// The requested document.
        document: Document,
        /// The URL of the document.
        url: String,
        /// The HTTP status code.
        status: u16,
    },
    /// There was no complete response.
    Unanswered {
        /// The requested document.
        document: Document,
        /// The URL of the document.
        url: String,
        /// The reason why there was no complete response.
        cause: String,
    },
}

/// The kind of a document that an issuer publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// The key set.
    Keys,
    /// The metadata that names the URL of the key set.
    Metadata,
}

/// One fetch that is under way.
#[derive(Debug)]
pub struct KeyFetch<'s> {
    source: &'s KeySource,
    validator: Option<Validator>,
    started_at: UnixMillis,
    awaited: Awaited,
}

/// The reply that the fetch waits for.
#[derive(Debug)]
enum Awaited {
    Metadata { url: String },
    Keys(KeyCall),
}

/// The request for a key set.
#[derive(Clone, Debug)]
struct KeyCall {
    url: String,
    etag: Option<String>,
    /// Whether the issuer has already refused an access token in this fetch.
    repeated: bool,
}

impl<'s> KeyFetch<'s> {
    /// Begins a fetch at `now` and returns its first step. The fetch is conditional if `validator`
    /// belongs to the URL of the key set.
    pub fn start(
        source: &'s KeySource,
        validator: Option<Validator>,
        now: UnixMillis,
    ) -> (Self, Next<'s>) {
        let url = metadata_url(&source.name);
        let awaited = Awaited::Metadata { url: url.clone() };
        let mut fetch = Self { source, validator, started_at: now, awaited };
        let step = match &source.location {
            KeyLocation::Discovery => Next::Send(Call::get(url)),
            KeyLocation::Inline(_) => {
                failed(FetchError::Invalid("keys in the configuration are not fetched".into()))
            }
            KeyLocation::Uri(uri) => fetch.ask_for_keys(uri.clone()),
        };
        (fetch, step)
    }

    /// Reports an access token, or why there is none, and returns the next step.
    pub fn authorised(&mut self, token: Result<&str, String>) -> Next<'s> {
        let Awaited::Keys(call) = &self.awaited else { return out_of_turn() };
        match token {
            Ok(token) => Next::Send(call.with(Some(token))),
            Err(cause) => failed(FetchError::AccessToken(cause)),
        }
    }

    /// Reports the issuer's reply, or why there was no complete one, and returns the next step.
    pub fn replied(&mut self, reply: Result<Reply, String>) -> Next<'s> {
        match &self.awaited {
            Awaited::Metadata { url } => {
                let uri = accepted(Document::Metadata, url, reply)
                    .and_then(|reply| self.key_url(&reply.body));
                match uri {
                    Ok(uri) => self.ask_for_keys(uri),
                    Err(error) => failed(error),
                }
            }
            Awaited::Keys(call) => match (&self.source.client_credentials, reply) {
                (Some(credentials), Ok(Reply { status: 401, .. })) if !call.repeated => {
                    self.awaited = Awaited::Keys(KeyCall { repeated: true, ..call.clone() });
                    Next::Authorise { credentials, refused: true }
                }
                (_, reply) => Next::Done(self.outcome(call, reply)),
            },
        }
    }

    /// Reads the URL of the key set from the metadata.
    fn key_url(&self, metadata: &[u8]) -> Result<String, FetchError> {
        discovery::jwks_uri(metadata, &self.source.name)
            .map_err(|fault| FetchError::Invalid(fault.to_owned()))
    }

    fn ask_for_keys(&mut self, url: String) -> Next<'s> {
        let validator = self.validator.take().filter(|validator| *validator.jwks_uri == *url);
        let call = KeyCall { url, etag: validator.map(|v| v.etag), repeated: false };
        let step = match &self.source.client_credentials {
            Some(credentials) => Next::Authorise { credentials, refused: false },
            None => Next::Send(call.with(None)),
        };
        self.awaited = Awaited::Keys(call);
        step
    }

    fn outcome(&self, call: &KeyCall, reply: Result<Reply, String>) -> Result<Outcome, FetchError> {
        let fetched_at = self.started_at;
        if let (Some(etag), Ok(Reply { status: 304, .. })) = (&call.etag, &reply) {
            return Ok(Outcome::NotModified { etag: etag.clone(), fetched_at });
        }
        let Reply { etag, body, .. } = accepted(Document::Keys, &call.url, reply)?;
        let invalid = |fault: &str| FetchError::Invalid(fault.to_owned());
        let document = String::from_utf8(body).map_err(|_| invalid("the key set is not UTF-8"))?;
        let keys =
            KeySet::parse(document.as_bytes()).map_err(|fault| invalid(&fault.to_string()))?;
        Ok(Outcome::Set(Fetched {
            keys: Rc::new(keys),
            document: document.into(),
            jwks_uri: call.url.as_str().into(),
            // A later `If-None-Match` repeats the tag unchanged, so the tag may have only those
            // ASCII characters that RFC 9110, section 8.8.3 allows.
            etag: etag.filter(|etag| etag.bytes().all(|byte| byte.is_ascii_graphic())),
            fetched_at,
        }))
    }
}

impl KeyCall {
    fn with(&self, token: Option<&str>) -> Call {
        let mut call = Call::get(self.url.clone());
        call.headers.extend(self.etag.iter().map(|etag| ("if-none-match", etag.clone())));
        call.headers.extend(token.map(|token| ("authorization", format!("Bearer {token}"))));
        call
    }
}

fn failed<'s>(error: FetchError) -> Next<'s> {
    Next::Done(Err(error))
}

/// Ends a fetch whose driver has reported an access token that the fetch did not ask for.
fn out_of_turn<'s>() -> Next<'s> {
    failed(FetchError::Invalid("no access token was asked for".into()))
}

/// Returns a reply with status 200, or the error that any other reply means.
fn accepted(
    document: Document,
    url: &str,
    reply: Result<Reply, String>,
) -> Result<Reply, FetchError> {
    let url = url.to_owned();
    match reply {
        Ok(reply) if reply.status == 200 => Ok(reply),
        Ok(Reply { status, .. }) => Err(FetchError::Status { document, url, status }),
        Err(cause) => Err(FetchError::Unanswered { document, url, cause }),
    }
}

impl FetchError {
    /// Returns whether the issuer has refused the access token, also the second one.
    pub fn refuses_token(&self) -> bool {
        matches!(self, Self::Status { document: Document::Keys, status: 401, .. })
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccessToken(cause) | Self::Invalid(cause) => f.write_str(cause),
            Self::Status { document, status, .. } => write!(f, "{document}status {status}"),
            Self::Unanswered { document, cause, .. } => write!(f, "{document}{cause}"),
        }
    }
}

/// Writes the prefix of a logged cause.
impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys => Ok(()),
            Self::Metadata => f.write_str("metadata: "),
        }
    }
}

#[cfg(test)]
mod tests;
