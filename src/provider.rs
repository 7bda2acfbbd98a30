//! Providers: whose tokens are accepted.
//!
//! A kind of provider is a file here that implements [`Kind`], and a word in the list below.

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
        /// Every kind by its name, in the order in which messages name them.
        pub static KINDS: &[(&str, &KindEntry)] = &[$(($kind::ENTRY.name, &$kind::ENTRY)),+];

        /// What `drawbridge init` asks and writes for each kind of [`KINDS`] that it offers. It is a
        /// list of its own so that the worker does not hold it.
        pub static SETUPS: &[(&str, Option<Setup>)] = &[$(($kind::ENTRY.name, $kind::SETUP)),+];
    };
}

kinds! { merchant_center, jtl_session, jtl_app, oidc }

/// A configured source of identities.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name in the configuration and in [`crate::session::Session::provider`].
    pub name: String,
    /// Where its tokens are sent.
    pub credential: CredentialSource,
    /// What its tokens may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// Whose tokens it accepts.
    pub issuers: Vec<Issuer>,
    /// The status of a refused token.
    pub reject_status: u16,
    /// What the app itself shows to the platform's API.
    pub client_credentials: Option<ClientCredentials>,
    /// The rules of its kind.
    pub kind: Rc<dyn Kind>,
}

#[cfg(test)]
mod tests;
