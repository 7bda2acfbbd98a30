//! The reader of an object's members. It records every fault and every name that it was asked for.
//!
//! The same code reads an object and describes it. After [`Fields::describe`], the reader has no
//! members, and it records every request for a member as JSON Schema. So the schema always agrees
//! with the reader.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::shape::{Parse, Shape, kind, name_of_table, schema};
use super::{Faults, spelling};

/// An object of the configuration whose members are read one by one. [`Fields::finish`] reports the
/// members that were not read.
pub(crate) struct Fields<'a> {
    place: String,
    members: Option<&'a Map<String, Value>>,
    known: Vec<&'static str>,
    faults: &'a Faults,
    description: Option<Description>,
}

/// The place for the finished description, a JSON Schema.
type Sink = Rc<RefCell<Value>>;

struct Description {
    properties: Map<String, Value>,
    required: Vec<Value>,
    sink: Sink,
}

impl<'a> Fields<'a> {
    /// Returns the members of `value`, or reports a fault if `value` is not an object.
    pub(crate) fn open(place: &str, value: &'a Value, faults: &'a Faults) -> Option<Self> {
        let Value::Object(members) = value else {
            faults.add(place, format!("is {}; must be an object", kind(value)));
            return None;
        };
        Some(Self { members: Some(members), ..Self::empty(place, faults) })
    }

    /// Returns an object without members, which has every default.
    pub(crate) fn empty(place: &str, faults: &'a Faults) -> Self {
        let place = place.to_owned();
        Self { place, members: None, known: Vec::new(), faults, description: None }
    }

    /// Returns an object without members that describes the members it is asked for.
    /// [`Fields::finish`] writes the description into `sink`.
    pub(crate) fn describe(faults: &'a Faults, sink: &Sink) -> Self {
        let description =
            Description { properties: Map::new(), required: Vec::new(), sink: Rc::clone(sink) };
        Self { description: Some(description), ..Self::empty("", faults) }
    }

    /// Returns whether this object was made for a description.
    pub(crate) fn describes(&self) -> bool {
        // The worker needs no description. The constant `false` leaves that code out of the build.
        cfg!(not(target_arch = "wasm32")) && self.description.is_some()
    }

