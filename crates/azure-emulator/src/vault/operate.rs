//! Wrapping and unwrapping, encrypting and decrypting.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Value, json};

use super::asked::Operation;
use super::{Scene, forbidden, manage, wrong};
use crate::exchange::Reply;
use crate::refusal::Refusal;

/// base64url, written without padding and read with or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Uses a version of a key.
pub fn run(
    scene: &Scene,
    operation: Operation,
    name: &str,
    version: Option<&str>,
) -> Result<Reply, Refusal> {
    let (key, version) = manage::found(scene, name, version)?;
    let word = operation.word();
    if !version.enabled {
        let message = format!("Operation {word} is not allowed on a disabled key.");
        return Err(forbidden("KeyDisabled", message));
    }
    let seconds = scene.now / 1000;
    // "Date-time controlled operations": what was sealed can be opened before and after a key's time.
    if matches!(operation, Operation::Encrypt | Operation::Wrap) {
        if version.not_before.is_some_and(|from| seconds < from) {
            let message =
                format!("Operation {word} is not allowed on a key that is not yet valid.");
            return Err(forbidden("KeyNotYetValid", message));
        }
        if version.expires.is_some_and(|end| end <= seconds) {
            let message = format!("Operation {word} is not allowed on an expired key.");
            return Err(forbidden("KeyExpired", message));
        }
    }
    let body = manage::body(scene)?;
    let text = |field: &str| {
        let text = body.get(field).and_then(Value::as_str);
        text.ok_or_else(|| wrong(format!("Property {field} is required.")))
    };
    let algorithm = text("alg")?;
    if !fits(version.material.kind(), algorithm) {
        return Err(wrong(format!(
            "Key and algorithm are incompatible: key type {}, algorithm {algorithm}.",
            version.material.kind()
        )));
    }
    if algorithm != "RSA-OAEP-256" {
        return Err(wrong(format!(
            "Property alg has invalid value '{algorithm}': this emulator has RSA-OAEP-256."
        )));
    }
    if !version.operations.iter().any(|allowed| allowed == word) {
        let message = format!("Operation {word} is not permitted on this key.");
        return Err(forbidden("KeyOperationForbidden", message));
    }
    let value = BASE64.decode(text("value")?);
    let value =
        value.map_err(|_| wrong("Property value has invalid value: it is not base64url."))?;
    let done = match operation {
        Operation::Encrypt | Operation::Wrap => version.material.encrypt(&value)?,
        Operation::Decrypt | Operation::Unwrap => version.material.decrypt(&value)?,
    };
    let kid = manage::kid(scene, key, version);
    Ok(Reply::json(
        200,
        json!({ "kid": kid, "value": BASE64.encode(done) }),
    ))
}

/// Whether an algorithm is one of a kind of key.
fn fits(kind: &str, algorithm: &str) -> bool {
    kind == "RSA" && algorithm.starts_with("RSA")
}
