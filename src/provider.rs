//! Providers: whose tokens Drawbridge accepts.
//!
//! A kind of provider is a file here that implements [`Kind`], and one word in the list below.

mod identity;
mod issuer;
mod jtl_app;
mod jtl_session;
mod kind;
mod merchant_center;
mod oidc;

use std::rc::Rc;

pub use identity::Identity;
pub use issuer::Issuer;
pub(crate) use kind::KindSettings;
pub use kind::{
    AcceptedTypes, Audience, CalledUrl, Kind, KindEntry, Question, SessionForm, Setup, Usage,
};

use crate::keys::ClientCredentials;
use crate::request::CredentialSource;
use crate::signature::Algorithm;

macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        /// Every kind by its name, in the order in which messages list the kinds.
        pub static KINDS: &[(&str, &KindEntry)] = &[$(($kind::ENTRY.name, &$kind::ENTRY)),+];

        /// What `drawbridge init` asks and writes for each kind of [`KINDS`] that it offers. This
        /// is a list of its own so that the worker does not contain it.
        pub static SETUPS: &[(&str, Option<Setup>)] = &[$(($kind::ENTRY.name, $kind::SETUP)),+];
    };
}

kinds! { merchant_center, jtl_session, jtl_app, oidc }

/// A configured source of identities.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The name in the configuration and in [`crate::session::Session::provider`].
    pub name: String,
    /// The header field, and the scheme, in which callers send its tokens.
    pub credential: CredentialSource,
    /// The algorithms that its tokens may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// The issuers whose tokens it accepts.
    pub issuers: Vec<Issuer>,
    /// The HTTP status of the response if a token is refused: 401 or 403.
    pub reject_status: u16,
    /// The credentials with which the app itself calls the platform's API.
    pub client_credentials: Option<ClientCredentials>,
    /// The rules of its kind.
    pub kind: Rc<dyn Kind>,
}

#[cfg(test)]
mod tests;
