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

/// The rules of a kind, with the settings of one provider.
///
/// No method has a default, so the compiler asks each kind for every answer.
pub trait Kind {
    /// Returns the `typ` values (RFC 7515, section 4.1.9) that its tokens may have.
    fn accepted_types(&self) -> AcceptedTypes<'_>;

    /// Returns what `aud` must name if a request was sent to the URL `called`.
    fn audience(&self, called: CalledUrl<'_>) -> Audience<'_>;

    /// Reads who the caller is from claims whose issuer and audience are right.
    ///
    /// # Errors
    /// Returns the first rule of this kind that the claims break.
    fn identity(&self, claims: &Claims, issuer: &Issuer) -> Result<Identity, Rejection>;

    /// Returns the path and the value of each claim that [`Kind::identity`] demands. An identity header
    /// of such a claim is a fault if the value is an object.
    fn required_claims(&self) -> &[(String, Value)];

    /// Returns whether its sessions have a tenant. JTL's API is called on behalf of a tenant.
    fn has_tenant(&self) -> bool;

    /// Returns the form of a session that the worker answers with.
    fn session_form(&self) -> SessionForm;

    /// Returns the texts that its clients expect in a rejection.
    fn wording(&self) -> Wording;

    /// Returns a warning for everything that is risky in its settings and their use.
    fn warnings(&self, usage: Usage) -> Vec<&'static str>;
}

/// Shows the type's name only: code that shows the settings would be in the worker and never run.
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

/// What the reader of a kind makes of one provider's settings.
pub(crate) struct KindSettings {
    pub(crate) kind: Rc<dyn Kind>,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) issuers: Vec<Issuer>,
    /// The header field of its tokens if the configuration names none, in lower case.
    pub(crate) default_header: &'static str,
    pub(crate) client_credentials: Option<ClientCredentials>,
}

/// The URL that a request was sent to, with the parts that providers check.
#[derive(Clone, Copy, Debug)]
pub struct CalledUrl<'a> {
    /// The URLs under which callers reach the worker.
    pub public_urls: &'a [HttpUrl],
    /// The path of the request, unchanged.
    pub path: &'a str,
}

/// The `typ` values that a kind accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptedTypes<'k> {
    /// Any `typ`, and none: no documentation says what the platform's tokens have there.
    Any,
    /// One of these values, without `application/`; `""` stands for a token without `typ`.
    OneOf(&'k [String]),
}

impl AcceptedTypes<'_> {
    /// Returns whether a token with this `typ` is accepted. A media type may omit `application/`,
    /// and its case makes no difference (RFC 7515, section 4.1.9).
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
    /// One of these values.
    OneOf(Cow<'k, [String]>),
}

impl Audience<'_> {
    /// Checks the `aud` of a token's claims.
    ///
    /// # Errors
    /// [`Rejection::ClaimMissing`] if there is no `aud`, [`Rejection::AudienceMismatch`] if it
    /// names none of the expected values.
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

    /// Returns the values of which a token must name one; empty for [`Audience::Unnamed`].
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
    /// Whether the configuration has a `public_url`.
    pub has_public_url: bool,
    /// Whether every route that takes the provider's sessions requires certain tenants.
    pub requires_tenants: bool,
}

/// What `drawbridge init` asks about a provider of some kind, and what it writes.
pub struct Setup {
    /// The name of the platform, as `--platform` takes it.
    pub platform: &'static str,
    /// The name of the platform for people.
    pub title: &'static str,
    /// The name of the provider in the configuration that `init` writes.
    pub provider_name: &'static str,
    /// The questions, in the order in which `init` asks them.
    pub questions: &'static [Question],
    /// Settings that name secrets, each with the name of the secret that `init` writes.
    pub secrets: &'static [(&'static str, &'static str)],
}

/// A question whose answer is one setting.
pub struct Question {
    /// The setting that the answer is for.
    pub setting: &'static str,
    /// The option that answers the question, without `--`. Platforms may share an option.
    pub option: &'static str,
    /// What the help says about the option.
    pub help: &'static str,
    /// The text of the question on a terminal.
    pub text: &'static str,
    /// What an answer is, for the help.
    pub value_name: &'static str,
    /// The answer if the user gives none.
    pub default: Option<&'static str>,
    /// Whether the setting is a list. An option takes several values for one.
    pub is_list: bool,
}
