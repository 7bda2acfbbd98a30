//! `merchant-center`: the exchange token of commercetools' Merchant Center.

mod region;

use std::rc::Rc;

use serde_json::Value;

use super::identity::Identity;
use super::issuer::Issuer;
use super::kind::{
    AcceptedTypes, Audience, CalledUrl, Kind, KindEntry, KindSettings, Question, SessionForm,
    Setup, Usage,
};
use crate::keys::{KeyLocation, KeySources};
use crate::rejection::{Rejection, Wording};
use crate::settings::Fields;
use crate::settings::shape::{boolean, one_of};
use crate::signature::Algorithm;
use crate::token::Claims;
use region::region;

pub(super) const ENTRY: KindEntry = KindEntry { name: "merchant-center", read };

pub(super) const SETUP: Option<Setup> = Some(Setup {
    platform: "merchant-center",
    title: "commercetools Merchant Center",
    provider_name: "mc",
    questions: &[Question {
        setting: "regions",
        option: "region",
        help: "where the projects are (gcp-au, gcp-eu, gcp-us, aws-eu, aws-us); several with \
               commas",
        text: "Region: gcp-au, gcp-eu, gcp-us, aws-eu, aws-us; several with commas",
        value_name: "REGION",
        default: None,
        is_list: true,
    }],
    secrets: &[],
});

pub(super) struct MerchantCenter {
    /// The audience policies of which `aud` must follow one.
    pub(super) audience_policies: Vec<AudiencePolicy>,
}

/// What the Merchant Center writes into `aud`, as the field `X-Forward-To-Audience-Policy` asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AudiencePolicy {
    /// The forwarded URL without its query.
    FullPath,
    /// The origin of the forwarded URL.
    Origin,
}

fn read(fields: &mut Fields<'_>, key_sources: &mut KeySources) -> Option<KindSettings> {
    const POLICIES: [(&str, AudiencePolicy); 2] = [
        ("forward-url-full-path", AudiencePolicy::FullPath),
        ("forward-url-origin", AudiencePolicy::Origin),
    ];
    let regions = fields.some("regions", region());
    fields.demand("regions", "is required: at least one region");
    let audience_policies = fields.one_or_more("audience_policy", one_of(&POLICIES));
    let legacy = fields.optional("legacy_v1", boolean()).unwrap_or(false);
    let regions = regions?;
    if legacy && regions.iter().all(|region| region.legacy_issuer.is_none()) {
        fields.fault("legacy_v1", "is true; only \"gcp-eu\" and \"gcp-us\" have a first version");
    }
    let legacy_issuers =
        regions.iter().filter_map(|region| region.legacy_issuer).filter(|_| legacy);
    let issuers = regions.iter().map(|region| region.issuer.as_str()).chain(legacy_issuers);
    let issuers = issuers.map(|issuer| {
        let location = KeyLocation::Uri(format!("{issuer}/.well-known/jwks.json"));
        Issuer::named(issuer, location, key_sources)
    });
    Some(KindSettings {
        algorithms: vec![Algorithm::Rs256],
        issuers: issuers.collect(),
        kind: Rc::new(MerchantCenter {
            audience_policies: audience_policies.unwrap_or(vec![AudiencePolicy::FullPath]),
        }),
        default_header: "authorization",
        client_credentials: None,
    })
}

impl Kind for MerchantCenter {
    fn accepted_types(&self) -> AcceptedTypes<'_> {
        AcceptedTypes::Any
    }

    /// The root has two forms under the policy for the full path. The Merchant Center's gateway
    /// writes the URL with the final `/`; commercetools' own verifier expects it without.
    fn audience(&self, called: CalledUrl<'_>) -> Audience<'_> {
        let mut expected = Vec::new();
        for url in called.public_urls {
            for policy in &self.audience_policies {
                match policy {
                    AudiencePolicy::FullPath => {
                        expected.push(url.join(called.path));
                        if called.path == "/" {
                            expected.push(url.base());
                        }
                    }
                    AudiencePolicy::Origin => expected.push(url.origin().to_owned()),
                }
            }
        }
        expected.dedup();
        Audience::OneOf(expected.into())
    }

    fn identity(&self, claims: &Claims, issuer: &Issuer) -> Result<Identity, Rejection> {
        if claims.required_string("type")? != "exchange" {
            return Err(Rejection::ClaimMismatch { claim: "type".into() });
        }
        let issuer = issuer.name.as_deref().unwrap_or_default();
        let project = claims.required_string(&format!("{issuer}/claims/project_key"))?;
        Ok(Identity {
            user: Some(claims.required_string("sub")?.to_owned()),
            project: Some(project.to_owned()),
            permissions: claims.strings(&format!("{issuer}/claims/user_permissions"))?,
            ..Identity::default()
        })
    }

    fn required_claims(&self) -> &[(String, Value)] {
        &[]
    }

    fn has_tenant(&self) -> bool {
        false
    }

    fn session_form(&self) -> SessionForm {
        SessionForm::Full
    }

    fn wording(&self) -> Wording {
        Wording::Standard
    }

    fn warnings(&self, usage: Usage) -> Vec<&'static str> {
        if usage.has_public_url {
            return Vec::new();
        }
        vec![
            "without public_url the audience is taken from the request's own host; set it to what \
             applications put into X-Forward-To",
        ]
    }
}

#[cfg(test)]
mod tests;
