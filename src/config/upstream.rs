//! The backends of a configuration.

use serde_json::Value;

use crate::keys::ClientCredentials;
use crate::provider::Provider;
use crate::route::Pattern;
use crate::settings::shape::{
    Shape, choices, header_name, integer, is_token, name, name_of, one_of, parsed, schema,
    secret_name, text, url,
};
use crate::settings::{Faults, Fields};
use crate::upstream::{
    ASSERTION_HEADER, AUTHORIZATION, AssertionPolicy, FIELDS, IDENTITY_PREFIX, IdentityField,
    SharedSecret, TENANT_HEADER, Upstream, canonical_name, describes_another_request,
};

/// The header fields that the runtime writes or that have another meaning for a backend.
const RESERVED_HEADERS: [&str; 19] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The standard claims whose values are objects: RFC 8693, section 4.1; OpenID Connect Core 1.0,
/// section 5.1.1; RFC 7800, section 3.1; OpenID Connect Core 1.0, section 5.5.
const OBJECT_CLAIMS: [&str; 4] = ["act", "address", "cnf", "claims"];

/// Reads one backend. `providers` are those without faults; `provider_names` are the names of all.
pub(super) fn read(
    upstream_name: &str,
    mut fields: Fields<'_>,
    providers: &[Provider],
    provider_names: &[Option<String>],
) -> Option<Upstream> {
    let url = fields.required("url", url());
    let binding = fields.optional("binding", name_of("a binding"));
    let strip_prefix = fields.optional("strip_prefix", prefix()).unwrap_or_default();
    let timeout_millis = fields.optional("timeout_ms", integer(1..=600_000)).unwrap_or(30_000);
    let cache = fields.optional("cache", one_of(&[("no-store", false), ("default", true)]));
    let tenant_calls = fields.optional("access_token_of", name());
    let identity_headers = fields.map("identity_headers", identity_field());
    let shared_secret = fields.object("shared_secret", read_shared_secret);
    let assertion_is_there = fields.has("assertion");
    let assertion = fields.object("assertion", read_assertion);

    check_identity_headers(identity_headers.as_deref(), providers, &fields);
    let emitted = identity_headers.iter().flatten().map(|(header, _)| canonical_name(header));
    let mut emitted: Vec<String> = emitted.collect();
    emitted.extend(tenant_calls.as_ref().map(|_| TENANT_HEADER.to_owned()));
    if let Some(secret) = &shared_secret {
        let header = canonical_name(&secret.header);
        let is_authorization = header == AUTHORIZATION;
        let is_taken = emitted.contains(&header)
            || (is_authorization && tenant_calls.is_some())
            || (!is_authorization && carries_a_token(&header, providers));
        if is_taken {
            let message = format!("is {:?}, which carries something else", secret.header);
            fields.fault("shared_secret.header", message);
        }
    }
    let client_credentials = tenant_calls
        .as_ref()
        .and_then(|name| credentials_of(name, &fields, providers, provider_names));
    let is_invalid = (fields.has("identity_headers") && identity_headers.is_none())
        || (fields.has("shared_secret") && shared_secret.is_none())
        || (assertion_is_there && assertion.is_none())
        || (fields.has("access_token_of") && client_credentials.is_none());
    fields.finish();
    let mut identity_headers = match (identity_headers, &client_credentials) {
        (Some(headers), _) => {
            headers.into_iter().map(|(name, field)| (name.to_ascii_lowercase(), field)).collect()
        }
        (None, Some(_)) => Vec::new(),
        (None, None) => IdentityField::defaults(),
    };
    if client_credentials.is_some() {
        identity_headers.retain(|(name, _)| name != TENANT_HEADER);
        identity_headers.push((TENANT_HEADER.to_owned(), IdentityField::TenantId));
    }
    (!is_invalid).then_some(())?;
    Some(Upstream {
        name: upstream_name.to_owned(),
        url: url?,
        binding,
        strip_prefix,
        timeout_millis,
        cacheable: cache.unwrap_or(false),
        identity_headers,
        shared_secret,
        assertion,
        client_credentials,
    })
}

/// Reports upstreams that need the public URL, which the configuration lacks: it would be the issuer
/// of their assertions, and the host in the requests whose answers a cache may hold.
pub(super) fn check_without_public_url(upstreams: &[Upstream], faults: &Faults) {
    for upstream in upstreams {
        let fault = |member: &str, message: &str| {
            faults.add(format!("upstreams.{}.{member}", upstream.name), message);
        };
        if upstream.assertion.is_some() {
            fault("assertion", "needs a public_url, which is the assertion's issuer");
        }
        if upstream.cacheable {
            fault(
                "cache",
                "is \"default\" and needs a public_url; without it, callers choose the host in \
                 X-Forwarded-Host, and the cache would hold answers that were made for their host",
            );
        }
    }
}

