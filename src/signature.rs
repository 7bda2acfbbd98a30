//! The two signature algorithms that exist here. `none` and HMAC do not.

mod ed25519;
mod rs256;

/// A digital signature algorithm (RFC 7518, section 3.1; RFC 8037, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::EdDsa, Self::Rs256];

    /// The `alg` values that mean this algorithm; RFC 9864 gave EdDSA with Ed25519 a second name.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::EdDsa => &["EdDSA", "Ed25519"],
            Self::Rs256 => &["RS256"],
        }
    }

    /// The algorithm that an `alg` value means, compared exactly (RFC 7515, section 4.1.1).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.names().contains(&name))
    }
}

/// A public key, checked and ready to verify with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyingKey {
    /// For [`Algorithm::EdDsa`].
    Ed25519(ed25519::PublicKey),
    /// For [`Algorithm::Rs256`].
    Rsa(rs256::PublicKey),
}

impl VerifyingKey {
    /// An Ed25519 key from its 32-byte encoding (RFC 8032, section 5.1.5).
    ///
    /// # Errors
    /// A [`KeyFault`] for anything but the canonical encoding of a point of large order.
    pub fn ed25519(x: &[u8]) -> Result<Self, KeyFault> {
        ed25519::PublicKey::new(x).map(Self::Ed25519)
    }

    /// An RSA key from its big-endian modulus and exponent (RFC 7518, section 6.3.1).
    ///
    /// # Errors
    /// A [`KeyFault`] for a modulus that is even, not of 2048 to 4096 bits or known to be weak
    /// (CVE-2017-15361), or an exponent that is even, below 65537 or above 2^32.
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyFault> {
        rs256::PublicKey::new(modulus, exponent).map(Self::Rsa)
    }

    /// The one algorithm that the key is used with (RFC 8725, section 3.1).
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::EdDsa,
            Self::Rsa(_) => Algorithm::Rs256,
        }
    }

    /// Whether `signature` over `message` was made with the private half of this key.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) => key.verify(message, signature),
            Self::Rsa(key) => key.verify(message, signature),
        }
    }
}

/// Why key material is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// The exponent is even, below 65537 or above 2^32.
    Exponent,
    /// The bytes encode no key.
    Malformed,
    /// The modulus is longer than 4096 bits.
    TooLong,
    /// The modulus is shorter than 2048 bits or of a form whose factors can be found, or the point
    /// has small order.
    Weak,
}

#[cfg(test)]
mod tests;
