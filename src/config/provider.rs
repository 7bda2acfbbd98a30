//! The providers of a configuration.

use serde_json::Value;

use crate::keys::{KeySource, KeySources};
use crate::provider::{KINDS, KindEntry, KindSettings, Provider};
use crate::request::CredentialSource;
use crate::settings::shape::{Shape, header_name, name, one_of, schema, token};
use crate::settings::{Faults, Fields};
use crate::upstream::{IDENTITY_PREFIX, canonical_name, describes_another_request};

/// The header fields that cannot carry a token, because callers or the runtime use them.
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

/// Reads one provider, and adds its key sources to `key_sources` if they are new.
pub(super) fn read(mut fields: Fields<'_>, key_sources: &mut KeySources) -> Option<Provider> {
    let name = fields.required("name", name());
    let header = fields.optional("header", credential_header());
    let header_is_invalid = fields.has("header") && header.is_none();
    let scheme = fields.optional("scheme", token());
    let reject_status = fields.optional("reject_status", reject_status()).unwrap_or(401);
    // The kind decides which other members a provider may have.
    let entry = fields.required("kind", one_of(KINDS));
    if fields.describes() {
        let read = |entry: &'static KindEntry| {
            move |fields: &mut Fields<'_>| drop((entry.read)(fields, &mut KeySources::default()))
        };
        fields.describe_variants("kind", KINDS.iter().map(|(name, entry)| (*name, read(entry))));
        fields.finish();
        return None;
    }
    let settings = (entry?.read)(&mut fields, key_sources);
    fields.finish();
    let KindSettings { kind, algorithms, issuers, default_header, client_credentials } = settings?;
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

/// Reports faults between providers: two have the same name, or two name one issuer but different
/// locations of its keys.
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

/// Reports providers of one route that a token cannot tell apart: they read the same credential,
/// and the tokens of at least one of them have no issuer.
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

fn credential_header() -> Shape<String> {
    let Shape { schema, parse } = header_name();
    let parse = move |value: &Value| {
        let name = parse(value)?;
        let taken = RESERVED_HEADERS.contains(&name.as_str())
            || canonical_name(&name).starts_with(IDENTITY_PREFIX)
            || describes_another_request(&canonical_name(&name));
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
