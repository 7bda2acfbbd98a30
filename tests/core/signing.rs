//! Keys with which tests sign any header over any payload, however malformed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest as _, Sha256};

/// A private key that signs tokens.
pub enum Signer {
    EdDsa(Box<SigningKey>),
    Rs256(Box<RsaPrivateKey>),
}

impl Signer {
    /// Returns the key of RFC 8037, appendix A.1.
    pub fn ed_dsa() -> Self {
        let secret = decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        let key = SigningKey::from_bytes(secret.as_slice().try_into().unwrap());
        Self::EdDsa(Box::new(key))
    }

    /// Returns the key of RFC 7515, appendix A.2.
    pub fn rs256() -> Self {
        let number = |text| BigUint::from_bytes_be(&decode(text));
        let key = RsaPrivateKey::from_components(
            number(
                "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
            ),
            number("AQAB"),
            number(
                "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
            ),
            vec![
                number(
                    "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
                ),
                number(
                    "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
                ),
            ],
        );
        Self::Rs256(Box::new(key.unwrap()))
    }

    /// Returns the `alg` value of the key's algorithm.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::EdDsa(_) => "EdDSA",
            Self::Rs256(_) => "RS256",
        }
    }

    /// Returns a JWK Set with the public half of the key and this `kid`.
    pub fn jwks(&self, kid: &str) -> String {
        let material = match self {
            Self::EdDsa(key) => {
                format!(
                    r#""kty":"OKP","crv":"Ed25519","x":"{}""#,
                    encode(key.verifying_key().as_bytes())
                )
            }
            Self::Rs256(key) => {
                use rsa::traits::PublicKeyParts as _;
                let (n, e) = (encode(key.n().to_bytes_be()), encode(key.e().to_bytes_be()));
                format!(r#""kty":"RSA","n":"{n}","e":"{e}""#)
            }
        };
        format!(r#"{{"keys":[{{{material},"kid":"{kid}"}}]}}"#)
    }

    /// Returns a compact JWS over exactly these bytes.
    pub fn sign(&self, header: &[u8], payload: &[u8]) -> String {
        let input = format!("{}.{}", encode(header), encode(payload));
        let signature = match self {
            Self::EdDsa(key) => key.sign(input.as_bytes()).to_bytes().to_vec(),
            Self::Rs256(key) => {
                // The DER encoding of `DigestInfo` up to the hash (RFC 8017, section 9.2, note 1).
                let prefix = [
                    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
                    0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
                ];
                let scheme = Pkcs1v15Sign { hash_len: Some(32), prefix: Box::new(prefix) };
                key.sign(scheme, &Sha256::digest(&input)).unwrap()
            }
        };
        format!("{input}.{}", encode(signature))
    }
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}
