//! Strict JSON: this parser refuses what RFC 8259 leaves to the reader.
//!
//! Duplicate members have no defined meaning (RFC 8259, section 4), so two readers of one token
//! could see two different identities. RFC 7515, section 4 and RFC 7519, section 4 allow a
//! parser to refuse duplicates. This parser refuses them at any depth.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The number of levels that objects and arrays may nest, including the outermost object.
pub const MAX_DEPTH: usize = 16;

/// Reads exactly one JSON object and returns its members.
///
/// # Errors
/// Returns a [`JsonFault`] for invalid UTF-8, a syntax error, a value that is not an object, a
/// duplicate member at any depth, or nesting beyond [`MAX_DEPTH`].
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, JsonFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| JsonFault::NotUtf8)?;
    let fault = Cell::new(JsonFault::Syntax);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict { room: MAX_DEPTH, fault: &fault }
        .deserialize(&mut deserializer)
        .map_err(|_| fault.get())?;
    deserializer.end().map_err(|_| JsonFault::Syntax)?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(JsonFault::NotAnObject),
    }
}

/// Returns whether readers of JSON may take the number for another one. Many of them, JavaScript
/// among them, read every number as a double, which rounds from 2^53 on (RFC 8259, section 6).
pub(crate) fn is_rounded(number: &Number) -> bool {
    const FIRST: f64 = 9_007_199_254_740_992.0; // 2^53
    number.as_f64().is_none_or(|number| number.abs() >= FIRST)
}

/// The reason why bytes are not an acceptable JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonFault {
    /// A member name occurs twice in one object.
    DuplicateMember,
    /// The text is JSON, but not an object.
    NotAnObject,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// The text is not JSON, or something follows the object.
    Syntax,
    /// Objects and arrays nest deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DuplicateMember => "has a member twice",
            Self::NotAnObject => "is not a JSON object",
            Self::NotUtf8 => "is not UTF-8",
            Self::Syntax => "is not valid JSON",
            Self::TooDeep => "is nested too deeply",
        })
    }
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    /// The number of further levels of nesting that are allowed.
    room: usize,
    fault: &'a Cell<JsonFault>,
}

impl Strict<'_> {
    fn fail<E: Error>(self, fault: JsonFault) -> E {
        self.fault.set(fault);
        E::custom(fault)
    }

    fn nested<E: Error>(self) -> Result<Self, E> {
        match self.room.checked_sub(1) {
            Some(room) => Ok(Self { room, ..self }),
            None => Err(self.fail(JsonFault::TooDeep)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        match Number::from_f64(value) {
            Some(number) => Ok(Value::Number(number)),
            None => Err(self.fail(JsonFault::Syntax)),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let nested = self.nested()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(nested)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let nested = self.nested()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(nested)?;
            if object.insert(name, value).is_some() {
                return Err(self.fail(JsonFault::DuplicateMember));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests;
