//! One configuration from several variables, because Workers allows only 5 KB per variable.

use serde_json::{Map, Value};

use super::Faults;
use crate::json;

const NAME: &str = "DRAWBRIDGE";

/// The maximum length of one variable in Workers, in bytes.
const MAX_BYTES: usize = 5_000;

/// The origin of a part of the joined configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin<'v> {
    /// The part's place in the joined configuration, such as `routes[2]`.
    pub place: String,
    /// The variable that has the part.
    pub variable: &'v str,
    /// The part's place in that variable, such as `routes[0]`.
    pub place_in_variable: String,
    /// Whether an earlier variable also gives the value, which is a fault.
    pub is_repeated: bool,
}

/// Returns whether a variable of that name holds a part of the configuration.
pub fn is_variable(name: &str) -> bool {
    name.strip_prefix(NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// Returns the origin of every part of the joined configuration. A part is a value that one
/// variable gives whole, or an item that a variable appends to an array.
pub fn origins<'v>(variables: impl IntoIterator<Item = (&'v str, &'v str)>) -> Vec<Origin<'v>> {
    let mut origins = Vec::new();
    join_observed(variables, &Faults::default(), &mut |merged| origins.extend(merged.origins()));
    origins
}

/// Joins `DRAWBRIDGE` and every `DRAWBRIDGE_<NAME>`, in the order of their names.
///
/// Arrays are appended and tables are merged. Any other value that two variables give is a fault.
pub(crate) fn join<'v>(
    variables: impl IntoIterator<Item = (&'v str, &'v str)>,
    faults: &Faults,
) -> Value {
    join_observed(variables, faults, &mut |_| {})
}

/// A member of a variable, and how it was merged.
struct Merged<'v, 'm> {
    variable: &'v str,
    /// The place of the table around the member, with a dot at the end unless it is the top level.
    table: &'m str,
    name: &'m str,
    how: How,
}

enum How {
    Appended { to: usize, items: usize },
    Inserted,
    Refused,
}

impl<'v> Merged<'v, '_> {
    fn origins(&self) -> Vec<Origin<'v>> {
        let place = format!("{}{}", self.table, self.name);
        let origin = |place: String, place_in_variable| Origin {
            place,
            variable: self.variable,
            place_in_variable,
            is_repeated: matches!(self.how, How::Refused),
        };
        match self.how {
            How::Appended { to, items } => (0..items)
                .map(|item| {
                    let index = to.saturating_add(item);
                    origin(format!("{place}[{index}]"), format!("{place}[{item}]"))
                })
                .collect(),
            How::Inserted | How::Refused => vec![origin(place.clone(), place)],
        }
    }
}

fn join_observed<'v>(
    variables: impl IntoIterator<Item = (&'v str, &'v str)>,
    faults: &Faults,
    observe: &mut impl FnMut(Merged<'v, '_>),
) -> Value {
    let mut variables: Vec<_> =
        variables.into_iter().filter(|(name, _)| is_variable(name)).collect();
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
            Ok(members) => {
                merge(&mut joined, members, "", &mut |table, member, how| {
                    if matches!(how, How::Refused) {
                        let message = format!("is given twice, the second time in {name}");
                        faults.add(format!("{table}{member}"), message);
                    }
                    observe(Merged { variable: name, table, name: member, how });
                });
            }
            Err(fault) => faults.add(name, fault.to_string()),
        }
    }
    Value::Object(joined)
}

/// Merges the members of a variable, and calls `tell` for each with its table, its name and how it
/// was merged.
fn merge(
    into: &mut Map<String, Value>,
    from: Map<String, Value>,
    table: &str,
    tell: &mut impl FnMut(&str, &str, How),
) {
    for (name, value) in from {
        let how = match (into.get_mut(&name), value) {
            (None, value) => {
                into.insert(name.clone(), value);
                How::Inserted
            }
            (Some(Value::Array(items)), Value::Array(mut more)) => {
                let how = How::Appended { to: items.len(), items: more.len() };
                items.append(&mut more);
                how
            }
            (Some(Value::Object(members)), Value::Object(more)) => {
                merge(members, more, &format!("{table}{name}."), tell);
                continue;
            }
            (Some(_), _) => How::Refused,
        };
        tell(table, &name, how);
    }
}

#[cfg(test)]
mod tests;
