//! RSA and elliptic curves. The RSA is real: what was wrapped here can be unwrapped by nothing but the private key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::rand_core::OsRng;
use rsa::sha2::Sha256;
use rsa::traits::PublicKeyParts;
use rsa::{Oaep, RsaPrivateKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::wrong;
use crate::refusal::Refusal;

/// The sizes of RSA keys, in bits.
const SIZES: [u64; 3] = [2048, 3072, 4096];

/// A key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub enum Material {
    /// An RSA key.
    #[serde(rename = "RSA")]
    Rsa {
        /// The private key as PKCS#1, in base64url.
        private: String,
    },
    /// The public half of a key of an elliptic curve: here nothing signs, so nothing else is kept.
    #[serde(rename = "EC")]
    Curve {
        /// The curve.
        crv: String,
        /// The point's first coordinate, in base64url.
        x: String,
        /// The second.
        y: String,
    },
}

impl Material {
    /// A new key, as the body of a creation asks for.
    pub fn asked(body: &Value) -> Result<Material, Refusal> {
        match body.get("kty").and_then(Value::as_str) {
            Some("RSA") => rsa(body.get("key_size").unwrap_or(&json!(SIZES[0]))),
            Some("EC") => curve(body.get("crv").and_then(Value::as_str).unwrap_or("P-256")),
            Some(other) => Err(wrong(format!(
                "Property kty has invalid value '{other}': this emulator has RSA and EC."
            ))),
            None => Err(wrong("Property kty is required.")),
        }
    }

    /// Another of the same kind and size.
    pub fn another(&self) -> Result<Material, Refusal> {
        match self {
            Material::Rsa { .. } => rsa(&json!(self.private()?.size() * 8)),
            Material::Curve { crv, .. } => curve(crv),
        }
    }

    /// The kind, as `kty` has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Material::Rsa { .. } => "RSA",
            Material::Curve { .. } => "EC",
        }
    }

    /// What it can be used for.
    pub fn operations(&self) -> &'static [&'static str] {
        match self {
            Material::Rsa { .. } => &[
                "encrypt",
                "decrypt",
                "sign",
                "verify",
                "wrapKey",
                "unwrapKey",
            ],
            Material::Curve { .. } => &["sign", "verify"],
        }
    }

    /// The public half as a JSON Web Key, without its identifier.
    pub fn public(&self) -> Result<Value, Refusal> {
        Ok(match self {
            Material::Rsa { .. } => {
                let key = self.private()?;
                let number = |number: &rsa::BigUint| BASE64.encode(number.to_bytes_be());
                json!({ "kty": self.kind(), "n": number(key.n()), "e": number(key.e()) })
            }
            Material::Curve { crv, x, y } => {
                json!({ "kty": self.kind(), "crv": crv, "x": x, "y": y })
            }
        })
    }

    /// RSA-OAEP with SHA-256, as RFC 8017 says, with an empty label.
    pub fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, Refusal> {
        let key = self.private()?.to_public_key();
        let sealed = key.encrypt(&mut OsRng, Oaep::new::<Sha256>(), plain);
        sealed.map_err(|_| wrong("The parameter is incorrect: the value is too long for the key."))
    }

    /// The other way around.
    pub fn decrypt(&self, sealed: &[u8]) -> Result<Vec<u8>, Refusal> {
        let plain = self.private()?.decrypt(Oaep::new::<Sha256>(), sealed);
        plain.map_err(|_| wrong("The parameter is incorrect."))
    }

    fn private(&self) -> Result<RsaPrivateKey, Refusal> {
        let Material::Rsa { private } = self else {
            let message = format!(
                "Key and algorithm are incompatible: the key is of type {}.",
                self.kind()
            );
            return Err(wrong(message));
        };
        let der = BASE64.decode(private).unwrap_or_default();
        RsaPrivateKey::from_pkcs1_der(&der).map_err(broken)
    }
}

fn rsa(size: &Value) -> Result<Material, Refusal> {
    let bits = size.as_u64().filter(|bits| SIZES.contains(bits));
    let Some(bits) = bits.and_then(|bits| usize::try_from(bits).ok()) else {
        return Err(wrong(format!(
            "Unsupported key size ({size}). Supported sizes are {SIZES:?}."
        )));
    };
    let key = RsaPrivateKey::new(&mut OsRng, bits).map_err(broken)?;
    let der = key.to_pkcs1_der().map_err(broken)?;
    Ok(Material::Rsa {
        private: BASE64.encode(der.as_bytes()),
    })
}

fn curve(crv: &str) -> Result<Material, Refusal> {
    let algorithm = match crv {
        "P-256" => &rcgen::PKCS_ECDSA_P256_SHA256,
        "P-384" => &rcgen::PKCS_ECDSA_P384_SHA384,
        other => {
            return Err(wrong(format!(
                "Property crv has invalid value '{other}': this emulator has P-256 and P-384."
            )));
        }
    };
    let pair = rcgen::KeyPair::generate_for(algorithm).map_err(broken)?;
    // An uncompressed point: 4, then both coordinates.
    let point = pair.public_key_raw().get(1..).unwrap_or_default();
    let (x, y) = point.split_at(point.len() / 2);
    Ok(Material::Curve {
        crv: crv.to_owned(),
        x: BASE64.encode(x),
        y: BASE64.encode(y),
    })
}

/// A fault of the emulator, or of a state that somebody edited.
fn broken(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(500, "InternalServerError", error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Material;

    #[test]
    fn what_is_wrapped_opens_with_the_same_key_alone() {
        let key = Material::asked(&json!({ "kty": "RSA" })).expect("a key");
        let other = key.another().expect("a key");
        let sealed = key.encrypt(b"secret").expect("it fits");
        assert_eq!(key.decrypt(&sealed).as_deref(), Ok(&b"secret"[..]));
        assert!(other.decrypt(&sealed).is_err());
        assert_ne!(key.public(), other.public());
        assert_eq!(sealed.len(), 256);
        // 256 bytes, less two digests of 32 and two more.
        assert!(key.encrypt(&[0; 190]).is_ok());
        assert!(key.encrypt(&[0; 191]).is_err());
    }

    #[test]
    fn a_curve_wraps_nothing() {
        let key = Material::asked(&json!({ "kty": "EC", "crv": "P-384" })).expect("a key");
        assert!(key.encrypt(b"secret").is_err());
        let public = key.public().expect("a point");
        assert_eq!(public["x"].as_str().map(str::len), Some(64));
        for body in [
            json!({}),
            json!({ "kty": "oct" }),
            json!({ "kty": "RSA", "key_size": 1024 }),
            json!({ "kty": "EC", "crv": "P-1" }),
        ] {
            assert!(Material::asked(&body).is_err(), "{body}");
        }
    }
}
