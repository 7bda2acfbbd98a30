//! A configuration file in which every value knows its place.

mod jsonc;
mod toml;
mod tree;

pub use tree::{Node, Tree};

use tree::SyntaxError;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::finding::{Finding, Position, Severity};

/// A file that has been read.
#[derive(Debug)]
pub struct Document {
    /// The file's path, as the user gave it.
    pub file: String,
    /// The outermost table.
    pub root: Node,
    text: String,
}

/// Why there is no document.
#[derive(Debug)]
pub enum Unusable {
    /// The file has no text; the sentence says why.
    Unreadable(String),
    /// The text is neither TOML nor JSON.
    Invalid { file: String, finding: Finding },
}

impl Document {
    /// Reads a file: JSON with comments if its name says so, otherwise TOML.
    ///
    /// # Errors
    /// The file cannot be read, or is neither.
    pub fn read(path: &Path) -> Result<Self, Unusable> {
        let text = read_text(path).map_err(|cause| {
            Unusable::Unreadable(format!("cannot read {}: {cause}", path.display()))
        })?;
        let is_json = path.extension().is_some_and(|name| name == "json" || name == "jsonc");
        Self::parse(path.display().to_string(), text, is_json)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// The text is not valid.
    pub fn parse(file: String, text: String, is_json: bool) -> Result<Self, Unusable> {
        let root = if is_json { jsonc::parse(&text) } else { toml::parse(&text) };
        match root {
            Ok(root) => Ok(Self { file, root, text }),
            Err(SyntaxError { at, message }) => {
                let position = Position::of(&text, at);
                let place = String::new();
                let finding = Finding::new(position, Severity::Error, &place, &message);
                Err(Unusable::Invalid { file, finding })
            }
        }
    }

    /// Returns the line and column of an offset in the text.
    pub fn position(&self, at: usize) -> Position {
        Position::of(&self.text, at)
    }
}

impl Node {
    /// Returns a member of a table.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match &self.tree {
            Tree::Table(members) => members.get(name),
            Tree::Array(_) | Tree::Leaf(_) => None,
        }
    }

    /// Returns the items of an array; other values have none.
    pub fn items(&self) -> &[Self] {
        match &self.tree {
            Tree::Array(items) => items,
            Tree::Leaf(_) | Tree::Table(_) => &[],
        }
    }

    /// Returns the members of a table; other values have none.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Self)> {
        let members = match &self.tree {
            Tree::Table(members) => Some(members),
            Tree::Array(_) | Tree::Leaf(_) => None,
        };
        members.into_iter().flatten().map(|(name, node)| (name.as_str(), node))
    }

    /// Returns the text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.tree {
            Tree::Leaf(value) => value.as_str(),
            Tree::Array(_) | Tree::Table(_) => None,
        }
    }

    /// Returns the value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.tree {
            Tree::Leaf(value) => value.as_bool(),
            Tree::Array(_) | Tree::Table(_) => None,
        }
    }

    /// Returns the value without places.
    pub fn to_value(&self) -> Value {
        match &self.tree {
            Tree::Table(members) => {
                members.iter().map(|(name, node)| (name.clone(), node.to_value())).collect()
            }
            Tree::Array(items) => items.iter().map(Self::to_value).collect(),
            Tree::Leaf(value) => value.clone(),
        }
    }

    /// Returns a value of which every part has the same place.
    pub fn at(start: usize, value: Value) -> Self {
        let tree = match value {
            Value::Object(members) => Tree::Table(
                members.into_iter().map(|(name, value)| (name, Self::at(start, value))).collect(),
            ),
            Value::Array(items) => {
                Tree::Array(items.into_iter().map(|value| Self::at(start, value)).collect())
            }
            leaf => Tree::Leaf(leaf),
        };
        Self { start, tree }
    }
}

/// Returns the text of a file.
///
/// # Errors
/// The file cannot be read, is too large, or is not text.
pub fn read_text(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    // Some systems open a directory like a file; none can read one.
    if file.metadata().is_ok_and(|data| data.is_dir()) {
        return Err("it is a directory".into());
    }
    let mut bytes = Vec::new();
    let read = file.take(MAX_BYTES.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| error.to_string())?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err(format!("it is larger than {} KiB", MAX_BYTES / 1024));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".into())
}

/// The size of the largest file that is read, in bytes. Wrangler uploads no configuration of that
/// size.
const MAX_BYTES: u64 = 1 << 20;
