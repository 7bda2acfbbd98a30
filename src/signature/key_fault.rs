//! Why key material is refused.

/// Why Drawbridge refuses key material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// The exponent is even, below 65537 or above 2^32.
    Exponent,
    /// A member is missing, has the wrong type or is not canonical base64url, or the bytes encode
    /// no key.
    Malformed,
    /// No algorithm of the table has keys of this type and curve.
    OtherKind,
    /// The modulus is longer than 4096 bits.
    TooLong,
    /// The modulus is shorter than 2048 bits, or has a form whose factors can be found, or the
    /// point has small order.
    Weak,
}