fn check_identity_headers(
    headers: Option<&[(String, IdentityField)]>,
    providers: &[Provider],
    fields: &Fields<'_>,
) {
    let headers = headers.unwrap_or_default();
    for (index, (name, field)) in headers.iter().enumerate() {
        let member = format!("identity_headers.{name}");
        let header = canonical_name(name);
        if !is_token(name) {
            fields.fault(&member, "is not the name of a header field");
        } else if RESERVED_HEADERS.contains(&header.as_str())
            || header == ASSERTION_HEADER
            || describes_another_request(&header)
        {
            fields.fault(&member, "is a field with another meaning");
        } else if carries_a_token(&header, providers) {
            fields.fault(&member, "is the field of a provider's token");
        } else if headers.iter().take(index).any(|(other, _)| canonical_name(other) == header) {
            fields.fault(&member, "is there a second time, in another spelling");
        }
        if header == TENANT_HEADER
            && fields.has("access_token_of")
            && *field != IdentityField::TenantId
        {
            fields.fault(&member, "is the tenant where there is an access_token_of");
        }
        if let IdentityField::Claim(path) = field
            && is_object(path, providers)
        {
            fields.fault(&member, format!("is the claim {path}, which is an object"));
        }
    }
}

fn carries_a_token(header: &str, providers: &[Provider]) -> bool {
    providers.iter().any(|provider| canonical_name(&provider.credential.header) == header)
}

/// Returns whether a claim is known to be an object. An object has no form as a field value.
fn is_object(path: &str, providers: &[Provider]) -> bool {
    let required = providers.iter().flat_map(|provider| provider.kind.required_claims());
    OBJECT_CLAIMS.contains(&path)
        || required.into_iter().any(|(name, value)| name == path && value.is_object())
}

/// Returns the grant of the provider with that name. Reports a fault if there is no such provider,
/// if its kind is not one of JTL's, or if it has no client credentials.
fn credentials_of(
    name: &str,
    fields: &Fields<'_>,
    providers: &[Provider],
    provider_names: &[Option<String>],
) -> Option<ClientCredentials> {
    const MEMBER: &str = "access_token_of";
    if !provider_names.iter().flatten().any(|known| known == name) {
        fields.fault(MEMBER, format!("is {name:?}; there is no such provider"));
        return None;
    }
    let provider = providers.iter().find(|provider| provider.name == name)?;
    if !provider.kind.has_tenant() {
        fields.fault(MEMBER, format!("is {name:?}, which is not of a kind of JTL's"));
    } else if provider.client_credentials.is_none() {
        let message = format!(
            "is {name:?}, which has no client_id_secret_name and client_secret_secret_name"
        );
        fields.fault(MEMBER, message);
    }
    provider.client_credentials.clone().filter(|_| provider.kind.has_tenant())
}

fn read_shared_secret(mut fields: Fields<'_>) -> Option<SharedSecret> {
    let header = fields.required("header", secret_header());
    let secret_name = fields.required("secret_name", secret_name());
    fields.finish();
    Some(SharedSecret { header: header?, secret_name: secret_name? })
}

fn read_assertion(mut fields: Fields<'_>) -> Option<AssertionPolicy> {
    let keys = fields.one_or_more("signing_key_secret_name", secret_name());
    fields.demand("signing_key_secret_name", "is required: the name of a secret, or of two");
    if keys.as_ref().is_some_and(|keys| keys.len() > 2) {
        fields.fault("signing_key_secret_name", "has more than two names");
    }
    let audience = fields.required("audience", text());
    let lifetime_seconds = fields.optional("lifetime_seconds", integer(5..=3_600)).unwrap_or(60);
    fields.finish();
    Some(AssertionPolicy {
        signing_key_secret_names: keys.filter(|keys| keys.len() <= 2)?,
        audience: audience?,
        lifetime_seconds,
    })
}

fn prefix() -> Shape<Vec<String>> {
    parsed(schema!({"type": "string", "pattern": "^(/.*)?$"}), |found| {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let pattern =
            Pattern::parse(found).map_err(|message| format!("is {found:?}; {message}"))?;
        pattern.fixed_segments().filter(|_| !found.ends_with('/')).ok_or_else(|| {
            format!("is {found:?}; must be fixed segments, without a slash at the end")
        })
    })
}

fn identity_field() -> Shape<IdentityField> {
    let names = FIELDS.map(|(name, _, _)| name);
    let schema =
        schema!({"anyOf": [{"enum": names}, {"type": "string", "pattern": "^claims\\..+$"}]});
    parsed(schema, move |found| {
        if let Some(path) = found.strip_prefix("claims.").filter(|path| !path.is_empty()) {
            return Ok(IdentityField::Claim(path.to_owned()));
        }
        let known = FIELDS.into_iter().find(|(name, _, _)| *name == found);
        known.map(|(_, field, _)| field).ok_or_else(|| {
            format!("is {found:?}; must be claims.<name> or {}", choices(found, &names))
        })
    })
}

fn secret_header() -> Shape<String> {
    let Shape { schema, parse } = header_name();
    let parse = move |value: &Value| {
        let name = parse(value)?;
        let canonical = canonical_name(&name);
        let is_reserved = RESERVED_HEADERS.contains(&canonical.as_str());
        let taken = (is_reserved && canonical != AUTHORIZATION)
            || canonical.starts_with(IDENTITY_PREFIX)
            || describes_another_request(&canonical);
        if taken { Err(format!("is {name:?}, which cannot carry a secret")) } else { Ok(name) }
    };
    Shape::new(schema, parse)
}
