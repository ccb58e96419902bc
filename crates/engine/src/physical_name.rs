//! Names that the engine gives to objects when the program does not.

use sha2::{Digest, Sha256};
use stack_model::Urn;
use stack_model::schema::PhysicalName;

use crate::state::Header;

/// How many hexadecimal digits of the hash a name carries: 32 bits among the objects of one stack and type.
const HASH: usize = 8;

/// The name of the object that is the `generation`th of its urn.
///
/// Known while planning; never that of the object which it replaces, nor of a deleted one whose name the cloud keeps.
pub fn physical_name(form: PhysicalName, header: &Header, urn: &Urn, generation: u32) -> String {
    let seed = format!("{}/{urn}/{generation}", header.lineage);
    let hash = &hex::encode(Sha256::digest(seed))[..HASH];
    let space = form.max_length.saturating_sub(HASH + 1);
    let whole = format!("{}-{}-{}", header.stack, header.environment, urn.name());
    let readable = if whole.len() <= space {
        whole
    } else {
        urn.name().to_owned()
    };
    let fitting = |character: char| {
        if character.is_ascii_alphanumeric() {
            character
        } else {
            form.separator
        }
    };
    let mut prefix: String = readable.chars().map(fitting).take(space).collect();
    if form.lowercase {
        prefix.make_ascii_lowercase();
    }
    // Several clouds want a letter at the beginning, and none wants two separators in a row.
    let prefix = prefix
        .split(form.separator)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>();
    let prefix = prefix.join(&form.separator.to_string());
    match prefix.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => format!("{prefix}{}{hash}", form.separator),
        _ => {
            let prefix: String = prefix.chars().take(space.saturating_sub(1)).collect();
            format!("x{prefix}{}{hash}", form.separator)
        }
    }
}
