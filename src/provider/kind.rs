//! What every kind of provider must answer.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use serde_json::Value;

use super::identity::Identity;
use super::issuer::Issuer;
use crate::keys::{ClientCredentials, KeySources};
use crate::rejection::{Rejection, Wording};
use crate::request::HttpUrl;
use crate::settings::Fields;
use crate::signature::Algorithm;
use crate::token::Claims;

/// The rules of a kind with the settings of one provider.
///
/// No method has a default, so the compiler asks each kind for every answer.
pub trait Kind {
    /// The `typ` values of its tokens.
    fn accepted_types(&self) -> AcceptedTypes<'_>;

    /// What `aud` must name for a request to that URL.
    fn audience(&self, called: CalledUrl<'_>) -> Audience<'_>;

    /// Reads who the caller is out of claims whose issuer and audience are right.
    ///
    /// # Errors
    /// The first rule of this kind that the claims break.
    fn identity(&self, claims: &Claims, issuer: &Issuer) -> Result<Identity, Rejection>;

    /// Claims by path, each with a value that this kind demands.
    fn required_claims(&self) -> &[(String, Value)];

    /// Whether its sessions have a tenant, so that JTL's API can be called on behalf of it.
    fn has_tenant(&self) -> bool;

    /// The form of a session that the worker answers with.
    fn session_form(&self) -> SessionForm;

    /// The texts that its clients expect of a rejection.
    fn wording(&self) -> Wording;

    /// What is risky in its settings and their use.
    fn warnings(&self, usage: Usage) -> Vec<&'static str>;
}

/// The settings of a kind are not shown: a worker would hold the code for it and never use it.
impl fmt::Debug for dyn Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kind")
    }
}

/// A kind as the configuration names it. The list of all kinds is [`super::KINDS`].
pub struct KindEntry {
    /// The value of `kind`.
    pub name: &'static str,
    /// Reads the settings of this kind, and adds the key sources that they lead to.
    pub(crate) read: fn(&mut Fields<'_>, &mut KeySources) -> Option<KindSettings>,
}

/// What the settings of one kind come to.
pub(crate) struct KindSettings {
    pub(crate) kind: Rc<dyn Kind>,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) issuers: Vec<Issuer>,
    /// The header field of its tokens if the configuration names none, in lower case.
    pub(crate) default_header: &'static str,
    pub(crate) client_credentials: Option<ClientCredentials>,
}

/// The URL that a request was sent to, as far as providers look at it.
#[derive(Clone, Copy, Debug)]
pub struct CalledUrl<'a> {
    /// The URLs under which callers reach the worker.
    pub public_urls: &'a [HttpUrl],
    /// The path of the request, as sent.
    pub path: &'a str,
}

/// The `typ` values that a kind accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptedTypes<'k> {
    /// Any, and none: no source says what the platform's tokens have there.
    Any,
    /// One of these, without `application/`; `""` stands for a token without `typ`.
    OneOf(&'k [String]),
}

impl AcceptedTypes<'_> {
    /// Whether a token of that `typ` is accepted. A media type may be written without
    /// `application/`, in any case (RFC 7515, section 4.1.9).
    pub fn contain(self, media_type: Option<&str>) -> bool {
        let Self::OneOf(types) = self else { return true };
        let found = media_type.unwrap_or_default().to_ascii_lowercase();
        let found = found.strip_prefix("application/").unwrap_or(&found);
        types.iter().any(|accepted| accepted.eq_ignore_ascii_case(found))
    }
}

/// What `aud` (RFC 7519, section 4.1.3) must name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience<'k> {
    /// Nothing: the platform's tokens name no audience.
    Unnamed,
    /// One of these.
    OneOf(Cow<'k, [String]>),
}

impl Audience<'_> {
    /// Checks a token's claims.
    ///
    /// # Errors
    /// [`Rejection::ClaimMissing`] and [`Rejection::AudienceMismatch`].
    pub fn check(&self, claims: &Claims) -> Result<(), Rejection> {
        let Self::OneOf(expected) = self else { return Ok(()) };
        if claims.audience().is_empty() {
            return Err(Rejection::ClaimMissing { claim: "aud".into() });
        }
        if !claims.audience().iter().any(|audience| expected.contains(audience)) {
            return Err(Rejection::AudienceMismatch { expected: expected.to_vec() });
        }
        Ok(())
    }

    /// The values of which a token must name one.
    pub fn values(&self) -> &[String] {
        match self {
            Self::Unnamed => &[],
            Self::OneOf(values) => values,
        }
    }
}

/// The form of a session that the worker answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionForm {
    /// Everything that the session has.
    Full,
    /// The answer of the connect-tenant route in JTL's tutorial.
    JtlTutorial,
}

/// How a configuration uses a provider.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// The configuration has a `public_url`.
    pub has_public_url: bool,
    /// Every route that takes the provider's sessions requires one of certain tenants.
    pub requires_tenants: bool,
}

/// What `drawbridge init` asks for a provider of some kind, and what it writes.
pub struct Setup {
    /// The name of the platform, as `--platform` takes it.
    pub platform: &'static str,
    /// The name of the platform for people.
    pub title: &'static str,
    /// The name of the provider that is written.
    pub provider_name: &'static str,
    /// What is asked, in this order.
    pub questions: &'static [Question],
    /// Settings that name secrets, each with the name that is written.
    pub secrets: &'static [(&'static str, &'static str)],
}

/// One question of [`Setup`].
pub struct Question {
    /// The provider's setting that the answer is for.
    pub setting: &'static str,
    /// The option that answers the question, without `--`.
    pub option: &'static str,
    /// What the help says about the option.
    pub help: &'static str,
    /// What is asked on a terminal.
    pub text: &'static str,
    /// What an answer looks like, for the help; empty for a list of names.
    pub value_name: &'static str,
    /// The answer if there is none.
    pub default: Option<&'static str>,
    /// Whether the setting is a list.
    pub is_list: bool,
}