    /// Returns whether a member is present, valid or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.is_some_and(|members| members.contains_key(name))
    }

    /// Reports a fault of a member.
    pub(crate) fn fault(&self, name: &str, message: impl Into<String>) {
        self.faults.add(self.place_of(name), message);
    }

    /// Returns whether a member is an empty array.
    pub(crate) fn is_empty_array(&self, name: &str) -> bool {
        let value = self.members.and_then(|members| members.get(name));
        value.and_then(Value::as_array).is_some_and(Vec::is_empty)
    }

    /// Returns the member `name` of each object in an array, in order, valid or not. Other settings
    /// may refer to these names.
    pub(crate) fn names_of_objects(&self, name: &str) -> Vec<Option<String>> {
        let value = self.members.and_then(|members| members.get(name));
        let objects = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let name = |object: &Value| object.get("name").and_then(Value::as_str).map(str::to_owned);
        objects.iter().map(name).collect()
    }

    /// Returns the names of the members of an object, valid or not.
    pub(crate) fn names_of_tables(&self, name: &str) -> Vec<String> {
        let value = self.members.and_then(|members| members.get(name));
        value.and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned().collect()
    }

    /// Returns the place of the object in the configuration.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Reads a member that may be absent.
    pub(crate) fn optional<T>(&mut self, name: &'static str, shape: Shape<T>) -> Option<T> {
        let value = self.value(name, || shape.schema)?;
        (shape.parse)(value).map_err(|message| self.fault(name, message)).ok()
    }

    /// Reads a member that must be present.
    pub(crate) fn required<T>(&mut self, name: &'static str, shape: Shape<T>) -> Option<T> {
        let parsed = self.optional(name, shape);
        self.demand(name, "is required");
        parsed
    }

    /// Reports a fault if a member is there that no longer exists. `message` says what to do.
    pub(crate) fn gone(&mut self, name: &'static str, message: &str) {
        if self.has(name) {
            self.known.push(name);
            self.fault(name, message);
        }
    }

    /// Reports a fault if a member is absent.
    pub(crate) fn demand(&mut self, name: &str, message: &str) {
        if let Some(description) = &mut self.description {
            description.required.push(name.into());
        } else if !self.has(name) {
            self.fault(name, message);
        }
    }

    /// Reads one value, or an array of at least one value.
    pub(crate) fn one_or_more<T: 'static>(
        &mut self,
        name: &'static str,
        shape: Shape<T>,
    ) -> Option<Vec<T>> {
        let schema = || {
            let many = schema!({"type": "array", "items": shape.schema, "minItems": 1});
            schema!({"anyOf": [shape.schema, many]})
        };
        let value = self.value(name, schema)?;
        self.items(
            name,
            value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice),
            value.is_array(),
            &shape.parse,
        )
    }

    /// Reads an array of at least one value.
    pub(crate) fn some<T: 'static>(
        &mut self,
        name: &'static str,
        shape: Shape<T>,
    ) -> Option<Vec<T>> {
        let schema = || schema!({"type": "array", "items": shape.schema, "minItems": 1});
        let values = self.array(name, schema)?;
        self.items(name, values, true, &shape.parse)
    }

    /// Reads an array, which may be empty.
    pub(crate) fn list<T: 'static>(
        &mut self,
        name: &'static str,
        shape: Shape<T>,
    ) -> Option<Vec<T>> {
        let schema = || schema!({"type": "array", "items": shape.schema});
        let values = self.array(name, schema)?;
        if values.is_empty() {
            Some(Vec::new())
        } else {
            self.items(name, values, true, &shape.parse)
        }
    }

    /// Reads an object whose members have names of the user's choice. The result leaves out members
    /// with faults.
    pub(crate) fn map<T>(
        &mut self,
        name: &'static str,
        shape: Shape<T>,
    ) -> Option<Vec<(String, T)>> {
        let schema = || schema!({"type": "object", "additionalProperties": shape.schema});
        let members = self.members_of(name, schema)?;
        let place = self.place_of(name);
        let parsed = members.iter().filter_map(|(key, value)| match (shape.parse)(value) {
            Ok(value) => Some((key.clone(), value)),
            Err(message) => {
                self.faults.add(format!("{place}.{key}"), message);
                None
            }
        });
        Some(parsed.collect())
    }

    /// Reads an object that may be absent.
    pub(crate) fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        if self.describes() {
            let (read, schema) = self.description_of(read);
            self.value(name, || schema);
            return read;
        }
        let value = self.value(name, || Value::Null)?;
        read(Fields::open(&self.place_of(name), value, self.faults)?)
    }

    /// Reads an object, or returns its defaults if it is absent.
    pub(crate) fn object_or_default<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        if self.describes() || self.has(name) {
            return self.object(name, read);
        }
        self.value(name, || Value::Null);
        read(Fields::empty(&self.place_of(name), self.faults))
    }

    /// Reads an array of objects. The result leaves out objects with faults.
    pub(crate) fn objects<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(Fields<'a>) -> Option<T>,
    ) -> Vec<T> {
        if self.describes() {
            let (_, schema) = self.description_of(&mut read);
            self.value(name, || schema!({"type": "array", "items": schema}));
            return Vec::new();
        }
        let Some(values) = self.array(name, || Value::Null) else { return Vec::new() };
        let objects = values.iter().enumerate().filter_map(|(index, value)| {
            let place = format!("{}[{index}]", self.place_of(name));
            read(Fields::open(&place, value, self.faults)?)
        });
        objects.collect()
    }

    /// Reads an object of objects with names of the user's choice. The result leaves out objects
    /// with faults.
    pub(crate) fn tables<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&str, Fields<'a>) -> Option<T>,
    ) -> Vec<T> {
        if self.describes() {
            let (_, schema) = self.description_of(|fields| read("", fields));
            self.value(name, || schema!({"type": "object", "additionalProperties": schema}));
            return Vec::new();
        }
        let Some(members) = self.members_of(name, || Value::Null) else { return Vec::new() };
        let tables = members.iter().filter_map(|(key, value)| {
            let place = format!("{}.{key}", self.place_of(name));
            if let Err(message) = name_of_table(key) {
                self.faults.add(place.as_str(), message);
            }
            read(key, Fields::open(&place, value, self.faults)?)
        });
        tables.collect()
    }

    /// Describes an object whose other members depend on the value of `tag`.
    pub(crate) fn describe_variants<F: FnOnce(&mut Fields<'_>)>(
        &mut self,
        tag: &'static str,
        variants: impl IntoIterator<Item = (&'static str, F)>,
    ) {
        let Some(common) = &self.description else { return };
        let variants = variants.into_iter().map(|(value, read)| {
            let (sink, faults) = (Sink::default(), Faults::default());
            let mut fields = Fields::describe(&faults, &sink);
            if let Some(variant) = &mut fields.description {
                variant.properties = common.properties.clone();
                variant.properties.insert(tag.to_owned(), schema!({"const": value}));
                variant.required = common.required.clone();
            }
            read(&mut fields);
            fields.finish();
            sink.take()
        });
        let schemas: Vec<Value> = variants.collect();
        *common.sink.borrow_mut() = schema!({"oneOf": schemas});
    }

    /// Reports the members that were not read, or writes the description.
    pub(crate) fn finish(self) {
        if let Some(Description { properties, required, sink }) = self.description {
            if sink.borrow().is_null() {
                *sink.borrow_mut() = schema!({
                    "type": "object",
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                });
            }
            return;
        }
        for name in self.members.into_iter().flat_map(Map::keys) {
            if !self.known.contains(&name.as_str()) {
                let hint = spelling::suggestion(name, &self.known)
                    .map(|meant| format!("; did you mean `{meant}`?"))
                    .unwrap_or_default();
                self.fault(name, format!("is not a known setting{hint}"));
            }
        }
    }

    fn description_of<T>(&self, read: impl FnOnce(Fields<'a>) -> Option<T>) -> (Option<T>, Value) {
        let sink = Sink::default();
        let read = read(Fields::describe(self.faults, &sink));
        (read, sink.take())
    }

    fn value(&mut self, name: &'static str, schema: impl FnOnce() -> Value) -> Option<&'a Value> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        if let Some(description) = &mut self.description {
            description.properties.insert(name.to_owned(), schema());
        }
        self.members?.get(name)
    }

    fn array(
        &mut self,
        name: &'static str,
        schema: impl FnOnce() -> Value,
    ) -> Option<&'a Vec<Value>> {
        let value = self.value(name, schema)?;
        if !value.is_array() {
            self.fault(name, format!("is {}; must be an array", kind(value)));
        }
        value.as_array()
    }

    fn members_of(
        &mut self,
        name: &'static str,
        schema: impl FnOnce() -> Value,
    ) -> Option<&'a Map<String, Value>> {
        let value = self.value(name, schema)?;
        if !value.is_object() {
            self.fault(name, format!("is {}; must be an object", kind(value)));
        }
        value.as_object()
    }

    /// Reads at least one item. Reports every faulty item, and returns `None` if there is one.
    fn items<T: 'static>(
        &self,
        name: &str,
        values: &[Value],
        indexed: bool,
        parse: &Parse<T>,
    ) -> Option<Vec<T>> {
        if values.is_empty() {
            self.fault(name, "is empty; must have at least one value");
            return None;
        }
        let place = self.place_of(name);
        let parsed: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let place = if indexed { format!("{place}[{index}]") } else { place.clone() };
                parse(value).map_err(|message| self.faults.add(place, message))
            })
            .collect();
        parsed.into_iter().collect::<Result<_, _>>().ok()
    }

    fn place_of(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }
}
