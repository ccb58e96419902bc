//! `#[resource(…)]` and `#[lookup(…)]`.

use syn::parse::ParseStream;
use syn::{Error, Ident, LitStr, Result, Token};

use super::unknown;

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
    pub only_looks: bool,
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
            only_looks: false,
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
                "only_looks",
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
            "only_looks" => self.only_looks = true,
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
