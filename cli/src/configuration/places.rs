//! From a place in the joined configuration to a place in the file.

use std::collections::{BTreeMap, HashMap};

use drawbridge::settings::Fault;

use crate::document::{Node, Tree};

/// Where every value of the configuration stands.
pub struct Places<'d> {
    variables: Vec<(&'d str, &'d Node)>,
    joined: Node,
    /// Where a value is given that was given before.
    again: HashMap<String, usize>,
}

impl<'d> Places<'d> {
    /// Joins variables as the worker does: in the order of their names, arrays appended, tables
    /// merged. All of a variable that is JSON text stands where the text begins.
    pub fn of(mut variables: Vec<(&'d str, &'d Node)>) -> Self {
        variables.sort_by_key(|(name, _)| *name);
        let mut members = BTreeMap::new();
        let mut again = HashMap::new();
        for (_, node) in &variables {
            let parsed = node.as_str().and_then(|text| serde_json::from_str(text).ok());
            let node = parsed.map_or_else(|| (*node).clone(), |value| Node::at(node.start, value));
            if let Tree::Table(more) = node.tree {
                merge(&mut members, more, "", &mut again);
            }
        }
        let joined = Node { start: 0, tree: Tree::Table(members) };
        Self { variables, joined, again }
    }

    /// Where a fault is: at the value, or at the innermost one around it that there is. `None` for
    /// what is nowhere in the file.
    pub fn find(&self, Fault { place, message }: &Fault) -> Option<usize> {
        if let Some((_, node)) = self.variables.iter().find(|(name, _)| name == place) {
            return Some(node.start);
        }
        if let Some(at) = self.again.get(place).filter(|_| message.starts_with("is given twice")) {
            return Some(*at);
        }
        match innermost(&self.joined, place) {
            (0, _) => self.variables.first().map(|(_, node)| node.start),
            (_, at) => Some(at),
        }
    }
}

fn merge(
    into: &mut BTreeMap<String, Node>,
    from: BTreeMap<String, Node>,
    place: &str,
    again: &mut HashMap<String, usize>,
) {
    for (name, node) in from {
        let Some(known) = into.get_mut(&name) else {
            into.insert(name, node);
            continue;
        };
        let start = node.start;
        match (&mut known.tree, node.tree) {
            (Tree::Array(items), Tree::Array(more)) => items.extend(more),
            (Tree::Table(members), Tree::Table(more)) => {
                merge(members, more, &format!("{place}{name}."), again);
            }
            _ => {
                again.insert(format!("{place}{name}"), start);
            }
        }
    }
}

/// How much of a place there is, in bytes, and where that stands. Names may hold dots and brackets,
/// so every way of taking a place apart is tried.
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
                let ends = rest.is_empty() || rest.starts_with(['.', '[']);
                ends.then(|| further(child, name, rest))
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

#[cfg(test)]
mod tests;
