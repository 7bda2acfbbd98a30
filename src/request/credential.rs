//! Finds exactly one token of bounded size in the header fields.

use std::fmt;

use crate::rejection::Rejection;
use crate::request::Headers;

/// The length of the longest token that Drawbridge reads, in bytes. Tokens that list many groups
/// have up to 12 KB.
pub const MAX_TOKEN_BYTES: usize = 16_384;

/// The place of a provider's tokens: a header field, and a scheme in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSource {
    /// The header field's name, in lower case.
    pub header: String,
    /// The authentication scheme before the token (RFC 9110, section 11.4), if there is one.
    pub scheme: Option<String>,
}

impl CredentialSource {
    /// Returns the token in a field's value; `None` if the value is something else.
    fn token<'v>(&self, value: &'v str) -> Option<&'v str> {
        let token = match &self.scheme {
            None => value,
            Some(scheme) => {
                let (found, rest) = value.split_once(' ')?;
                if !found.eq_ignore_ascii_case(scheme) {
                    return None;
                }
                rest.trim_start_matches(' ')
            }
        };
        let visible = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        visible.then_some(token)
    }

    /// Returns whether both sources mean the same field and scheme. Schemes ignore case (RFC 9110,
    /// section 11.1).
    pub fn is_same_as(&self, other: &Self) -> bool {
        let scheme = |source: &Self| source.scheme.as_ref().map(|s| s.to_ascii_lowercase());
        self.header == other.header && scheme(self) == scheme(other)
    }

    fn longest_value(&self) -> usize {
        let scheme = self.scheme.as_ref().map_or(0, |scheme| scheme.len().saturating_add(1));
        scheme.saturating_add(MAX_TOKEN_BYTES)
    }
}

/// Writes the field as a caller sends it: `authorization: Bearer <token>`.
impl fmt::Display for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scheme {
            Some(scheme) => write!(f, "{}: {scheme} <token>", self.header),
            None => write!(f, "{}: <token>", self.header),
        }
    }
}

/// The only token of a request.
#[derive(Clone, Copy)]
pub struct Credential<'a> {
    token: &'a str,
    source: &'a CredentialSource,
}

impl<'a> Credential<'a> {
    /// Finds the only credential among `sources`. Several sources may name the same header field.
    ///
    /// # Errors
    /// - [`Rejection::TokenMissing`] if no field of `sources` was sent.
    /// - [`Rejection::TokenTooLarge`] if the token is longer than [`MAX_TOKEN_BYTES`].
    /// - [`Rejection::CredentialAmbiguous`] for two header fields, or for a field with a comma: two
    ///   fields of one name arrive so (RFC 9110, section 5.3).
    /// - [`Rejection::CredentialMalformed`] if the field has another scheme or holds white space.
    pub fn find(
        sources: &[&'a CredentialSource],
        headers: &Headers<'a>,
    ) -> Result<Self, Rejection> {
        let mut found: Option<(&str, &str)> = None;
        for source in sources {
            let Some(value) = headers.get(&source.header).filter(|value| !value.is_empty()) else {
                continue;
            };
            match found {
                None => found = Some((&source.header, value)),
                Some((header, _)) if header == source.header => {}
                Some(_) => return Err(Rejection::CredentialAmbiguous),
            }
        }
        let Some((header, value)) = found else {
            return Err(Rejection::TokenMissing { expected: list(sources) });
        };
        let mut here = sources.iter().filter(|source| source.header == header);
        if here.clone().all(|source| value.len() > source.longest_value()) {
            return Err(Rejection::TokenTooLarge { max_bytes: MAX_TOKEN_BYTES });
        }
        if value.contains(',') {
            return Err(Rejection::CredentialAmbiguous);
        }
        let found = here.find_map(|source| Some(Self { token: source.token(value)?, source }));
        match found {
            Some(credential) if credential.token.len() > MAX_TOKEN_BYTES => {
                Err(Rejection::TokenTooLarge { max_bytes: MAX_TOKEN_BYTES })
            }
            Some(credential) => Ok(credential),
            None => Err(Rejection::CredentialMalformed { expected: list(sources) }),
        }
    }

    /// Returns the token. It is at most [`MAX_TOKEN_BYTES`] long.
    pub fn token(&self) -> &'a str {
        self.token
    }

    /// Returns the source whose field holds the token.
    pub fn source(&self) -> &'a CredentialSource {
        self.source
    }
}

impl fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}: REDACTED)", self.source.header)
    }
}

fn list(sources: &[&CredentialSource]) -> String {
    let mut forms: Vec<String> = sources.iter().map(ToString::to_string).collect();
    forms.dedup();
    forms.join(" or ")
}

#[cfg(test)]
mod tests;
