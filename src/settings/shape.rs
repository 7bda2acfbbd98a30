//! The shapes of single values. A shape reads a value and describes it as JSON Schema.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde::Serialize;
use serde_json::Value;

use super::spelling;
use crate::json::is_rounded;
use crate::redaction::{MAX_NAME_BYTES, is_identifier, looks_like_name};
use crate::request::HttpUrl;

/// A function that reads a value, or returns a sentence fragment that says what is wrong with it.
pub(crate) type Parse<T> = dyn Fn(&Value) -> Result<T, String>;

/// The shape of a value: how it is read, and how JSON Schema describes it.
///
/// The function is boxed, so that the compiler generates the reader once per type instead of once
/// per shape. This halves the reader's part of the worker.
pub(crate) struct Shape<T> {
    /// The JSON Schema of the value, see [`schema!`].
    pub(crate) schema: Value,
    /// The function that reads the value.
    pub(crate) parse: Box<Parse<T>>,
}

impl<T> Shape<T> {
    /// Returns the shape that `schema` describes and `parse` reads.
    pub(crate) fn new(
        schema: Value,
        parse: impl Fn(&Value) -> Result<T, String> + 'static,
    ) -> Self {
        Self { schema, parse: Box::new(parse) }
    }
}

/// Makes a piece of JSON Schema in the syntax of `json!`. In the worker, which needs no schema, the
/// macro makes `null`.
macro_rules! schema {
    ($($json:tt)+) => {
        if cfg!(target_arch = "wasm32") { serde_json::Value::Null } else { serde_json::json!($($json)+) }
    };
}
pub(crate) use schema;

/// Returns the shape of a string that `schema` describes and `parse` reads.
pub(crate) fn parsed<T>(
    schema: Value,
    parse: impl Fn(&str) -> Result<T, String> + 'static,
) -> Shape<T> {
    Shape::new(schema, move |value: &Value| parse(as_text(value)?))
}

/// Returns the shape of any string that is not empty.
pub(crate) fn text() -> Shape<String> {
    parsed(schema!({"type": "string", "minLength": 1}), |text| match text {
        "" => Err("is empty".into()),
        text => Ok(text.to_owned()),
    })
}

/// Returns the shape of a value that a claim is compared with.
pub(crate) fn claim_value() -> Shape<Value> {
    Shape::new(schema!({}), |value: &Value| comparable(value).map(|()| value.clone()))
}

/// Returns the shape of an array with at least one value that a claim is compared with.
pub(crate) fn claim_values() -> Shape<Vec<Value>> {
    Shape::new(schema!({"type": "array", "minItems": 1}), |value: &Value| match value {
        Value::Array(items) if !items.is_empty() => comparable(value).map(|()| items.clone()),
        Value::Array(_) => Err("is empty; must have at least one value".into()),
        other => Err(format!("is {}; must be an array", kind(other))),
    })
}

/// Checks that no number in a value, at any depth, may stand for another one. Whoever has written
/// the configuration or the token may have rounded it, so that a rule would compare another number
/// than its writer meant.
fn comparable(value: &Value) -> Result<(), String> {
    match value {
        Value::Number(number) if is_rounded(number) => Err(format!(
            "has the number {number}; JSON readers round numbers from 2^53 (9007199254740992) on, \
             so compare a string, if the issuer can send one"
        )),
        Value::Array(items) => items.iter().try_for_each(comparable),
        Value::Object(members) => members.values().try_for_each(comparable),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// Returns the shape of an integer in a range.
pub(crate) fn integer<T>(range: RangeInclusive<T>) -> Shape<T>
where
    T: TryFrom<u64> + PartialOrd + Display + Serialize + 'static,
{
    let (least, most) = (range.start(), range.end());
    let allowed = format!("must be an integer from {least} to {most}");
    Shape::new(
        schema!({"type": "integer", "minimum": least, "maximum": most}),
        move |value: &Value| {
            let number =
                value.as_number().ok_or_else(|| format!("is {}; {allowed}", kind(value)))?;
            number
                .as_u64()
                .and_then(|number| T::try_from(number).ok())
                .filter(|number| range.contains(number))
                .ok_or_else(|| format!("is {number}; {allowed}"))
        },
    )
}

/// Returns the shape of a share: a number from 0 to 1.
pub(crate) fn share() -> Shape<f64> {
    Shape::new(schema!({"type": "number", "minimum": 0, "maximum": 1}), |value: &Value| {
        let found = value.as_f64().filter(|share| (0.0..=1.0).contains(share));
        found.ok_or_else(|| match value {
            Value::Number(number) => format!("is {number}; must be a number from 0 to 1"),
            other => format!("is {}; must be a number from 0 to 1", kind(other)),
        })
    })
}

/// Returns the shape of `true` or `false`.
pub(crate) fn boolean() -> Shape<bool> {
    Shape::new(schema!({"type": "boolean"}), |value: &Value| {
        value.as_bool().ok_or_else(|| format!("is {}; must be true or false", kind(value)))
    })
}

/// Returns the shape of one of several names. Each name is paired with the value that it means.
pub(crate) fn one_of<T: Clone>(names: &'static [(&'static str, T)]) -> Shape<T> {
    let options: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    parsed(schema!({"enum": options}), move |found| {
        let meant = names.iter().find(|(name, _)| *name == found);
        meant.map(|(_, meant)| meant.clone()).ok_or_else(|| {
            let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
            format!("is {found:?}; must be {}", choices(found, &names))
        })
    })
}

