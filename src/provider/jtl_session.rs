//! `jtl-session`: JTL Cloud's session token.

use std::rc::Rc;

use serde_json::Value;

use super::identity::Identity;
use super::issuer::Issuer;
use super::kind::{
    AcceptedTypes, Audience, CalledUrl, Kind, KindEntry, KindSettings, SessionForm, Setup, Usage,
};
use crate::keys::{ClientCredentials, KeyLocation, KeySource, KeySources};
use crate::rejection::{Rejection, Wording};
use crate::settings::Fields;
use crate::settings::shape::{one_of, secret_name, url};
use crate::signature::Algorithm;
use crate::token::Claims;

pub(super) const ENTRY: KindEntry = KindEntry { name: "jtl-session", read };

pub(super) const SETUP: Option<Setup> = Some(Setup {
    platform: "jtl",
    title: "JTL Cloud",
    provider_name: "jtl",
    questions: &[],
    secrets: &[
        ("client_id_secret_name", "JTL_CLIENT_ID"),
        ("client_secret_secret_name", "JTL_CLIENT_SECRET"),
    ],
});

/// The rules for a session token, which names no issuer and no audience. Its claim `kid` is the id
/// of a customer, not of a key.
pub(super) struct JtlSession;

fn read(fields: &mut Fields<'_>, key_sources: &mut KeySources) -> Option<KindSettings> {
    const ENVIRONMENTS: [(&str, &str); 3] =
        [("production", "jtl-cloud.com"), ("qa", "qa.jtl-cloud.com"), ("dev", "dev.jtl-cloud.com")];
    let environment = fields.optional("environment", one_of(&ENVIRONMENTS));
    let own_urls = fields.has("api_url") || fields.has("auth_url");
    let api_url = fields.optional("api_url", url());
    let auth_url = fields.optional("auth_url", url());
    let client_id_secret_name = fields.required("client_id_secret_name", secret_name());
    let client_secret_secret_name = fields.required("client_secret_secret_name", secret_name());
    let (api_url, auth_url) = if own_urls {
        if fields.has("environment") {
            fields.fault("environment", "is given beside api_url and auth_url; give either");
        }
        fields.demand("api_url", "is required beside auth_url");
        fields.demand("auth_url", "is required beside api_url");
        (api_url?.base(), auth_url?.base())
    } else {
        let domain = environment.unwrap_or("jtl-cloud.com");
        (format!("https://api.{domain}"), format!("https://auth.{domain}"))
    };
    let client_credentials = ClientCredentials {
        token_url: format!("{auth_url}/oauth2/token"),
        scope: None,
        client_id_secret_name: client_id_secret_name?,
        client_secret_secret_name: client_secret_secret_name?,
    };
    let key_source = key_sources.add(KeySource {
        location: KeyLocation::Uri(format!("{api_url}/account/.well-known/jwks.json")),
        // The suffix keeps this name apart from an issuer's, which may be the API's URL.
        name: format!("{api_url}/account"),
        client_credentials: Some(client_credentials.clone()),
    });
    Some(KindSettings {
        algorithms: vec![Algorithm::EdDsa],
        issuers: vec![Issuer { name: None, key_source }],
        kind: Rc::new(JtlSession),
        default_header: "x-session-id",
        client_credentials: Some(client_credentials),
    })
}

impl Kind for JtlSession {
    fn accepted_types(&self) -> AcceptedTypes<'_> {
        AcceptedTypes::Any
    }

    fn audience(&self, _: CalledUrl<'_>) -> Audience<'_> {
        Audience::Unnamed
    }

    fn identity(&self, claims: &Claims, _: &Issuer) -> Result<Identity, Rejection> {
        Ok(Identity {
            user: Some(claims.required_string("userId")?.to_owned()),
            tenant: Some(claims.required_string("tenantId")?.to_owned()),
            tenant_slug: claims.name("tenantSlug")?,
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
        Wording::JtlTutorial
    }

    fn warnings(&self, usage: Usage) -> Vec<&'static str> {
        if usage.requires_tenants {
            return Vec::new();
        }
        vec![
            "a JTL session token names no app, so one of any app and tenant passes; set \
             require.tenants on its routes, or use the app token",
        ]
    }
}

#[cfg(test)]
mod tests;
