//! Values that know their places.

use std::collections::BTreeMap;

use serde_json::Value;

/// A value, and where it begins: at its key, if it has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The offset in the text, in bytes.
    pub start: usize,
    /// The value itself.
    pub tree: Tree,
}

/// The kinds of values.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    Table(BTreeMap<String, Node>),
    Array(Vec<Node>),
    Leaf(Value),
}

/// A syntax error, and where it stands, in bytes.
pub(super) struct SyntaxError {
    pub(super) at: usize,
    pub(super) message: String,
}
