//! JSON with comments and trailing commas, as wrangler reads it.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::Value;

use super::tree::{Node, SyntaxError, Tree};

pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let options = ParseOptions {
        allow_comments: true,
        allow_loose_object_property_names: false,
        allow_trailing_commas: true,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        ..ParseOptions::default()
    };
    let parsed =
        parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| SyntaxError {
            at: error.range().start,
            message: format!("is not valid JSON: {}", error.kind()),
        })?;
    let value = parsed.value.ok_or(SyntaxError { at: 0, message: "is empty".into() })?;
    match value {
        ast::Value::Object(_) => Ok(node(value.range().start, &value)),
        _ => Err(SyntaxError { at: value.range().start, message: "is not a JSON object".into() }),
    }
}

fn node(start: usize, value: &ast::Value<'_>) -> Node {
    let tree = match value {
        ast::Value::Object(object) => Tree::Table(
            object
                .properties
                .iter()
                .map(|property| {
                    let name = property.name.as_str().to_owned();
                    (name, node(property.range.start, &property.value))
                })
                .collect(),
        ),
        ast::Value::Array(array) => Tree::Array(
            array.elements.iter().map(|element| node(element.range().start, element)).collect(),
        ),
        ast::Value::StringLit(text) => Tree::Leaf(Value::String(text.value.clone().into_owned())),
        ast::Value::BooleanLit(boolean) => Tree::Leaf(Value::Bool(boolean.value)),
        ast::Value::NumberLit(number) => {
            Tree::Leaf(serde_json::from_str(number.value).unwrap_or(Value::Null))
        }
        ast::Value::NullKeyword(_) => Tree::Leaf(Value::Null),
    };
    Node { start, tree }
}
