//! A second, independent judgement of whether Drawbridge accepts a JSON text.

use serde_json::Value;

const MAX_DEPTH: usize = 16;

/// Returns the value if it is one object of bounded depth in which no name occurs twice.
pub fn strict_object(bytes: &[u8]) -> Option<Value> {
    let value: Value = serde_json::from_slice(bytes).ok().filter(Value::is_object)?;
    // A member that a later one of the same name has replaced is missing in the written text.
    let written = value.to_string();
    (members(bytes) == members(written.as_bytes()) && depth(&value) <= MAX_DEPTH).then_some(value)
}

/// Returns the number of members of all objects in valid JSON text. Each member has one colon
/// outside of strings.
fn members(text: &[u8]) -> usize {
    let (mut found, mut in_string, mut escaped) = (0, false, false);
    for byte in text {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b':') => found += 1,
            _ => {}
        }
    }
    found
}

fn depth(value: &Value) -> usize {
    let within = |depths: &mut dyn Iterator<Item = usize>| 1 + depths.max().unwrap_or(0);
    match value {
        Value::Array(items) => within(&mut items.iter().map(depth)),
        Value::Object(members) => within(&mut members.values().map(depth)),
        _ => 0,
    }
}
