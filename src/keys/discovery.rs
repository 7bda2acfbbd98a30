//! OpenID Connect Discovery 1.0: from an issuer to the URL of its keys.

use serde_json::Value;

use crate::json;
use crate::request::HttpUrl;

/// Returns the URL of an issuer's metadata. The well-known path comes after the path of the issuer
/// (OpenID Connect Discovery 1.0, section 4.1).
pub fn metadata_url(issuer: &str) -> String {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    format!("{base}/.well-known/openid-configuration")
}

/// Reads `jwks_uri` from an issuer's metadata.
///
/// # Errors
/// Returns what is wrong: the document is not strict JSON, names another issuer (OpenID Connect
/// Discovery 1.0, section 4.3), has no `jwks_uri`, or has one that [`check_jwks_uri`] refuses.
pub fn jwks_uri(document: &[u8], issuer: &str) -> Result<String, &'static str> {
    let mut members = json::object(document).map_err(|_| "the metadata is not strict JSON")?;
    if members.get("issuer").and_then(Value::as_str) != Some(issuer) {
        return Err("the metadata names another issuer");
    }
    let Some(Value::String(uri)) = members.remove("jwks_uri") else {
        return Err("the metadata has no jwks_uri");
    };
    check_jwks_uri(&uri, issuer)?;
    Ok(uri)
}

/// Checks that an issuer may publish its keys at `uri`.
///
/// # Errors
/// Returns what is wrong. The URL must be https, and must name neither loopback nor an IP address:
/// an attacker could use such a URL to reach internal services. An issuer on loopback, as in
/// development, may publish its keys on loopback or at an IP address.
pub fn check_jwks_uri(uri: &str, issuer: &str) -> Result<(), &'static str> {
    let (address, _) = uri.split_once('?').unwrap_or((uri, ""));
    let url = HttpUrl::parse(address).map_err(|_| "the metadata has an invalid jwks_uri")?;
    let local = HttpUrl::parse(issuer).is_ok_and(|issuer| issuer.is_loopback());
    if !local && (url.is_loopback() || url.is_ip_address()) {
        return Err("the metadata has a jwks_uri that is not on the public internet");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
