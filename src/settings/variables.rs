//! One configuration from several variables: Workers allows 5 KB for each.

use serde_json::{Map, Value};

use super::fields::Faults;
use crate::json;

const NAME: &str = "DRAWBRIDGE";

/// What Workers allows for one variable.
const MAX_BYTES: usize = 5_000;

/// Joins `DRAWBRIDGE` and every `DRAWBRIDGE_<NAME>`, in the order of their names: arrays are
/// appended, tables merged, and a value that is given twice is a fault.
pub(crate) fn join<'v>(
    variables: impl IntoIterator<Item = (&'v str, &'v str)>,
    faults: &Faults,
) -> Value {
    let mut variables: Vec<_> = variables
        .into_iter()
        .filter(|(name, _)| {
            name.strip_prefix(NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        })
        .collect();
    variables.sort_unstable();
    if variables.is_empty() {
        faults.add(NAME, format!("is missing; the configuration is the variable {NAME}"));
    }
    let mut joined = Map::new();
    for (name, text) in variables {
        if text.len() > MAX_BYTES {
            let size = text.len();
            faults.add(
                name,
                format!(
                    "has {size} bytes; a variable may have {MAX_BYTES}: move a part to {NAME}_2"
                ),
            );
        }
        match json::object(text.as_bytes()) {
            Ok(members) => merge(&mut joined, members, "", name, faults),
            Err(fault) => faults.add(name, fault.to_string()),
        }
    }
    Value::Object(joined)
}

fn merge(
    into: &mut Map<String, Value>,
    from: Map<String, Value>,
    place: &str,
    variable: &str,
    faults: &Faults,
) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (None, value) => {
                into.insert(name, value);
            }
            (Some(Value::Array(items)), Value::Array(more)) => items.extend(more),
            (Some(Value::Object(members)), Value::Object(more)) => {
                merge(members, more, &format!("{place}{name}."), variable, faults);
            }
            (Some(_), _) => faults.add(
                format!("{place}{name}"),
                format!("is given twice, the second time in {variable}"),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
