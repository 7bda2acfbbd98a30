//! Compact JWS (RFC 7515, section 7.1), before and after its signature is verified.

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

/// A token of the right form. Nothing in it is proven, and only its header can be read.
pub struct UntrustedToken<'a> {
    header: Header,
    signing_input: &'a str,
    payload: Vec<u8>,
    members: OnceCell<Members>,
    signature: Vec<u8>,
}

/// The payload's members, or what is wrong with it.
type Members = Result<Rc<Map<String, Value>>, Rejection>;

impl<'a> UntrustedToken<'a> {
    /// Takes a compact JWS apart.
    ///
    /// # Errors
    /// [`Rejection::TokenMalformed`] where it is not three parts of canonical, unpadded base64url
    /// (RFC 7515, section 2), otherwise what [`Header::parse`] says.
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

    /// The protected header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Verifies the signature; any of `candidates` may have made it. Returns the one that has.
    ///
    /// # Errors
    /// [`Rejection::SignatureInvalid`] where none of them did.
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

    /// The issuer that the token claims to be from, for looking up whose keys to try and for
    /// nothing else (RFC 8725, section 3.8).
    ///
    /// # Errors
    /// [`Rejection::ClaimsMalformed`] where the payload is not strict JSON or `iss` is not a string.
    pub fn claimed_issuer(&self) -> Result<Option<&str>, Rejection> {
        issuer(self.members.get_or_init(|| parse_payload(&self.payload)))
    }

    /// Parsed once, whether or not the issuer was looked up.
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

/// A token whose signature a key of its issuer has made. Whether its claims hold is still open.
#[derive(Clone)]
pub struct SignedToken {
    members: Members,
}

impl SignedToken {
    /// The members of the payload.
    ///
    /// # Errors
    /// [`Rejection::ClaimsMalformed`] where the payload is not strict JSON.
    pub fn members(&self) -> Result<Rc<Map<String, Value>>, Rejection> {
        self.members.clone()
    }

    /// `iss`, where there is one.
    ///
    /// # Errors
    /// [`Rejection::ClaimsMalformed`] where the payload is not strict JSON or `iss` is not a string.
    pub fn issuer(&self) -> Result<Option<&str>, Rejection> {
        issuer(&self.members)
    }

    /// As if a key had signed this payload.
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

/// The protected header parameters that are read. `jku`, `jwk`, `x5u`, `x5c`, `b64` and `zip` are
/// not among them: following those is how forged tokens get accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `alg`, as it stands there.
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
    /// [`Rejection::HeaderMalformed`] where it is not strict JSON, has no `alg`, or `alg`, `kid` or
    /// `typ` is not a string; [`Rejection::HeaderCritical`] for any `crit`.
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
