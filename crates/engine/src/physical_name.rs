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
    let beginning = beginning(form, header, urn);
    format!("{beginning}{hash}")
}

/// What every name begins with that the engine gives to an object, whatever its generation, and `*` for the rest. One
/// for all of a stack's environment, where there is room for both of their names.
pub fn name_pattern(form: PhysicalName, header: &Header, urn: &Urn) -> String {
    let own = beginning(form, header, urn);
    let separator = form.separator.map(String::from).unwrap_or_default();
    let words = format!("{}-{}", header.stack, header.environment);
    let of_stack = format!("{}{separator}", fitting(form, &words, form.max_length));
    match own.starts_with(&of_stack) {
        true => format!("{of_stack}*"),
        false => format!("{own}*"),
    }
}

/// What a name says before its hash.
fn beginning(form: PhysicalName, header: &Header, urn: &Urn) -> String {
    let space = form.max_length.saturating_sub(HASH + 1);
    let whole = format!("{}-{}-{}", header.stack, header.environment, urn.name());
    let readable = if whole.len() <= space {
        whole
    } else {
        urn.name().to_owned()
    };
    let separator = form.separator.map(String::from).unwrap_or_default();
    format!("{}{separator}", fitting(form, &readable, space))
}

/// A text as a cloud takes it in a name, with no separator at its end.
fn fitting(form: PhysicalName, readable: &str, space: usize) -> String {
    // Several clouds want a letter at the beginning, and none wants two separators in a row.
    let cut: String = readable.chars().take(space).collect();
    let words: Vec<&str> = cut
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let separator = form.separator.map(String::from).unwrap_or_default();
    let mut prefix = words.join(&separator);
    if !prefix.starts_with(|first: char| first.is_ascii_alphabetic()) {
        prefix.insert(0, 'x');
    }
    prefix.truncate(space);
    if form.lowercase {
        prefix.make_ascii_lowercase();
    }
    prefix.trim_end_matches(&separator).to_owned()
}
