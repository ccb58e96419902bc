//! What stands in `#[resource(…)]`, `#[input(…)]` and `#[output(…)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::{Attribute, Error, Expr, Ident, Lit, LitInt, LitStr, Meta, Result, Token};

/// Which derive reads the attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    Object,
    Kept,
    Effect,
    Lookup,
}

/// `#[resource("aws:ec2:Vpc", …)]`.
pub struct TypeAttributes {
    pub type_name: LitStr,
    pub nature: Nature,
    pub create: Option<u64>,
    pub update: Option<u64>,
    pub delete: Option<u64>,
    pub visibility_lag: Option<u64>,
    pub unique: Vec<Vec<LitStr>>,
    pub delete_first: bool,
    pub holds_data: bool,
}

impl TypeAttributes {
    /// Reads the attribute called `word`, `resource` or `lookup`.
    pub fn read(item: &syn::DeriveInput, word: &str, nature: Nature) -> Result<Self> {
        let Some(attribute) = item.attrs.iter().find(|attr| attr.path().is_ident(word)) else {
            let message = format!(
                "say which type it is: #[{word}(\"cloud:service:{}\")]",
                item.ident
            );
            return Err(Error::new_spanned(&item.ident, message));
        };
        attribute.parse_args_with(|input: ParseStream<'_>| Self::parse(input, nature))
    }

    fn parse(input: ParseStream<'_>, nature: Nature) -> Result<Self> {
        let mut this = Self {
            type_name: input.parse()?,
            nature,
            create: None,
            update: None,
            delete: None,
            visibility_lag: None,
            unique: Vec::new(),
            delete_first: false,
            holds_data: false,
        };
        if !is_type(&this.type_name.value()) {
            return Err(Error::new(
                this.type_name.span(),
                "a type is written cloud:service:Type, such as aws:ec2:Vpc",
            ));
        }
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if !input.is_empty() {
                this.parse_word(input)?;
            }
        }
        Ok(this)
    }

    fn parse_word(&mut self, input: ParseStream<'_>) -> Result<()> {
        let word: Ident = input.parse()?;
        let known: &[&str] = match self.nature {
            Nature::Lookup => &[],
            Nature::Object | Nature::Kept | Nature::Effect => &[
                "create",
                "update",
                "delete",
                "visibility_lag",
                "unique",
                "replace_order",
                "holds_data",
                "kept",
                "effect",
            ],
        };
        let name = word.to_string();
        if !known.contains(&name.as_str()) {
            return Err(unknown(&word, known));
        }
        match name.as_str() {
            "create" => self.create = Some(duration(input)?),
            "update" => self.update = Some(duration(input)?),
            "delete" => self.delete = Some(duration(input)?),
            "visibility_lag" => self.visibility_lag = Some(duration(input)?),
            "holds_data" => self.holds_data = true,
            "kept" => self.nature = Nature::Kept,
            "effect" => self.nature = Nature::Effect,
            "replace_order" => {
                input.parse::<Token![=]>()?;
                let order: LitStr = input.parse()?;
                self.delete_first = match order.value().as_str() {
                    "delete-first" => true,
                    "create-first" => false,
                    _ => {
                        let message = "use \"delete-first\" or \"create-first\"";
                        return Err(Error::new(order.span(), message));
                    }
                };
            }
            _ => {
                let content;
                syn::parenthesized!(content in input);
                let names =
                    content.parse_terminated(<LitStr as syn::parse::Parse>::parse, Token![,])?;
                self.unique.push(names.into_iter().collect());
            }
        }
        Ok(())
    }
}

fn is_type(text: &str) -> bool {
    let word = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    text.split(':').count() == 3 && text.split(':').all(word)
}

/// `= "90s"`, in seconds.
fn duration(input: ParseStream<'_>) -> Result<u64> {
    input.parse::<Token![=]>()?;
    let literal: LitStr = input.parse()?;
    let text = literal.value();
    let unit = match text.chars().last() {
        Some('s') => Some(1),
        Some('m') => Some(60),
        Some('h') => Some(3600),
        _ => None,
    };
    let number = text
        .get(..text.len().saturating_sub(1))
        .and_then(|digits| digits.parse::<u64>().ok());
    match (unit, number) {
        (Some(unit), Some(number)) => Ok(unit * number),
        _ => Err(Error::new(
            literal.span(),
            "write a duration as \"90s\", \"40m\" or \"2h\"",
        )),
    }
}

fn unknown(word: &Ident, known: &[&str]) -> Error {
    let message = match known {
        [] => format!("`{word}` is not known here; nothing is"),
        known => format!("`{word}` is not known here: use {}", known.join(", ")),
    };
    Error::new(word.span(), message)
}

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
                "set",
                "json",
                "case_insensitive",
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
            "write_only" => self.write_only = true,
            "one_way" => self.one_way = true,
            "volatile" => self.volatile = true,
            "generated" => self.generated = true,
            "set" => self.equality = Some("Set"),
            "json" => self.equality = Some("Json"),
            "case_insensitive" => self.equality = Some("CaseInsensitive"),
            "reset" => self.reset = Some(Reset::parse(meta.value()?)?),
            _ => self.physical_name = Some(physical_name(meta)?),
        }
        Ok(())
    }
}

/// `name(max_length = 63, lowercase, separator = "_")`.
fn physical_name(meta: &ParseNestedMeta<'_>) -> Result<TokenStream> {
    let (mut max_length, mut lowercase, mut separator) = (None, false, '-');
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
                    (Some(letter), None) => letter,
                    _ => return Err(Error::new(literal.span(), "a separator is one character")),
                };
            }
            _ => return Err(unknown(word, &["max_length", "lowercase", "separator"])),
        }
        Ok(())
    })?;
    let Some(max_length) = max_length else {
        return Err(meta.error("say how long a name may be: name(max_length = 63)"));
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
