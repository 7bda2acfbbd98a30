//! One JSON Web Key (RFC 7517), read with the types that its members must have.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::KeyFault;

/// The members of a JWK.
#[derive(Clone, Copy, Debug)]
pub struct Jwk<'a>(&'a Map<String, Value>);

impl<'a> Jwk<'a> {
    /// A JWK with these members.
    pub fn new(members: &'a Map<String, Value>) -> Self {
        Self(members)
    }

    /// Whether a member is there, whatever its type.
    pub fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A member that must be a string if it is there.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] for another type.
    pub fn text(self, name: &str) -> Result<Option<&'a str>, KeyFault> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(value)) => Ok(Some(value)),
            Some(_) => Err(KeyFault::Malformed),
        }
    }

    /// The bytes of a member that must be there.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] if it is absent or not canonical base64url without padding.
    pub fn bytes(self, name: &str) -> Result<Vec<u8>, KeyFault> {
        let text = self.text(name)?.ok_or(KeyFault::Malformed)?;
        URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyFault::Malformed)
    }

    /// Whether the operations that the key is for include `name` (RFC 7517, section 4.3); a key
    /// that lists none is for all.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] if `key_ops` is not an array.
    pub fn allows(self, name: &str) -> Result<bool, KeyFault> {
        match self.0.get("key_ops") {
            None => Ok(true),
            Some(Value::Array(operations)) => Ok(operations.iter().any(|found| found == name)),
            Some(_) => Err(KeyFault::Malformed),
        }
    }

    /// Whether the key is on that curve. A key type without curves has no `crv` to look at.
    pub(super) fn is_on(self, curve: Option<&str>) -> Result<bool, KeyFault> {
        match curve {
            None => Ok(true),
            Some(curve) => Ok(self.text("crv")? == Some(curve)),
        }
    }
}
