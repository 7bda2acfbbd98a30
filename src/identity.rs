//! The header fields that tell a backend who the caller is.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use crate::session::Session;

/// What an identity header says. In the configuration: the names of [`FIELDS`], or a claim as
/// `claims.department`, by name or dotted path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityField {
    /// A claim of the token.
    Claim(String),
    /// When the token expires, in seconds since the Unix epoch.
    ExpiresAt,
    /// The token's issuer.
    Issuer,
    /// What the user may do, space separated.
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

/// The names in the configuration, and the header of each by default.
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

/// What becomes of a field for one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// The session does not have it.
    Absent,
    /// The session has an object there, or a number beyond 64 bits, which no field value can be
    /// made of.
    Structured,
    /// A legal field value.
    Text(String),
}

impl IdentityField {
    /// The headers where the configuration names none.
    pub fn defaults() -> Vec<(String, Self)> {
        FIELDS.map(|(_, field, header)| (header.to_owned(), field)).into()
    }

    /// The value for a session.
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

/// Whether two numbers that differ in the token differ here. JSON sets no limit to a number, but its
/// readers do: beyond 64 bits many are read as one, and two users would be the same to a backend.
fn is_exact(number: &Number) -> bool {
    const LIMIT: f64 = 9_007_199_254_740_992.0; // 2^53
    let small = |number: f64| number.abs() < LIMIT;
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(small)
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    // Nothing can stand for an empty one: a field value does not begin or end with a space.
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

/// Makes any text a legal field value (RFC 9110, section 5.5) that percent-decoding restores:
/// bytes that are not visible ASCII, and `%` itself, become `%XX`. Spaces stay inside a single
/// value; at its ends, where HTTP drops them, and in an item of a list they are encoded too.
fn push_encoded(encoded: &mut String, text: &str, list_item: bool) {
    let last = text.len().saturating_sub(1);
    for (index, byte) in text.bytes().enumerate() {
        let inner_space = byte == b' ' && !list_item && index != 0 && index != last;
        if (byte.is_ascii_graphic() && byte != b'%') || inner_space {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_encoded_so_that_they_can_be_decoded() {
        for (text, single, item) in [
            ("canViewOrders", "canViewOrders", "canViewOrders"),
            ("Jane Doe", "Jane Doe", "Jane%20Doe"),
            (" a ", "%20a%20", "%20a%20"),
            (" ", "%20", "%20"),
            ("100%", "100%25", "100%25"),
            ("Zoë", "Zo%C3%AB", "Zo%C3%AB"),
            ("a\r\nx-verified-user: b", "a%0D%0Ax-verified-user: b", "a%0D%0Ax-verified-user:%20b"),
            ("\0\u{7f}", "%00%7F", "%00%7F"),
            ("", "", ""),
        ] {
            assert_eq!((encode(text), list([text].into_iter())), (single.into(), item.into()));
        }
    }

    #[test]
    fn claims_are_single_values_or_lists() {
        let text = |text: &str| FieldValue::Text(text.to_owned());
        for (value, expected) in [
            (json!("Jane Doe"), text("Jane Doe")),
            (json!(1.5), text("1.5")),
            (json!(false), text("false")),
            (json!(["a b", 2, true]), text("a%20b 2 true")),
            (json!(["", "a", "", "b", ""]), text("a b")),
            (json!(["", ""]), FieldValue::Absent),
            (json!(u64::MAX), text("18446744073709551615")),
            (json!(i64::MIN), text("-9223372036854775808")),
            (json!(18_446_744_073_709_551_616.0), FieldValue::Structured),
            (json!(["a", -1e300]), FieldValue::Structured),
            (json!(null), FieldValue::Absent),
            (json!([]), FieldValue::Absent),
            (json!({}), FieldValue::Structured),
            (json!(["a", {}]), FieldValue::Structured),
            (json!([["a"]]), FieldValue::Structured),
            (json!([null]), FieldValue::Structured),
        ] {
            assert_eq!(claim(&value), expected, "{value}");
        }
    }

    #[test]
    fn numbers_are_exact_below_two_to_the_53() {
        let limit = 9_007_199_254_740_992.0_f64;
        for (number, exact) in
            [(limit - 1.0, true), (limit, false), (1.0 - limit, true), (-limit, false), (0.5, true)]
        {
            assert_eq!(is_exact(&Number::from_f64(number).unwrap()), exact, "{number}");
        }
        assert!(is_exact(&Number::from(u64::MAX)) && is_exact(&Number::from(i64::MIN)));
    }

    #[test]
    fn by_default_each_field_has_a_header() {
        let defaults = IdentityField::defaults();
        assert_eq!(defaults.len(), FIELDS.len());
        assert_eq!(defaults[2], ("x-verified-user".to_owned(), IdentityField::UserId));
    }
}
