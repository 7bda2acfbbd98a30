//! From header fields to exactly one token of bounded size.

use std::fmt;

use crate::reject::Reject;
use crate::request::Headers;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8192;

/// Where a provider's tokens are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSource {
    /// The header field's name, in lower case.
    pub header: String,
    /// The authentication scheme before the token (RFC 9110, section 11.4), if there is one.
    pub scheme: Option<String>,
}

impl CredentialSource {
    /// The token in a field's value, or `None` where the value is something else.
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

    /// Whether a field's value is of this source's scheme, whatever follows it.
    pub fn claims(&self, value: &str) -> bool {
        let is_separator = |c: char| c == ',' || c.is_ascii_whitespace();
        self.scheme.as_ref().is_none_or(|scheme| {
            value.split(is_separator).any(|word| word.eq_ignore_ascii_case(scheme))
        })
    }

    /// Whether a token for one is a token for the other: schemes ignore case (RFC 9110, section
    /// 11.1).
    pub fn is_same_as(&self, other: &Self) -> bool {
        let scheme = |source: &Self| source.scheme.as_ref().map(|s| s.to_ascii_lowercase());
        self.header == other.header && scheme(self) == scheme(other)
    }

    fn longest_value(&self) -> usize {
        let scheme = self.scheme.as_ref().map_or(0, |scheme| scheme.len().saturating_add(1));
        scheme.saturating_add(MAX_TOKEN_BYTES)
    }
}

/// How a caller writes it: `Authorization: Bearer <token>`, in lower case as names are kept.
impl fmt::Display for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scheme {
            Some(scheme) => write!(f, "{}: {scheme} <token>", self.header),
            None => write!(f, "{}: <token>", self.header),
        }
    }
}

/// The one token of a request.
#[derive(Clone, Copy)]
pub struct Credential<'a> {
    token: &'a str,
    source: &'a CredentialSource,
}

impl<'a> Credential<'a> {
    /// Finds the one credential among `sources`. Several sources may name one header.
    ///
    /// # Errors
    /// [`Reject::TokenMissing`], [`Reject::TokenTooLarge`], [`Reject::CredentialAmbiguous`] for
    /// two header fields or a field with a comma, as two fields of one name arrive (RFC 9110,
    /// section 5.3), and [`Reject::CredentialMalformed`].
    pub fn find(sources: &[&'a CredentialSource], headers: &Headers<'a>) -> Result<Self, Reject> {
        let mut found: Option<(&str, &str)> = None;
        for source in sources {
            let Some(value) = headers.get(&source.header).filter(|value| !value.is_empty()) else {
                continue;
            };
            match found {
                None => found = Some((&source.header, value)),
                Some((header, _)) if header == source.header => {}
                Some(_) => return Err(Reject::CredentialAmbiguous),
            }
        }
        let Some((header, value)) = found else {
            return Err(Reject::TokenMissing { expected: list(sources) });
        };
        let mut here = sources.iter().filter(|source| source.header == header);
        if here.clone().all(|source| value.len() > source.longest_value()) {
            return Err(Reject::TokenTooLarge { max_bytes: MAX_TOKEN_BYTES });
        }
        if value.contains(',') {
            return Err(Reject::CredentialAmbiguous);
        }
        let found = here.find_map(|source| Some(Self { token: source.token(value)?, source }));
        match found {
            Some(credential) if credential.token.len() > MAX_TOKEN_BYTES => {
                Err(Reject::TokenTooLarge { max_bytes: MAX_TOKEN_BYTES })
            }
            Some(credential) => Ok(credential),
            None => Err(Reject::CredentialMalformed { expected: list(sources) }),
        }
    }

    /// The token, at most [`MAX_TOKEN_BYTES`] long.
    pub fn token(&self) -> &'a str {
        self.token
    }

    /// Where it was found.
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
mod tests {
    use super::*;

    fn find(fields: &[(&str, &str)]) -> Result<String, &'static str> {
        let bearer =
            CredentialSource { header: "authorization".into(), scheme: Some("Bearer".into()) };
        let session = CredentialSource { header: "x-session-id".into(), scheme: None };
        let headers = Headers::from_iter(fields.iter().copied());
        Credential::find(&[&bearer, &session], &headers)
            .map(|credential| credential.token().to_owned())
            .map_err(|reject| reject.code())
    }

