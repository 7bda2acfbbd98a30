//! Tokens in a configuration, where none belongs.

use serde_json::Value;

use super::Faults;
use crate::redaction::without_tokens;

/// The member of a provider whose value may look like a token: public keys in base64url.
const KEYS: &str = "jwks";

/// Reports every string and every name in a document that holds a token. Names of routes and
/// providers are in the log, so a token among them would be, too.
pub(crate) fn refuse_tokens(place: &str, value: &Value, faults: &Faults) {
    let has_token = |text: &str| without_tokens(text).len() != text.len();
    match value {
        Value::String(text) if has_token(text) => {
            faults.add_first(place, "has a token; a configuration holds no tokens and no secrets");
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                refuse_tokens(&format!("{place}[{index}]"), item, faults);
            }
        }
        Value::Object(members) => {
            let is_provider = place.starts_with("providers[") && place.ends_with(']');
            let others = members.iter().filter(|(name, _)| !(is_provider && *name == KEYS));
            for (name, member) in others {
                let dot = if place.is_empty() { "" } else { "." };
                let inner = format!("{place}{dot}{name}");
                if has_token(name) {
                    faults.add_first(&inner, "is a token; a configuration holds no tokens");
                }
                refuse_tokens(&inner, member, faults);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests;
