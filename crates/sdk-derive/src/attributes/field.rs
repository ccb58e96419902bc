//! `#[input(…)]` and `#[output(…)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::{Error, Lit, LitInt, LitStr, Meta, Result, Token};

use super::unknown;

/// `#[input(…)]` or `#[output(…)]`.
#[derive(Default)]
pub struct FieldAttributes {
    pub output: bool,
    pub required: bool,
    pub replaces: bool,
    pub write_only: bool,
    pub one_way: bool,
    pub volatile: bool,
    pub generated: bool,
    pub equality: Option<&'static str>,
    pub reset: Option<Reset>,
    pub follows: bool,
    pub physical_name: Option<TokenStream>,
}

impl FieldAttributes {
    /// Reads the field's attribute; `None` when it has none.
    pub fn read(field: &syn::Field) -> Result<Option<Self>> {
        let mut found: Option<Self> = None;
        for attribute in &field.attrs {
            let output = attribute.path().is_ident("output");
            if !output && !attribute.path().is_ident("input") {
                continue;
            }
            if found.is_some() {
                let message = "a field has one #[input] or #[output]; put all words into one";
                return Err(Error::new_spanned(attribute, message));
            }
            let mut this = Self {
                output,
                ..Self::default()
            };
            if !matches!(attribute.meta, Meta::Path(_)) {
                attribute.parse_nested_meta(|meta| this.parse_word(&meta))?;
            }
            found = Some(this);
        }
        Ok(found)
    }

    fn parse_word(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let word = meta.path.require_ident()?;
        let known: &[&str] = if self.output {
            &["volatile", "generated"]
        } else {
            &[
                "required",
                "replaces",
                "reset",
                "follows",
                "set",
                "json",
                "case_insensitive",
                "case_and_space_insensitive",
                "write_only",
                "one_way",
                "name",
            ]
        };
        let name = word.to_string();
        if !known.contains(&name.as_str()) {
            return Err(unknown(word, known));
        }
        match name.as_str() {
            "required" => self.required = true,
            "replaces" => self.replaces = true,
            "follows" => self.follows = true,
            "write_only" => self.write_only = true,
            "one_way" => self.one_way = true,
            "volatile" => self.volatile = true,
            "generated" => self.generated = true,
            "set" => self.equality = Some("Set"),
            "json" => self.equality = Some("Json"),
            "case_insensitive" => self.equality = Some("CaseInsensitive"),
            "case_and_space_insensitive" => self.equality = Some("CaseAndSpaceInsensitive"),
            "reset" => self.reset = Some(Reset::parse(meta.value()?)?),
            _ => self.physical_name = Some(physical_name(meta)?),
        }
        Ok(())
    }
}

/// `name(max_length = 63, lowercase, separator = "_")`.
fn physical_name(meta: &ParseNestedMeta<'_>) -> Result<TokenStream> {
    let (mut max_length, mut lowercase, mut separator) = (None, false, Some('-'));
    meta.parse_nested_meta(|meta| {
        let word = meta.path.require_ident()?;
        match word.to_string().as_str() {
            "max_length" => max_length = Some(meta.value()?.parse::<LitInt>()?),
            "lowercase" => lowercase = true,
            "separator" => {
                let literal: LitStr = meta.value()?.parse()?;
                let text = literal.value();
                let mut letters = text.chars();
                separator = match (letters.next(), letters.next()) {
                    (letter, None) => letter,
                    _ => {
                        let message = "a separator is one character, or none";
                        return Err(Error::new(literal.span(), message));
                    }
                };
            }
            _ => return Err(unknown(word, &["max_length", "lowercase", "separator"])),
        }
        Ok(())
    })?;
    let Some(max_length) = max_length else {
        return Err(meta.error("say how long a name may be: name(max_length = 63)"));
    };
    let separator = match separator {
        Some(letter) => quote!(::core::option::Option::Some(#letter)),
        None => quote!(::core::option::Option::None),
    };
    Ok(quote! {
        ::stack::__private::PhysicalName {
            max_length: #max_length, lowercase: #lowercase, separator: #separator
        }
    })
}

/// What is sent when a program no longer sets a field.
pub struct Reset {
    /// A `::stack::__private::Reset`.
    pub tokens: TokenStream,
    /// What kind of value it is, as the types that can hold it.
    pub fits: &'static [&'static str],
    pub span: proc_macro2::Span,
}

impl Reset {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let span = input.span();
        if input.peek(syn::token::Bracket) || input.peek(syn::token::Brace) {
            let (tokens, fits, content): (_, &[&str], proc_macro2::Group) =
                if input.peek(syn::token::Bracket) {
                    (quote!(EmptyList), &["Vec"], input.parse()?)
                } else {
                    (quote!(EmptyMap), &["BTreeMap"], input.parse()?)
                };
            if !content.stream().is_empty() {
                return Err(Error::new(span, "a list or map to reset to is empty"));
            }
            return Ok(Self { tokens, fits, span });
        }
        let minus: Option<Token![-]> = input.parse()?;
        let (tokens, fits): (_, &[&str]) = match input.parse::<Lit>()? {
            Lit::Bool(value) => (quote!(Bool(#value)), &["bool"]),
            Lit::Int(value) => (
                quote!(Int(#minus #value)),
                &["i64", "i32", "u32", "u16", "f64"],
            ),
            Lit::Float(value) => (quote!(Float(#minus #value)), &["f64"]),
            Lit::Str(value) => (quote!(Text(#value)), &["String"]),
            other => {
                let message = "reset takes true, false, a number, \"text\", [] or {}";
                return Err(Error::new(other.span(), message));
            }
        };
        Ok(Self { tokens, fits, span })
    }
}
