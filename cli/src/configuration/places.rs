//! From a place in the joined configuration to a place in the file.

use std::collections::HashMap;

use drawbridge::settings::Fault;
use drawbridge::settings::variables::{Origin, origins};

use super::settings::Variable;
use crate::document::{Node, Tree};

/// Where every value of the configuration stands.
pub struct Places<'v> {
    /// The values of the variables by name. If a variable is JSON text, all of its values stand
    /// where the text begins.
    values: HashMap<&'v str, Node>,
    origins: Vec<Origin<'v>>,
    /// Where the first variable begins.
    start: Option<usize>,
}

impl<'v> Places<'v> {
    /// Looks up where the worker would take each value from.
    pub fn of(variables: &'v [Variable<'_>]) -> Self {
        let texts = variables.iter().map(|variable| (variable.name, variable.text.as_str()));
        let values = variables.iter().map(|variable| (variable.name, value(variable)));
        let first = variables.iter().min_by_key(|variable| variable.name);
        Self {
            values: values.collect(),
            origins: origins(texts),
            start: first.map(|variable| variable.node.start),
        }
    }

    /// Returns where a fault stands: at its value, or at the innermost value around it that exists.
    /// `None` means that the file has no variable at all.
    pub fn find(&self, Fault { place, message }: &Fault) -> Option<usize> {
        if let Some(variable) = self.values.get(place.as_str()) {
            return Some(variable.start);
        }
        if message.starts_with("is given twice") {
            let repeated = |origin: &&Origin<'_>| origin.is_repeated && origin.place == *place;
            if let Some(origin) = self.origins.iter().rfind(repeated) {
                return Some(self.innermost_of(origin, "").1);
            }
        }
        let given = self.origins.iter().filter(|origin| !origin.is_repeated);
        let candidates = given.filter_map(|origin| {
            let rest = place.strip_prefix(origin.place.as_str())?;
            let (taken, at) = self.innermost_of(origin, ends(rest).then_some(rest)?);
            Some((origin.place.len().saturating_add(taken), at))
        });
        candidates.max().map(|(_, at)| at).or(self.start)
    }

    /// Looks into a part as far as `rest` leads. Returns how much of `rest` that is, in bytes, and
    /// where the value found stands.
    fn innermost_of(&self, origin: &Origin<'_>, rest: &str) -> (usize, usize) {
        let Some(variable) = self.values.get(origin.variable) else { return (0, 0) };
        let place = format!("{}{rest}", origin.place_in_variable);
        let (taken, at) = innermost(variable, &place);
        (taken.saturating_sub(origin.place_in_variable.len()), at)
    }
}

/// Returns a variable's value: the value that its text means, if the text is JSON.
fn value(Variable { node, .. }: &Variable<'_>) -> Node {
    let parsed = node.as_str().and_then(|text| serde_json::from_str(text).ok());
    parsed.map_or_else(|| (*node).clone(), |value| Node::at(node.start, value))
}

/// Returns how much of a place exists, in bytes, and where the value found stands. Names may hold
/// dots and brackets, so every way of taking a place apart is tried.
fn innermost(node: &Node, place: &str) -> (usize, usize) {
    let here = (0, node.start);
    let further = |child: &Node, taken: &str, rest: &str| {
        let dot = usize::from(rest.starts_with('.'));
        let (length, at) = innermost(child, rest.strip_prefix('.').unwrap_or(rest));
        (taken.len().saturating_add(dot).saturating_add(length), at)
    };
    match &node.tree {
        Tree::Table(members) => {
            let found = members.iter().filter_map(|(name, child)| {
                let rest = place.strip_prefix(name.as_str())?;
                ends(rest).then(|| further(child, name, rest))
            });
            found.max().unwrap_or(here)
        }
        Tree::Array(items) => {
            let found = place.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let item = found.and_then(|(index, rest)| {
                Some((items.get(index.parse::<usize>().ok()?)?, index, rest))
            });
            item.map_or(here, |(child, index, rest)| further(child, &format!("[{index}]"), rest))
        }
        Tree::Leaf(_) => here,
    }
}

/// Returns whether a name ends where the rest of a place begins.
fn ends(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['.', '['])
}

#[cfg(test)]
mod tests;
