//! TOML, as wrangler reads it.

use serde_json::{Number, Value};
use toml_edit::{Document, Item, Key, Table, TableLike};

use super::tree::{Node, SyntaxError, Tree};

pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let document = Document::parse(text).map_err(|error| SyntaxError {
        at: error.span().map_or(0, |span| span.start),
        message: format!("is not valid TOML: {}", error.message().replace('\n', "; ")),
    })?;
    Ok(Node { start: 0, tree: table(document.as_table()) })
}

fn table(table: &dyn TableLike) -> Tree {
    let entries = table.iter().filter_map(|(name, _)| table.get_key_value(name));
    Tree::Table(entries.map(|(key, item)| (key.get().to_owned(), member(key, item))).collect())
}

fn member(key: &Key, item: &Item) -> Node {
    let own = match item {
        Item::Table(table) => header(table),
        Item::ArrayOfTables(tables) => tables.iter().next().and_then(header),
        Item::None | Item::Value(_) => None,
    };
    let start = own.or_else(|| key.span().map(|span| span.start)).unwrap_or_default();
    let tree = match item {
        Item::ArrayOfTables(tables) => Tree::Array(
            tables
                .iter()
                .map(|item| Node { start: header(item).unwrap_or(start), tree: table(item) })
                .collect(),
        ),
        Item::Table(item) => table(item),
        Item::Value(item) => value(item),
        Item::None => Tree::Leaf(Value::Null),
    };
    Node { start, tree }
}

/// Returns where a table's header stands, if the table has one.
fn header(table: &Table) -> Option<usize> {
    table.span().filter(|_| !table.is_dotted()).map(|span| span.start)
}

fn value(value: &toml_edit::Value) -> Tree {
    match value {
        toml_edit::Value::Array(items) => Tree::Array(
            items
                .iter()
                .map(|item| Node {
                    start: item.span().map_or(0, |span| span.start),
                    tree: self::value(item),
                })
                .collect(),
        ),
        toml_edit::Value::InlineTable(members) => table(members),
        toml_edit::Value::Boolean(boolean) => Tree::Leaf(Value::Bool(*boolean.value())),
        // Wrangler hands on dates as strings.
        toml_edit::Value::Datetime(date) => Tree::Leaf(Value::String(date.value().to_string())),
        toml_edit::Value::Float(float) => Tree::Leaf(number(*float.value())),
        toml_edit::Value::Integer(integer) => Tree::Leaf(Value::from(*integer.value())),
        toml_edit::Value::String(text) => Tree::Leaf(Value::String(text.value().clone())),
    }
}

/// Returns a number as JavaScript writes it to JSON: `600.0` is 600, and `inf` is null.
#[expect(clippy::cast_possible_truncation, reason = "exact where there is no fraction")]
fn number(float: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if float.fract() == 0.0 && float.abs() < EXACT {
        return Value::from(float as i64);
    }
    Number::from_f64(float).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests;
