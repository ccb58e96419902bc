//! What stands in attributes, and in documentation comments.

use syn::{Attribute, Error, Expr, Ident, Lit, Meta};

mod field;
mod of_type;

pub use field::FieldAttributes;
pub use of_type::{Nature, TypeAttributes};

fn unknown(word: &Ident, known: &[&str]) -> Error {
    let message = match known {
        [] => format!("`{word}` is not known here; nothing is"),
        known => format!("`{word}` is not known here: use {}", known.join(", ")),
    };
    Error::new(word.span(), message)
}

/// The documentation comments, as written.
pub fn doc_attributes(attributes: &[Attribute]) -> Vec<&Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .collect()
}

/// The documentation as Markdown.
pub fn doc_text(attributes: &[Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Str(text) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        });
    let lines: Vec<_> = lines
        .map(|line| {
            line.strip_prefix(' ')
                .unwrap_or(&line)
                .trim_end()
                .to_owned()
        })
        .collect();
    lines.join("\n").trim().to_owned()
}
