//! The header fields that tell a backend who the caller is.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use crate::json::is_rounded;
use crate::session::Session;

/// What an identity header says. The configuration uses the names of [`FIELDS`], or
/// `claims.department` for a claim, by name or dotted path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityField {
    /// A claim of the token.
    Claim(String),
    /// When the token expires, in seconds since the Unix epoch.
    ExpiresAt,
    /// The token's issuer.
    Issuer,
    /// What the user may do, separated by spaces.
    Permissions,
    /// The commercetools project key.
    ProjectKey,
    /// The name of the provider.
    Provider,
    /// The JTL tenant's id.
    TenantId,
    /// The JTL tenant's slug.
    TenantSlug,
    /// The user's id.
    UserId,
}

/// The fields with their names in the configuration, and the default header of each.
pub const FIELDS: [(&str, IdentityField, &str); 8] = [
    ("provider", IdentityField::Provider, "x-verified-provider"),
    ("issuer", IdentityField::Issuer, "x-verified-issuer"),
    ("user_id", IdentityField::UserId, "x-verified-user"),
    ("project_key", IdentityField::ProjectKey, "x-verified-project"),
    ("tenant_id", IdentityField::TenantId, "x-verified-tenant"),
    ("tenant_slug", IdentityField::TenantSlug, "x-verified-tenant-slug"),
    ("permissions", IdentityField::Permissions, "x-verified-permissions"),
    ("expires_at", IdentityField::ExpiresAt, "x-verified-expires"),
];

/// The value of a field for one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// The session has no such value.
    Absent,
    /// The claim contains an object or an array in an array, or a number beyond 64 bits. No field
    /// value can express it.
    Structured,
    /// A legal field value.
    Text(String),
}

impl IdentityField {
    /// Returns the headers for a backend for which the configuration names none.
    pub fn defaults() -> Vec<(String, Self)> {
        FIELDS.map(|(_, field, header)| (header.to_owned(), field)).into()
    }

    /// Returns the value for a session.
    pub fn value(&self, session: &Session) -> FieldValue {
        let identity = session.identity();
        let text = match self {
            Self::Claim(path) => {
                return session.claims().by_path(path).map_or(FieldValue::Absent, claim);
            }
            Self::ExpiresAt => Some(session.expires_at_seconds().to_string()),
            Self::Issuer => session.issuer().map(encode),
            Self::Permissions if identity.permissions.is_empty() => None,
            Self::Permissions => Some(list(identity.permissions.iter().map(String::as_str))),
            Self::ProjectKey => identity.project.as_deref().map(encode),
            Self::Provider => Some(encode(session.provider())),
            Self::TenantId => identity.tenant.as_deref().map(encode),
            Self::TenantSlug => identity.tenant_slug.as_deref().map(encode),
            Self::UserId => identity.user.as_deref().map(encode),
        };
        text.map_or(FieldValue::Absent, FieldValue::Text)
    }
}

fn claim(value: &Value) -> FieldValue {
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => is_exact(number).then(|| number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    match value {
        Value::Null => FieldValue::Absent,
        Value::Object(_) => FieldValue::Structured,
        Value::Array(items) => match items.iter().map(scalar).collect::<Option<Vec<_>>>() {
            Some(items) if items.iter().all(String::is_empty) => FieldValue::Absent,
            Some(items) => FieldValue::Text(list(items.iter().map(String::as_str))),
            None => FieldValue::Structured,
        },
        value => {
            scalar(value).map_or(FieldValue::Structured, |text| FieldValue::Text(encode(&text)))
        }
    }
}

/// Returns whether numbers that differ in the token also differ here. JSON does not limit numbers,
/// but its readers do: many numbers beyond 64 bits are read as the same one. Two users would then
/// be one user to a backend.
fn is_exact(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || !is_rounded(number)
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    // An empty item cannot be expressed: a field value does not begin or end with a space.
    for item in items.filter(|item| !item.is_empty()) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        push_encoded(&mut joined, item, true);
    }
    joined
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    push_encoded(&mut encoded, text, false);
    encoded
}

/// Makes any text a legal field value (RFC 9110, section 5.5), which percent-decoding restores.
/// Bytes that are not visible ASCII, and `%` itself, become `%XX`. Spaces inside a single value
/// stay. Spaces at its ends, which HTTP removes, and spaces in an item of a list are encoded, too.
fn push_encoded(encoded: &mut String, text: &str, list_item: bool) {
    let last = text.len().saturating_sub(1);
    for (index, byte) in text.bytes().enumerate() {
        let inner_space = byte == b' ' && !list_item && index != 0 && index != last;
        if (byte.is_ascii_graphic() && byte != b'%') || inner_space {
            encoded.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests;
