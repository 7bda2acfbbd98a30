//! Reading the members of an object while noting every fault and every name.

use std::cell::RefCell;
use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::{Fault, spelling};
use crate::http_url::HttpUrl;

/// The faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    pub(super) fn add(&self, place: impl Into<String>, message: impl Into<String>) {
        self.0.borrow_mut().push(Fault { place: place.into(), message: message.into() });
    }

    pub(super) fn into_sorted(self) -> Vec<Fault> {
        let mut faults = self.0.into_inner();
        faults.sort();
        faults
    }
}

/// An object of the configuration, of which members are read one by one. What is read is known;
/// [`Fields::finish`] reports the rest.
pub(super) struct Fields<'a> {
    place: String,
    members: Option<&'a Map<String, Value>>,
    known: Vec<&'static str>,
    faults: &'a Faults,
}

impl<'a> Fields<'a> {
    /// The members of `value`, which must be an object.
    pub(super) fn open(place: &str, value: &'a Value, faults: &'a Faults) -> Option<Self> {
        let Value::Object(members) = value else {
            faults.add(place, format!("is {}; must be an object", kind(value)));
            return None;
        };
        Some(Self { members: Some(members), ..Self::empty(place, faults) })
    }

    /// No members: every default.
    pub(super) fn empty(place: &str, faults: &'a Faults) -> Self {
        Self { place: place.to_owned(), members: None, known: Vec::new(), faults }
    }

    /// Whether a member is there, valid or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.members.is_some_and(|members| members.contains_key(name))
    }

    /// Notes a fault at a member.
    pub(super) fn fault(&self, name: &str, message: impl Into<String>) {
        self.faults.add(self.place_of(name), message);
    }

    /// A member that may be absent.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.value(name)?;
        parse(value).map_err(|message| self.fault(name, message)).ok()
    }

    /// A member that must be there.
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let parsed = self.optional(name, parse);
        if !self.has(name) {
            self.fault(name, "is required");
        }
        parsed
    }

    /// One value, or an array with at least one.
    pub(super) fn one_or_more<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&Value) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        match self.value(name)? {
            Value::Array(_) => self.some(name, parse),
            _ => self.optional(name, parse).map(|value| vec![value]),
        }
    }

    /// An array with at least one value.
    pub(super) fn some<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&Value) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let values = self.array(name)?;
        if values.is_empty() {
            self.fault(name, "is empty; must have at least one value");
        }
        let parsed: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let place = format!("{}[{index}]", self.place_of(name));
                parse(value).map_err(|message| self.faults.add(place, message))
            })
            .collect();
        parsed.into_iter().collect::<Result<_, _>>().ok()
    }

    /// An object.
    pub(super) fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        read(Fields::open(&self.place_of(name), value, self.faults)?)
    }

    /// An array with at least one object. Those with faults are left out.
    pub(super) fn objects<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(Fields<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let values = self.array(name)?;
        if values.is_empty() {
            return None;
        }
        let objects = values.iter().enumerate().filter_map(|(index, value)| {
            let place = format!("{}[{index}]", self.place_of(name));
            read(Fields::open(&place, value, self.faults)?)
        });
        Some(objects.collect())
    }

    /// Reports the members that nobody has read.
    pub(super) fn finish(self) {
        for name in self.members.into_iter().flat_map(Map::keys) {
            if !self.known.contains(&name.as_str()) {
                let hint = spelling::suggestion(name, &self.known)
                    .map(|meant| format!("; did you mean `{meant}`?"))
                    .unwrap_or_default();
                self.fault(name, format!("is not a known setting{hint}"));
            }
        }
    }

    fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        self.members?.get(name)
    }

    fn array(&mut self, name: &'static str) -> Option<&'a Vec<Value>> {
        match self.value(name)? {
            Value::Array(values) => Some(values),
            other => {
                self.fault(name, format!("is {}; must be an array", kind(other)));
                None
            }
        }
    }

    fn place_of(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }
}

/// A string.
pub(super) fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("is {}; must be a string", kind(value)))
}

/// An integer in a range.
pub(super) fn integer<T>(range: RangeInclusive<T>) -> impl Fn(&Value) -> Result<T, String>
where
    T: TryFrom<u64> + PartialOrd + Display,
{
    move |value| {
        let allowed = format!("must be an integer from {} to {}", range.start(), range.end());
        let number = value.as_number().ok_or_else(|| format!("is {}; {allowed}", kind(value)))?;
        number
            .as_u64()
            .and_then(|number| T::try_from(number).ok())
            .filter(|number| range.contains(number))
            .ok_or_else(|| format!("is {number}; {allowed}"))
    }
}

/// `true` or `false`.
pub(super) fn boolean(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("is {}; must be true or false", kind(value)))
}

/// One of several names, each with what it stands for.
pub(super) fn one_of<T: Clone>(
    names: &[(&'static str, T)],
) -> impl Fn(&Value) -> Result<T, String> {
    move |value| {
        let found = text(value)?;
        names.iter().find(|(name, _)| *name == found).map(|(_, meant)| meant.clone()).ok_or_else(
            || {
                let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
                format!("is {found:?}; must be {}", choices(found, &names))
            },
        )
    }
}

/// "one of …", with the one that was probably meant.
pub(super) fn choices(found: &str, names: &[&'static str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let hint = spelling::suggestion(found, names)
        .map(|meant| format!("; did you mean {meant:?}?"))
        .unwrap_or_default();
    format!("one of {}{hint}", quoted.join(", "))
}

/// A URL.
pub(super) fn url(value: &Value) -> Result<HttpUrl, String> {
    let found = text(value)?;
    HttpUrl::parse(found).map_err(|message| format!("is {found:?}; {message}"))
}

/// The name of a secret. Its value is not shown: somebody may have put the secret itself there.
pub(super) fn secret_name(value: &Value) -> Result<String, String> {
    let name = text(value)?;
    let valid = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    if !valid {
        return Err("must be the name of a Worker secret: letters, digits and _".into());
    }
    Ok(name.to_owned())
}

/// A field or scheme name: a `token` of RFC 9110, section 5.6.2.
pub(super) fn token(value: &Value) -> Result<String, String> {
    let name = text(value)?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(format!("is {name:?}; must be letters, digits and any of !#$%&'*+-.^_`|~"));
    }
    Ok(name.to_owned())
}

/// A type as a sentence names it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