/// Returns "one of …" with all names, and a hint if `found` looks like a misspelt one.
pub(crate) fn choices(found: &str, names: &[&'static str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let hint = spelling::suggestion(found, names)
        .map(|meant| format!("; did you mean {meant:?}?"))
        .unwrap_or_default();
    format!("one of {}{hint}", quoted.join(", "))
}

/// Returns the shape of a URL that [`HttpUrl`] accepts.
pub(crate) fn url() -> Shape<HttpUrl> {
    parsed(schema!({"type": "string", "format": "uri"}), |found| {
        HttpUrl::parse(found).map_err(|message| format!("is {}; {message}", shown(found)))
    })
}

/// Returns the quoted URL for a message, without its query, or a description if the URL may hold a
/// password.
pub(crate) fn shown(url: &str) -> String {
    let address = url.split(['?', '#']).next().unwrap_or_default();
    if url.contains('@') { "a URL with @".to_owned() } else { format!("{address:?}") }
}

/// Returns the shape of a URL that keeps its exact spelling, for exact comparison.
pub(crate) fn exact_url() -> Shape<String> {
    let Shape { schema, parse } = url();
    Shape::new(schema, move |value: &Value| {
        parse(value).and_then(|_| as_text(value).map(str::to_owned))
    })
}

/// Returns the shape of a secret's name.
pub(crate) fn secret_name() -> Shape<String> {
    name_of("a Worker secret")
}

/// Returns the shape of the name of `what`, such as "a Worker secret". Its faults do not quote the
/// found text, because a user may have entered the secret itself. For the same reason, a name that
/// looks like a secret is a fault: it would be shown wherever the name is.
pub(crate) fn name_of(what: &'static str) -> Shape<String> {
    parsed(
        schema!({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": MAX_NAME_BYTES}),
        move |name| {
            if !is_identifier(name) {
                return Err(format!("must be the name of {what}: letters, digits and _"));
            }
            match looks_like_name(name) {
                true => Ok(name.to_owned()),
                false => Err(format!(
                    "does not look like a name, and is not shown; must be the name of {what}, such as \
                 ORIGIN_SECRET, with words of letters and few digits"
                )),
            }
        },
    )
}

/// Returns the shape of a field, method or scheme name: a `token` of RFC 9110, section 5.6.2.
pub(crate) fn token() -> Shape<String> {
    parsed(schema!({"type": "string", "pattern": "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$"}), |name| {
        if !is_token(name) {
            return Err(format!("is {name:?}; must be letters, digits and any of !#$%&'*+-.^_`|~"));
        }
        Ok(name.to_owned())
    })
}

/// Returns whether text is a `token` of RFC 9110, section 5.6.2.
pub(crate) fn is_token(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(allowed)
}

/// Returns the shape of a header field's name. The value that it reads is in lower case.
pub(crate) fn header_name() -> Shape<String> {
    let Shape { schema, parse } = token();
    Shape::new(schema, move |value: &Value| parse(value).map(|name| name.to_ascii_lowercase()))
}

/// Returns the shape of a name that the user has chosen.
pub(crate) fn name() -> Shape<String> {
    parsed(schema!({"type": "string", "pattern": "^[-_.A-Za-z0-9]{1,64}$"}), |found| {
        name_of_table(found).map(|()| found.to_owned())
    })
}

/// Checks that text can be a name that the user has chosen.
pub(crate) fn name_of_table(found: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if found.is_empty() || found.len() > 64 || !found.bytes().all(allowed) {
        return Err(format!(
            "is named {found:?}; a name is 1 to 64 letters, digits and any of -_."
        ));
    }
    Ok(())
}

/// Returns the name of a value's type for use in a sentence.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn as_text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("is {}; must be a string", kind(value)))
}

#[cfg(test)]
mod tests;
