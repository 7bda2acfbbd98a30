//! The providers of a configuration.

use serde_json::Value;

use super::fields::{Faults, Fields, boolean, integer, one_of, secret_name, text, token, url};
use super::region::region;
use super::{ClientCredentials, KeySource};
use crate::credential::CredentialSource;
use crate::provider::{AudiencePolicy, Issuer, Kind, Provider};
use crate::signature::Algorithm;

/// Fields that a caller or the runtime needs for something else.
const RESERVED_HEADERS: [&str; 9] = [
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "origin",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// What the members of one kind come to.
struct Particulars {
    kind: Kind,
    algorithms: Vec<Algorithm>,
    issuers: Vec<Issuer>,
}

type ReadKind = fn(&mut Fields<'_>, &mut Vec<KeySource>) -> Option<Particulars>;

/// Reads one provider, and adds the key sources that it needs and nobody has named before.
pub(super) fn read(mut fields: Fields<'_>, key_sources: &mut Vec<KeySource>) -> Option<Provider> {
    const KINDS: [(&str, (ReadKind, &str)); 2] = [
        ("merchant-center", (merchant_center, "authorization")),
        ("jtl-session", (jtl_session, "x-session-id")),
    ];
    let name = fields.required("name", provider_name);
    // Without its kind, nothing can be said about a provider's other members.
    let (read_kind, default_header) = fields.required("kind", one_of(&KINDS))?;
    let header = match fields.has("header") {
        true => fields.optional("header", header_name),
        false => Some(default_header.to_owned()),
    };
    let scheme = match fields.has("scheme") {
        true => fields.optional("scheme", token),
        false => (header.as_deref() == Some("authorization")).then(|| "Bearer".to_owned()),
    };
    let reject_status = fields.optional("reject_status", reject_status).unwrap_or(401);
    let particulars = read_kind(&mut fields, key_sources);
    fields.finish();
    let Particulars { kind, algorithms, issuers } = particulars?;
    Some(Provider {
        name: name?,
        credential: CredentialSource { header: header?, scheme },
        algorithms,
        issuers,
        reject_status,
        kind,
    })
}

/// What no provider shows by itself.
pub(super) fn check_together(providers: &[Provider], faults: &Faults) {
    for (index, provider) in providers.iter().enumerate() {
        for earlier in providers.iter().take(index) {
            if earlier.name == provider.name {
                faults.add("providers", format!("has the name {:?} twice", provider.name));
            }
            let nameless = |p: &Provider| p.issuers.iter().any(|issuer| issuer.name.is_none());
            if share_credentials(earlier, provider) && (nameless(earlier) || nameless(provider)) {
                faults.add(
                    "providers",
                    format!(
                        "{:?} and {:?} both take tokens from {}, and one of them has tokens \
                         without an issuer; give one of them another header",
                        earlier.name, provider.name, provider.credential.header,
                    ),
                );
            }
        }
    }
}

fn share_credentials(a: &Provider, b: &Provider) -> bool {
    a.credential.header == b.credential.header
        && match (&a.credential.scheme, &b.credential.scheme) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
            _ => true,
        }
}

fn merchant_center(
    fields: &mut Fields<'_>,
    key_sources: &mut Vec<KeySource>,
) -> Option<Particulars> {
    const POLICIES: [(&str, AudiencePolicy); 2] = [
        ("forward-url-full-path", AudiencePolicy::FullPath),
        ("forward-url-origin", AudiencePolicy::Origin),
    ];
    let regions = fields.some("regions", region);
    if !fields.has("regions") {
        fields.fault("regions", "is required: at least one region");
    }
    let audience_policies = fields.one_or_more("audience_policy", one_of(&POLICIES));
    let legacy = fields.optional("legacy_v1", boolean).unwrap_or(false);
    let regions = regions?;
    if legacy && regions.iter().all(|region| region.legacy_issuer.is_none()) {
        fields.fault("legacy_v1", "is true; only \"gcp-eu\" and \"gcp-us\" have a first version");
    }
    let legacy_issuers =
        regions.iter().filter_map(|region| region.legacy_issuer).filter(|_| legacy);
    let issuers = regions.iter().map(|region| region.issuer.as_str()).chain(legacy_issuers);
    let issuers = issuers.map(|issuer| Issuer {
        name: Some(issuer.to_owned()),
        key_source: intern(
            key_sources,
            KeySource {
                name: issuer.to_owned(),
                jwks_uri: format!("{issuer}/.well-known/jwks.json"),
                access: None,
            },
        ),
    });
    Some(Particulars {
        algorithms: vec![Algorithm::Rs256],
        issuers: issuers.collect(),
        kind: Kind::MerchantCenter {
            audience_policies: audience_policies.unwrap_or(vec![AudiencePolicy::FullPath]),
        },
    })
}

fn jtl_session(fields: &mut Fields<'_>, key_sources: &mut Vec<KeySource>) -> Option<Particulars> {
    const ENVIRONMENTS: [(&str, &str); 3] =
        [("production", "jtl-cloud.com"), ("qa", "qa.jtl-cloud.com"), ("dev", "dev.jtl-cloud.com")];
    let environment = fields.optional("environment", one_of(&ENVIRONMENTS));
    let (api_url, auth_url) = if fields.has("api_url") || fields.has("auth_url") {
        if fields.has("environment") {
            fields.fault("environment", "is given beside api_url and auth_url; give either");
        }
        let api_url = fields.required("api_url", url);
        let auth_url = fields.required("auth_url", url);
        (api_url.map(|url| url.base()), auth_url.map(|url| url.base()))
    } else {
        let domain = environment.unwrap_or("jtl-cloud.com");
        (Some(format!("https://api.{domain}")), Some(format!("https://auth.{domain}")))
    };
    let client_id_secret_name = fields.required("client_id_secret_name", secret_name);
    let client_secret_secret_name = fields.required("client_secret_secret_name", secret_name);
    let api_url = api_url?;
    let source = KeySource {
        jwks_uri: format!("{api_url}/account/.well-known/jwks.json"),
        name: api_url,
        access: Some(ClientCredentials {
            token_url: format!("{}/oauth2/token", auth_url?),
            client_id_secret_name: client_id_secret_name?,
            client_secret_secret_name: client_secret_secret_name?,
        }),
    };
    let key_source = intern(key_sources, source);
    Some(Particulars {
        algorithms: vec![Algorithm::EdDsa],
        issuers: vec![Issuer { name: None, key_source }],
        kind: Kind::JtlSession,
    })
}

/// Providers with one issuer share one source.
fn intern(key_sources: &mut Vec<KeySource>, source: KeySource) -> usize {
    key_sources.iter().position(|known| *known == source).unwrap_or_else(|| {
        key_sources.push(source);
        key_sources.len().saturating_sub(1)
    })
}

fn provider_name(value: &Value) -> Result<String, String> {
    let name = text(value)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name.len() > 64 || !name.bytes().all(allowed) {
        return Err(format!("is {name:?}; must be 1 to 64 letters, digits and any of -_."));
    }
    Ok(name.to_owned())
}

fn header_name(value: &Value) -> Result<String, String> {
    let name = token(value)?.to_ascii_lowercase();
    if RESERVED_HEADERS.contains(&name.as_str())
        || name.starts_with(crate::upstream::IDENTITY_PREFIX)
    {
        return Err(format!("is {name:?}, which cannot carry a token"));
    }
    Ok(name)
}

fn reject_status(value: &Value) -> Result<u16, String> {
    integer(401..=403)(value)
        .ok()
        .filter(|status| *status != 402)
        .ok_or("must be 401 or 403".into())
}
