//! `oidc`: any token of an OpenID Connect issuer.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::Value;

use super::identity::Identity;
use super::issuer::Issuer;
use super::kind::{
    AcceptedTypes, Audience, CalledUrl, Kind, KindEntry, KindSettings, Question, SessionForm,
    Setup, Usage,
};
use crate::keys::{KeyLocation, KeySet, KeySources};
use crate::rejection::{Rejection, Wording};
use crate::request::HttpUrl;
use crate::settings::Fields;
use crate::settings::shape::{Shape, claim_value, exact_url, one_of, parsed, schema, shown, text};
use crate::signature::Algorithm;
use crate::token::{Claims, has_one_of};

pub(super) const ENTRY: KindEntry = KindEntry { name: "oidc", read };

pub(super) const SETUP: Option<Setup> = Some(Setup {
    platform: "oidc",
    title: "Any OpenID Connect issuer",
    provider_name: "login",
    questions: &[
        Question {
            setting: "issuer",
            option: "issuer",
            help: "the issuer, exactly as in the tokens' `iss`",
            text: "Issuer, exactly as in the tokens' iss",
            value_name: "URL",
            default: None,
            is_list: false,
        },
        Question {
            setting: "audiences",
            option: "audience",
            help: "what the tokens' `aud` must name; several with commas",
            text: "Audience, which the tokens' aud must name; several with commas",
            value_name: "AUDIENCE",
            default: None,
            is_list: true,
        },
        Question {
            setting: "algorithms",
            option: "algorithm",
            help: "what the tokens are signed with, RS256 or EdDSA",
            text: "Algorithm: RS256, EdDSA",
            value_name: "ALGORITHM",
            default: Some("RS256"),
            is_list: true,
        },
    ],
    secrets: &[],
});

pub(super) struct Oidc {
    /// The audiences of which `aud` must name one (RFC 7519, section 4.1.3).
    pub(super) audiences: Vec<String>,
    /// The accepted `typ` values; `""` stands for a token without `typ`.
    pub(super) types: Vec<String>,
    /// The path of each required claim, and its value.
    pub(super) required_claims: Vec<(String, Value)>,
}

fn read(fields: &mut Fields<'_>, key_sources: &mut KeySources) -> Option<KindSettings> {
    let issuer = fields.required("issuer", exact_url());
    let jwks_uri = fields.optional("jwks_uri", key_url());
    let jwks = fields.optional("jwks", inline_keys());
    let audiences = fields.some("audiences", text());
    fields.demand("audiences", "is required: at least one audience");
    let algorithms = fields.some("algorithms", one_of(Algorithm::BY_NAME));
    fields.demand("algorithms", "is required: \"RS256\", \"EdDSA\" or both");
    let types = fields.some("types", media_type());
    let required_claims = fields.map("required_claims", claim_value());
    if fields.has("jwks_uri") && fields.has("jwks") {
        fields.fault("jwks", "is given beside jwks_uri; give either");
    }
    let issuer = issuer?;
    let location = match (jwks_uri, jwks) {
        (None, None) if fields.has("jwks_uri") || fields.has("jwks") => return None,
        (None, None) => KeyLocation::Discovery,
        (Some(uri), _) => KeyLocation::Uri(uri),
        (None, Some(keys)) => KeyLocation::Inline(keys),
    };
    let issuers = vec![Issuer::named(&issuer, location, key_sources)];
    let default_types = || ["JWT", "at+jwt", ""].map(str::to_owned).into();
    Some(KindSettings {
        algorithms: algorithms?,
        issuers,
        kind: Rc::new(Oidc {
            audiences: audiences?,
            types: types.unwrap_or_else(default_types),
            required_claims: required_claims.unwrap_or_default(),
        }),
        default_header: "authorization",
        client_credentials: None,
    })
}

impl Kind for Oidc {
    fn accepted_types(&self) -> AcceptedTypes<'_> {
        AcceptedTypes::OneOf(&self.types)
    }

    fn audience(&self, _: CalledUrl<'_>) -> Audience<'_> {
        Audience::OneOf(Cow::Borrowed(&self.audiences))
    }

    fn identity(&self, claims: &Claims, _: &Issuer) -> Result<Identity, Rejection> {
        for (path, expected) in &self.required_claims {
            let claim = || path.clone().into();
            match claims.by_path(path) {
                None => return Err(Rejection::ClaimMissing { claim: claim() }),
                Some(found) if found == expected => {}
                Some(found) if has_one_of(found, std::slice::from_ref(expected)) => {}
                Some(_) => return Err(Rejection::ClaimMismatch { claim: claim() }),
            }
        }
        Ok(Identity {
            user: claims.name("sub")?,
            permissions: scopes(claims)?,
            ..Identity::default()
        })
    }

    fn required_claims(&self) -> &[(String, Value)] {
        &self.required_claims
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

    fn warnings(&self, _: Usage) -> Vec<&'static str> {
        Vec::new()
    }
}

/// Returns the scopes of an access token. They are in `scope`, separated by spaces (RFC 8693,
/// section 4.2). Some issuers call the claim `scp` and make it an array.
fn scopes(claims: &Claims) -> Result<Vec<String>, Rejection> {
    let name = if claims.members().contains_key("scope") { "scope" } else { "scp" };
    match claims.members().get(name) {
        Some(Value::Array(_)) => claims.strings(name),
        _ => {
            let scopes = claims.string(name)?.unwrap_or_default();
            Ok(scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect())
        }
    }
}

/// Reads a URL that may have a query.
fn key_url() -> Shape<String> {
    parsed(schema!({"type": "string", "format": "uri"}), |found| {
        let (address, _) = found.split_once('?').unwrap_or((found, ""));
        HttpUrl::parse(address)
            .map(|_| found.to_owned())
            .map_err(|message| format!("is {}; {message}", shown(found)))
    })
}

fn media_type() -> Shape<String> {
    parsed(schema!({"type": "string"}), |found| {
        let found = found.to_ascii_lowercase();
        Ok(found.strip_prefix("application/").unwrap_or(&found).to_owned())
    })
}

/// Reads a JWK Set of which Drawbridge can use every key. Somebody wrote it by hand, so an unusable
/// key in it is a mistake.
fn inline_keys() -> Shape<Rc<KeySet>> {
    let schema = schema!({
        "type": "object",
        "properties": {"keys": {"type": "array", "items": {"type": "object"}}},
        "required": ["keys"],
    });
    let parse = |value: &Value| {
        let keys =
            KeySet::parse(value.to_string().as_bytes()).map_err(|fault| fault.to_string())?;
        match keys.skipped().first() {
            None => Ok(Rc::new(keys)),
            Some(key) => Err(format!("has a key of no use: keys[{}] is {}", key.index, key.reason)),
        }
    };
    Shape::new(schema, parse)
}

#[cfg(test)]
mod tests;
