//! `interpolate!`: a format string with `{}` and `{name}`, at compile time.
//!
//! The macro in the SDK hands over the literal and each argument as one group, so that nothing here has to parse
//! expressions.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use syn::{Error, Ident, LitStr, Result};

/// One part of a format string.
#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    Next,
    Named(String),
}

pub fn expand(tokens: TokenStream) -> Result<TokenStream> {
    let mut parts = tokens.into_iter();
    let format: LitStr = match parts.next() {
        Some(TokenTree::Group(group)) if group.delimiter() != Delimiter::Bracket => {
            syn::parse2(group.stream())?
        }
        Some(literal) => syn::parse2(literal.into())?,
        None => {
            return Err(Error::new(
                proc_macro2::Span::call_site(),
                "expected a format string",
            ));
        }
    };
    let arguments: Vec<TokenStream> = parts
        .filter_map(|part| match part {
            TokenTree::Group(group) => Some(group.stream()),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
        })
        .collect();
    let error = |message: String| Error::new(format.span(), message);
    let pieces = parse(&format.value()).map_err(error)?;
    let places = pieces.iter().filter(|piece| **piece == Piece::Next).count();
    if places != arguments.len() {
        let message = format!(
            "{places} times {{}} in the text, and {} arguments",
            arguments.len()
        );
        return Err(error(message));
    }
    let mut arguments = arguments.into_iter();
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => quote!(::stack::__private::piece(#text)),
        Piece::Next => {
            let argument = arguments.next();
            quote!(::stack::__private::piece(&(#argument)))
        }
        Piece::Named(name) => {
            let name = Ident::new(name, format.span());
            quote!(::stack::__private::piece(&#name))
        }
    });
    Ok(quote!(::stack::__private::concat(
        ::std::vec![#(#pieces),*]
    )))
}

fn parse(format: &str) -> std::result::Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' | '}' if letters.peek() == Some(&letter) => {
                letters.next();
                text.push(letter);
            }
            '{' => {
                let inside: String = letters
                    .by_ref()
                    .take_while(|letter| *letter != '}')
                    .collect();
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(match inside.as_str() {
                    "" => Piece::Next,
                    name if is_identifier(name) => Piece::Named(name.to_owned()),
                    other => {
                        return Err(format!(
                            "{{{other}}} is not possible here: use {{}} and {{name}}, and {{{{ for a brace"
                        ));
                    }
                });
            }
            '}' => return Err("a single } stands alone: write }} for a brace".into()),
            letter => text.push(letter),
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

fn is_identifier(text: &str) -> bool {
    syn::parse_str::<Ident>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_places_and_names_are_told_apart() {
        assert_eq!(
            parse("a{}b{name}{{}}").unwrap(),
            [
                Piece::Text("a".into()),
                Piece::Next,
                Piece::Text("b".into()),
                Piece::Named("name".into()),
                Piece::Text("{}".into()),
            ]
        );
    }

    #[test]
    fn formats_that_cannot_be_kept_are_refused() {
        for format in ["{:?}", "{0}", "}", "{a.b}"] {
            assert!(parse(format).is_err(), "{format} was taken");
        }
    }
}
