//! The signature algorithms that Drawbridge accepts. `none` and HMAC are not among them (RFC 8725,
//! sections 3.1 and 3.2).
//!
//! An algorithm is a file that implements [`VerificationKey`], and one line in the table below.

mod ed25519;
mod jwk;
mod key_fault;
mod rs256;
mod verification_key;

pub use ed25519::PublicKey as Ed25519Key;
pub use jwk::Jwk;
pub use key_fault::KeyFault;
pub use rs256::PublicKey as RsaKey;
pub use verification_key::{KnownAnswer, VerificationKey};

macro_rules! algorithms {
    ($($(#[$doc:meta])* $name:ident = $key:ty;)+) => {
        /// A digital signature algorithm (RFC 7518, section 3.1; RFC 8037, section 3.1).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Algorithm {
            $($(#[$doc])* $name,)+
        }

        impl Algorithm {
            /// All algorithms, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Every algorithm, with the name that the configuration uses.
            pub const BY_NAME: &'static [(&'static str, Self)] =
                &[$((first(<$key>::NAMES), Self::$name)),+];

            /// Returns the `alg` values that mean this algorithm.
            pub const fn names(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => <$key>::NAMES,)+
                }
            }

            /// Returns a published signature that verifies.
            pub const fn known_answer(self) -> KnownAnswer {
                match self {
                    $(Self::$name => <$key>::KNOWN_ANSWER,)+
                }
            }
        }

        /// A public key that is checked and ready to verify signatures.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum VerifyingKey {
            $(#[doc = concat!("For [`Algorithm::", stringify!($name), "`].")] $name($key),)+
        }

        impl VerifyingKey {
            /// Reads the key material of a JWK.
            ///
            /// # Errors
            /// A [`KeyFault`] if the key cannot be used.
            pub fn from_jwk(jwk: Jwk<'_>) -> Result<Self, KeyFault> {
                let key_type = jwk.text("kty")?.ok_or(KeyFault::Malformed)?;
                $(if key_type == <$key>::KEY_TYPE && jwk.is_on(<$key>::CURVE)? {
                    return <$key>::from_jwk(jwk).map(Self::$name);
                })+
                Err(KeyFault::OtherKind)
            }

            /// Returns the only algorithm that the key is used with (RFC 8725, section 3.1).
            pub fn algorithm(&self) -> Algorithm {
                match self {
                    $(Self::$name(_) => Algorithm::$name,)+
                }
            }

            /// Returns whether the private half of this key made `signature` over `message`.
            pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
                match self {
                    $(Self::$name(key) => key.verify(message, signature),)+
                }
            }
        }

        $(impl From<$key> for VerifyingKey {
            fn from(key: $key) -> Self {
                Self::$name(key)
            }
        })+
    };
}

algorithms! {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256 = rs256::PublicKey;
    /// Ed25519.
    EdDsa = ed25519::PublicKey;
}

impl Algorithm {
    /// Returns the algorithm that an `alg` value means. The values are compared exactly (RFC 7515,
    /// section 4.1.1).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.names().contains(&name))
    }
}

const fn first(names: &[&'static str]) -> &'static str {
    match names {
        [first, ..] => first,
        [] => "",
    }
}

#[cfg(test)]
mod tests;
