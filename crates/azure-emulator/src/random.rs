//! What services make up.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A GUID that nobody has.
pub fn guid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// A key of 64 bytes, as storage accounts and caches have.
pub fn key() -> String {
    let bytes: Vec<u8> = (0..4)
        .flat_map(|_| uuid::Uuid::new_v4().into_bytes())
        .collect();
    STANDARD.encode(bytes)
}

/// A few letters and digits, for the parts of names that services add.
pub fn letters(count: usize) -> String {
    let mut text = uuid::Uuid::new_v4().simple().to_string();
    text.truncate(count);
    text
}
