//! The providers of a configuration.

use std::rc::Rc;

use serde_json::Value;

use super::region::region;
use crate::keys::KeySet;
use crate::keys::{ClientCredentials, KeyLocation, KeySource};
use crate::provider::{AudiencePolicy, Issuer, Kind, Provider};
use crate::request::CredentialSource;
use crate::request::HttpUrl;
use crate::settings::shape::{
    Shape, anything, boolean, exact_url, header_name, name, one_of, parsed, schema, secret_name,
    shown, text, token, url,
};
use crate::settings::{Faults, Fields};
use crate::signature::Algorithm;
use crate::upstream::{IDENTITY_PREFIX, canonical_name};

/// Fields that a caller or the runtime needs for something else.
const RESERVED_HEADERS: [&str; 10] = [
    "access-control-request-method",
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
    header: &'static str,
    client_credentials: Option<ClientCredentials>,
}

type ReadKind = fn(&mut Fields<'_>, &mut Vec<KeySource>) -> Option<Particulars>;

const KINDS: [(&str, ReadKind); 4] = [
    ("merchant-center", merchant_center),
    ("jtl-session", jtl_session),
    ("jtl-app", jtl_app),
    ("oidc", oidc),
];

/// Reads one provider, and adds the key sources that it needs and nobody has named before.
pub(super) fn read(mut fields: Fields<'_>, key_sources: &mut Vec<KeySource>) -> Option<Provider> {
    let name = fields.required("name", name());
    let header = fields.optional("header", credential_header());
    let header_is_invalid = fields.has("header") && header.is_none();
    let scheme = fields.optional("scheme", token());
    let reject_status = fields.optional("reject_status", reject_status()).unwrap_or(401);
    // Without its kind, nothing can be said about a provider's other members.
    let read_kind = fields.required("kind", one_of(&KINDS));
    if fields.describes() {
        let read = |read_kind: ReadKind| {
            move |fields: &mut Fields<'_>| drop(read_kind(fields, &mut Vec::new()))
        };
        fields.describe_variants("kind", KINDS.map(|(kind, read_kind)| (kind, read(read_kind))));
        fields.finish();
        return None;
    }
    let particulars = read_kind?(&mut fields, key_sources);
    fields.finish();
    let Particulars { kind, algorithms, issuers, header: default_header, client_credentials } =
        particulars?;
    let header = header.unwrap_or_else(|| default_header.to_owned());
    let scheme = scheme.or_else(|| (header == "authorization").then(|| "Bearer".to_owned()));
    (!header_is_invalid).then_some(())?;
    Some(Provider {
        name: name?,
        credential: CredentialSource { header, scheme },
        algorithms,
        issuers,
        reject_status,
        client_credentials,
        kind,
    })
}

/// What no provider shows by itself.
pub(super) fn check_together(names: &[Option<String>], key_sources: &[KeySource], faults: &Faults) {
    for (index, name) in names.iter().enumerate() {
        let taken = names.iter().take(index).any(|earlier| earlier == name);
        if let Some(name) = name.as_ref().filter(|_| taken) {
            faults.add(format!("providers[{index}].name"), format!("is {name:?} a second time"));
        }
    }
    for (index, source) in key_sources.iter().enumerate() {
        if key_sources.iter().take(index).any(|earlier| earlier.name == source.name) {
            faults.add(
                "providers",
                format!("has {} twice, with keys from different places", source.name),
            );
        }
    }
}

/// Where providers of one route cannot be told apart: tokens without an issuer share a header.
pub(super) fn check_side_by_side(providers: &[&Provider], place: &str, faults: &Faults) {
    for (index, provider) in providers.iter().enumerate() {
        for earlier in providers.iter().take(index) {
            let nameless = |p: &Provider| p.issuers.iter().any(|issuer| issuer.name.is_none());
            if share_credentials(earlier, provider) && (nameless(earlier) || nameless(provider)) {
                faults.add(
                    place,
                    format!(
                        "{:?} and {:?} both take tokens from {}, and one of them has tokens \
                         without an issuer; give one of them another header, or each route one \
                         of them",
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
        named_issuer(key_sources, issuer, location)
    });
    Some(Particulars {
        algorithms: vec![Algorithm::Rs256],
        issuers: issuers.collect(),
        kind: Kind::MerchantCenter {
            audience_policies: audience_policies.unwrap_or(vec![AudiencePolicy::FullPath]),
        },
        header: "authorization",
        client_credentials: None,
    })
}

fn jtl_session(fields: &mut Fields<'_>, key_sources: &mut Vec<KeySource>) -> Option<Particulars> {
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
    let source = KeySource {
        location: KeyLocation::Uri(format!("{api_url}/account/.well-known/jwks.json")),
        // Not the API's URL alone, which may be an issuer's as well.
        name: format!("{api_url}/account"),
        client_credentials: Some(client_credentials.clone()),
    };
    let key_source = intern(key_sources, source);
    Some(Particulars {
        algorithms: vec![Algorithm::EdDsa],
        issuers: vec![Issuer { name: None, key_source }],
        kind: Kind::JtlSession,
        header: "x-session-id",
        client_credentials: Some(client_credentials),
    })
}

fn jtl_app(fields: &mut Fields<'_>, key_sources: &mut Vec<KeySource>) -> Option<Particulars> {
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
    Some(Particulars {
        algorithms: vec![Algorithm::Rs256],
        issuers: vec![named_issuer(key_sources, &issuer, location)],
        kind: Kind::JtlApp { app_id: app_id? },
        header: "authorization",
        client_credentials,
    })
}

fn oidc(fields: &mut Fields<'_>, key_sources: &mut Vec<KeySource>) -> Option<Particulars> {
    const ALGORITHMS: [(&str, Algorithm); 2] =
        [("RS256", Algorithm::Rs256), ("EdDSA", Algorithm::EdDsa)];
    let issuer = fields.required("issuer", exact_url());
    let jwks_uri = fields.optional("jwks_uri", key_url());
    let jwks = fields.optional("jwks", inline_keys());
    let audiences = fields.some("audiences", text());
    fields.demand("audiences", "is required: at least one audience");
    let algorithms = fields.some("algorithms", one_of(&ALGORITHMS));
    fields.demand("algorithms", "is required: \"RS256\", \"EdDSA\" or both");
    let types = fields.some("types", media_type());
    let required_claims = fields.map("required_claims", anything());
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
    let issuers = vec![named_issuer(key_sources, &issuer, location)];
    let default_types = || ["JWT", "at+jwt", ""].map(str::to_owned).into();
    Some(Particulars {
        algorithms: algorithms?,
        issuers,
        kind: Kind::Oidc {
            audiences: audiences?,
            types: types.unwrap_or_else(default_types),
            required_claims: required_claims.unwrap_or_default(),
        },
        header: "authorization",
        client_credentials: None,
    })
}

fn named_issuer(key_sources: &mut Vec<KeySource>, issuer: &str, location: KeyLocation) -> Issuer {
    let source = KeySource { name: issuer.to_owned(), location, client_credentials: None };
    Issuer { name: Some(issuer.to_owned()), key_source: intern(key_sources, source) }
}

/// Providers with one issuer share one source.
fn intern(key_sources: &mut Vec<KeySource>, source: KeySource) -> usize {
    key_sources.iter().position(|known| *known == source).unwrap_or_else(|| {
        key_sources.push(source);
        key_sources.len().saturating_sub(1)
    })
}

fn credential_header() -> Shape<String> {
    let Shape { schema, parse } = header_name();
    let parse = move |value: &Value| {
        let name = parse(value)?;
        let taken = RESERVED_HEADERS.contains(&name.as_str())
            || canonical_name(&name).starts_with(IDENTITY_PREFIX);
        if taken { Err(format!("is {name:?}, which cannot carry a token")) } else { Ok(name) }
    };
    Shape::new(schema, parse)
}

fn reject_status() -> Shape<u16> {
    let parse = |value: &Value| match value.as_u64() {
        Some(401) => Ok(401),
        Some(403) => Ok(403),
        _ => Err(format!("is {value}; must be 401 or 403")),
    };
    Shape::new(schema!({"enum": [401, 403]}), parse)
}

/// A URL that may have a query.
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

/// A JWK Set in which every key is of use: what is written by hand is meant to be used.
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
