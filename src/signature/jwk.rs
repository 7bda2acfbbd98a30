//! One JSON Web Key (RFC 7517). Its members are read with the types that they must have.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::key_fault::KeyFault;

/// The members of a JWK.
#[derive(Clone, Copy, Debug)]
pub struct Jwk<'a>(&'a Map<String, Value>);

impl<'a> Jwk<'a> {
    /// Makes a JWK of these members.
    pub fn new(members: &'a Map<String, Value>) -> Self {
        Self(members)
    }

    /// Returns whether the JWK has a member, whatever its type.
    pub fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns a member that must be a string if it is present.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] if the member has another type.
    pub fn text(self, name: &str) -> Result<Option<&'a str>, KeyFault> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(value)) => Ok(Some(value)),
            Some(_) => Err(KeyFault::Malformed),
        }
    }

    /// Returns the bytes of a member that must be present.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] if the member is absent or is not canonical base64url without
    /// padding.
    pub fn bytes(self, name: &str) -> Result<Vec<u8>, KeyFault> {
        let text = self.text(name)?.ok_or(KeyFault::Malformed)?;
        URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyFault::Malformed)
    }

    /// Returns whether the operations of the key include `name` (RFC 7517, section 4.3). A key
    /// without `key_ops` is for all operations.
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

    /// Returns whether the key is on this curve. If the key type has no curves, `crv` is not read.
    pub(super) fn is_on(self, curve: Option<&str>) -> Result<bool, KeyFault> {
        match curve {
            None => Ok(true),
            Some(curve) => Ok(self.text("crv")? == Some(curve)),
        }
    }
}
