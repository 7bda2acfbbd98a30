//! `jtl-app`: JTL Cloud's app token.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::Value;

use super::identity::Identity;
use super::issuer::Issuer;
use super::kind::{
    AcceptedTypes, Audience, CalledUrl, Kind, KindEntry, KindSettings, SessionForm, Setup, Usage,
};
use crate::keys::{ClientCredentials, KeyLocation, KeySources};
use crate::rejection::{Rejection, Wording};
use crate::settings::Fields;
use crate::settings::shape::{exact_url, secret_name, text};
use crate::signature::Algorithm;
use crate::token::Claims;

pub(super) const ENTRY: KindEntry = KindEntry { name: "jtl-app", read };

/// `None`: `init` offers the session token instead, which JTL's tutorial uses.
pub(super) const SETUP: Option<Setup> = None;

/// The claim that names the app in addition to `aud`.
const APP_CLAIM: &str = "urn:jtl:app_id";

pub(super) struct JtlApp {
    /// The app that `aud` must name.
    pub(super) app_id: String,
}

fn read(fields: &mut Fields<'_>, key_sources: &mut KeySources) -> Option<KindSettings> {
    const CREDENTIALS: [&str; 2] = ["client_id_secret_name", "client_secret_secret_name"];
    let app_id = fields.required("app_id", text());
    let issuer = fields.optional("issuer", exact_url());
    let credentials = CREDENTIALS.map(|name| fields.optional(name, secret_name()));
    if CREDENTIALS.iter().any(|name| fields.has(name)) && !fields.describes() {
        for name in CREDENTIALS {
            fields.demand(name, "is required beside the other one");
        }
    }
    if fields.has("issuer") {
        issuer.as_ref()?;
    }
    let issuer = issuer.unwrap_or_else(|| "https://id.jtl-cloud.com".to_owned());
    let base = issuer.strip_suffix('/').unwrap_or(&issuer);
    let location = KeyLocation::Uri(format!("{base}/oauth/v2/keys"));
    let client_credentials = match credentials {
        [Some(client_id_secret_name), Some(client_secret_secret_name)] => Some(ClientCredentials {
            token_url: format!("{base}/oauth/v2/token"),
            scope: Some("openid"),
            client_id_secret_name,
            client_secret_secret_name,
        }),
        _ => None,
    };
    Some(KindSettings {
        algorithms: vec![Algorithm::Rs256],
        issuers: vec![Issuer::named(&issuer, location, key_sources)],
        kind: Rc::new(JtlApp { app_id: app_id? }),
        default_header: "authorization",
        client_credentials,
    })
}

impl Kind for JtlApp {
    fn accepted_types(&self) -> AcceptedTypes<'_> {
        AcceptedTypes::Any
    }

    fn audience(&self, _: CalledUrl<'_>) -> Audience<'_> {
        Audience::OneOf(Cow::Borrowed(std::slice::from_ref(&self.app_id)))
    }

    fn identity(&self, claims: &Claims, _: &Issuer) -> Result<Identity, Rejection> {
        if claims.string(APP_CLAIM)?.is_some_and(|found| found != self.app_id) {
            return Err(Rejection::ClaimMismatch { claim: APP_CLAIM.into() });
        }
        Ok(Identity {
            user: Some(claims.required_string("sub")?.to_owned()),
            tenant: claims.name("urn:jtl:tenant_id")?,
            ..Identity::default()
        })
    }

    fn required_claims(&self) -> &[(String, Value)] {
        &[]
    }

    fn has_tenant(&self) -> bool {
        true
    }

    fn session_form(&self) -> SessionForm {
        SessionForm::JtlTutorial
    }

    fn wording(&self) -> Wording {
        Wording::Standard
    }

    fn warnings(&self, _: Usage) -> Vec<&'static str> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