    #[test]
    fn exactly_one_token() {
        for (fields, expected) in [
            (&[("authorization", "Bearer a.b.c")][..], Ok("a.b.c")),
            (&[("authorization", "bEARER a.b.c")], Ok("a.b.c")),
            (&[("authorization", "Bearer  a.b.c")], Ok("a.b.c")),
            (&[("x-session-id", "a.b.c")], Ok("a.b.c")),
            (&[("x-session-id", "a.b.c"), ("authorization", "")], Ok("a.b.c")),
            (&[], Err("token_missing")),
            (&[("x-session-id", "")], Err("token_missing")),
            (&[("authorization", "Bearer a, Bearer b")], Err("credential_ambiguous")),
            (&[("authorization", "Bearer a,b")], Err("credential_ambiguous")),
            (&[("authorization", "Bearer a"), ("x-session-id", "b")], Err("credential_ambiguous")),
            (&[("authorization", "Basic x"), ("x-session-id", "b")], Err("credential_ambiguous")),
            (&[("authorization", "Bearer")], Err("credential_malformed")),
            (&[("authorization", "Bearer ")], Err("credential_malformed")),
            (&[("authorization", "Basic a")], Err("credential_malformed")),
            (&[("authorization", "a.b.c")], Err("credential_malformed")),
            (&[("authorization", "Bearer a b")], Err("credential_malformed")),
            (&[("authorization", "Bearer\ta")], Err("credential_malformed")),
            (&[("x-session-id", "a b")], Err("credential_malformed")),
            (&[("x-session-id", "ä")], Err("credential_malformed")),
        ] {
            assert_eq!(find(fields), expected.map(str::to_owned), "{fields:?}");
        }
    }

    #[test]
    fn size_is_bounded_before_anything_is_split() {
        let at_limit = format!("Bearer {}", "a".repeat(MAX_TOKEN_BYTES));
        assert!(find(&[("authorization", &at_limit)]).is_ok());
        for value in [format!("{at_limit}a"), ", ".repeat(MAX_TOKEN_BYTES)] {
            assert_eq!(find(&[("authorization", &value)]), Err("token_too_large"));
        }
    }

    fn source(header: &str, scheme: Option<&str>) -> CredentialSource {
        CredentialSource { header: header.into(), scheme: scheme.map(str::to_owned) }
    }

    #[test]
    fn a_value_of_the_scheme_is_claimed_wherever_it_stands() {
        let bearer = source("authorization", Some("Bearer"));
        for (value, claimed) in [
            ("Bearer a", true),
            ("bearer", true),
            ("Basic a, Bearer b", true),
            ("Basic a,Bearer\tb", true),
            ("Basic Bearer", true),
            ("Basic a", false),
            ("Bearera", false),
            ("", false),
        ] {
            assert_eq!(bearer.claims(value), claimed, "{value:?}");
        }
        assert!(source("x-session-id", None).claims("anything"));
    }

    #[test]
    fn sources_are_the_same_but_for_the_case_of_the_scheme() {
        let bearer = source("authorization", Some("Bearer"));
        assert!(bearer.is_same_as(&source("authorization", Some("BEARER"))));
        for other in [
            source("authorization", Some("Token")),
            source("authorization", None),
            source("x-authorization", Some("Bearer")),
        ] {
            assert!(!bearer.is_same_as(&other) && !other.is_same_as(&bearer), "{other:?}");
        }
    }

    #[test]
    fn a_caller_is_told_each_form_once() {
        let [bearer, again] = [(); 2].map(|()| source("authorization", Some("Bearer")));
        let session = source("x-session-id", None);
        let found = Credential::find(&[&bearer, &again, &session], &Headers::default());
        let expected = "authorization: Bearer <token> or x-session-id: <token>".to_owned();
        assert_eq!(found.map(drop), Err(Reject::TokenMissing { expected }));
    }

    #[test]
    fn several_sources_may_share_a_field() {
        let sources = ["Bearer", "Token"].map(|scheme| source("authorization", Some(scheme)));
        let value = format!("Token {}", "a".repeat(MAX_TOKEN_BYTES));
        let headers = Headers::from_iter([("authorization", value.as_str())]);
        let found = Credential::find(&[&sources[0], &sources[1]], &headers).unwrap();
        let token = value.strip_prefix("Token ").unwrap();
        assert_eq!((found.token(), found.source()), (token, &sources[1]));
        assert_eq!(format!("{found:?}"), "Credential(authorization: REDACTED)");
        // The longer scheme leaves room for more than a token of the shorter one may have.
        let value = format!("{value}a");
        let headers = Headers::from_iter([("authorization", value.as_str())]);
        let found = Credential::find(&[&sources[0], &sources[1]], &headers);
        assert_eq!(found.map(drop), Err(Reject::TokenTooLarge { max_bytes: MAX_TOKEN_BYTES }));
    }
}
