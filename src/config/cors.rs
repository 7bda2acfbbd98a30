//! The rules for cross-origin requests.

use crate::request::{Cors, HttpUrl};
use crate::settings::Fields;
use crate::settings::shape::{Shape, boolean, header_name, integer, parsed, schema, shown};

/// Reads the rules.
pub(super) fn read(mut fields: Fields<'_>) -> Option<Cors> {
    let allowed_origins = fields.some("allowed_origins", origin());
    fields.demand("allowed_origins", "is required: at least one origin");
    let allowed_headers = fields.list("allowed_headers", header_name()).unwrap_or_default();
    let exposed_headers = fields.list("exposed_headers", header_name()).unwrap_or_default();
    let allow_credentials = fields.optional("allow_credentials", boolean()).unwrap_or(false);
    let max_age_seconds = fields.optional("max_age_seconds", integer(0..=86_400)).unwrap_or(600);
    let any = allowed_origins.iter().flatten().any(|origin| origin == Cors::ANY);
    if any && allowed_origins.iter().flatten().count() > 1 {
        fields.fault("allowed_origins", "has \"*\" beside others; \"*\" stands alone");
    }
    if any && allow_credentials {
        fields.fault("allow_credentials", "is true; must be false where every origin is allowed");
    }
    fields.finish();
    Some(Cors {
        allowed_origins: allowed_origins?,
        allowed_headers,
        exposed_headers,
        allow_credentials,
        max_age_seconds,
    })
}

/// Returns the shape of an origin as a browser writes it (scheme, host, and a port other than the
/// default), or of `*`.
fn origin() -> Shape<String> {
    parsed(schema!({"type": "string"}), |found| {
        if found == Cors::ANY {
            return Ok(found.to_owned());
        }
        match HttpUrl::parse(found) {
            Ok(url) if url.origin() == found => Ok(found.to_owned()),
            Ok(url) => Err(format!("is {found:?}; a browser writes it as {:?}", url.origin())),
            Err(message) => Err(format!("is {}; {message}", shown(found))),
        }
    })
}
