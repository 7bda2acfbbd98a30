//! Compact JWS (RFC 7515, section 7.1), before and after the signature is verified.

mod claims;
mod remembered;

pub use claims::Claims;
pub(crate) use claims::has_one_of;
pub use remembered::{RememberedToken, RememberedTokens};

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::json;
use crate::rejection::Rejection;
use crate::signature::VerifyingKey;

/// A token of the right form. Nothing in it is proven yet, and only its header can be read.
pub struct UntrustedToken<'a> {
    header: Header,
    signing_input: &'a str,
    payload: Vec<u8>,
    members: OnceCell<Members>,
    signature: Vec<u8>,
}

/// The members of the payload, or what is wrong with it.
type Members = Result<Rc<Map<String, Value>>, Rejection>;

impl<'a> UntrustedToken<'a> {
    /// Splits a compact JWS and decodes its parts.
    ///
    /// # Errors
    /// [`Rejection::TokenMalformed`] if the text is not three parts of canonical, unpadded
    /// base64url (RFC 7515, section 2); otherwise the error of [`Header::parse`].
    pub fn parse(text: &'a str) -> Result<Self, Rejection> {
        let malformed = |fault| Rejection::TokenMalformed { fault };
        let three_parts = || malformed("is not three parts separated by dots");
        let (signing_input, signature) = text.rsplit_once('.').ok_or_else(three_parts)?;
        let (header, payload) = signing_input.split_once('.').ok_or_else(three_parts)?;
        if payload.contains('.') {
            return Err(three_parts());
        }
        let decode = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| malformed("is not canonical, unpadded base64url"))
        };
        let header = decode(header)?;
        let payload = decode(payload)?;
        let signature = decode(signature)?;
        Ok(Self {
            header: Header::parse(&header)?,
            signing_input,
            payload,
            members: OnceCell::new(),
            signature,
        })
    }

    /// Returns the protected header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Verifies the signature with `candidates`, and returns the signed token with the key that
    /// made the signature.
    ///
    /// # Errors
    /// [`Rejection::SignatureInvalid`] if no candidate made the signature.
    pub fn verify<'k, K: AsRef<VerifyingKey>>(
        self,
        candidates: impl IntoIterator<Item = &'k K>,
    ) -> Result<(SignedToken, &'k K), Rejection> {
        let message = self.signing_input.as_bytes();
        for key in candidates {
            if key.as_ref().verify(message, &self.signature) {
                return Ok((SignedToken { members: self.into_members() }, key));
            }
        }
        Err(Rejection::SignatureInvalid)
    }

    /// Returns the issuer that the token claims to be from. The claim only selects the keys to try
    /// (RFC 8725, section 3.8).
    ///
    /// # Errors
    /// [`Rejection::ClaimsMalformed`] if the payload is not strict JSON or `iss` is not a string.
    pub fn claimed_issuer(&self) -> Result<Option<&str>, Rejection> {
        issuer(self.members.get_or_init(|| parse_payload(&self.payload)))
    }

    /// Returns the members of the payload. It is parsed only once, even if the issuer was read
    /// before.
    fn into_members(self) -> Members {
        self.members.into_inner().unwrap_or_else(|| parse_payload(&self.payload))
    }
}

fn issuer(members: &Members) -> Result<Option<&str>, Rejection> {
    match members.as_ref().map_err(Clone::clone)?.get("iss") {
        None => Ok(None),
        Some(Value::String(issuer)) => Ok(Some(issuer)),
        Some(_) => {
            Err(Rejection::ClaimsMalformed { fault: "has an iss that is not a string".into() })
        }
    }
}

impl fmt::Debug for UntrustedToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UntrustedToken(REDACTED)")
    }
}

/// A token that a key of its issuer has signed. Its claims have yet to be checked.
#[derive(Clone)]
pub struct SignedToken {
    members: Members,
}

impl SignedToken {
    /// Returns the members of the payload.
    ///
    /// # Errors
    /// [`Rejection::ClaimsMalformed`] if the payload is not strict JSON.
    pub fn members(&self) -> Result<Rc<Map<String, Value>>, Rejection> {
        self.members.clone()
    }

    /// Returns `iss`; `None` if the claim is absent.
    ///
    /// # Errors
    /// [`Rejection::ClaimsMalformed`] if the payload is not strict JSON or `iss` is not a string.
    pub fn issuer(&self) -> Result<Option<&str>, Rejection> {
        issuer(&self.members)
    }

    /// Makes a signed token for tests, as if a key had signed this payload.
    #[cfg(test)]
    pub(crate) fn of(payload: &[u8]) -> Self {
        Self { members: parse_payload(payload) }
    }
}

impl fmt::Debug for SignedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedToken(REDACTED)")
    }
}

/// The protected header parameters that Drawbridge reads. It never reads `jku`, `jwk`, `x5u`,
/// `x5c`, `b64` and `zip`: a verifier that follows these accepts forged tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `alg`, unchanged.
    pub algorithm: String,
    /// `kid`.
    pub key_id: Option<String>,
    /// `typ`.
    pub media_type: Option<String>,
}

impl Header {
    /// Reads the decoded header of a token.
    ///
    /// # Errors
    /// [`Rejection::HeaderMalformed`] if the header is not strict JSON, has no `alg`, or if `alg`,
    /// `kid` or `typ` is not a string; [`Rejection::HeaderCritical`] for any `crit` (RFC 7515,
    /// section 4.1.11).
    pub fn parse(bytes: &[u8]) -> Result<Self, Rejection> {
        let malformed = |fault: Cow<'static, str>| Rejection::HeaderMalformed { fault };
        let mut members =
            json::object(bytes).map_err(|fault| malformed(fault.to_string().into()))?;
        if members.contains_key("crit") {
            return Err(Rejection::HeaderCritical);
        }
        let mut string = |name: &str| match members.remove(name) {
            None => Ok(None),
            Some(Value::String(value)) => Ok(Some(value)),
            Some(_) => Err(malformed(format!("has a member {name} that is not a string").into())),
        };
        Ok(Self {
            algorithm: string("alg")?.ok_or_else(|| malformed("has no alg".into()))?,
            key_id: string("kid")?,
            media_type: string("typ")?,
        })
    }
}

fn parse_payload(bytes: &[u8]) -> Members {
    json::object(bytes)
        .map(Rc::new)
        .map_err(|fault| Rejection::ClaimsMalformed { fault: fault.to_string().into() })
}

#[cfg(test)]
mod tests;
