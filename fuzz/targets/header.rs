//! The header of a token.

use drawbridge::rejection::Rejection;
use drawbridge::token::Header;
use serde_json::{Value, json};

use super::json::strict_object;

/// Checks that a header is accepted exactly if another reader finds a strict object with the right
/// members. Both readers must find the same values, also after the header is written and read
/// again.
pub fn target(data: &[u8]) {
    let found = Header::parse(data);
    let object = strict_object(data);
    let is_text = |name: &str| object.as_ref().is_some_and(|o| o[name].is_string());
    let may_be_text =
        |name: &str| object.as_ref().is_some_and(|o| o.get(name).is_none_or(Value::is_string));
    let critical = object.as_ref().is_some_and(|object| object.get("crit").is_some());
    let acceptable = !critical && is_text("alg") && may_be_text("kid") && may_be_text("typ");
    assert_eq!(found.is_ok(), acceptable);
    assert_eq!(matches!(found, Err(Rejection::HeaderCritical)), critical);
    let (Ok(header), Some(object)) = (found, object) else { return };
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    assert_eq!(Some(&header.algorithm), text("alg").as_ref());
    assert_eq!((&header.key_id, &header.media_type), (&text("kid"), &text("typ")));

    let mut written = json!({"alg": header.algorithm});
    for (name, value) in [("kid", &header.key_id), ("typ", &header.media_type)] {
        if let Some(value) = value {
            written[name] = value.as_str().into();
        }
    }
    assert_eq!(Header::parse(written.to_string().as_bytes()), Ok(header));
}
