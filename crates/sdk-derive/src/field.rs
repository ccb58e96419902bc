//! One field of a declaration: its role, its types, its documentation.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, GenericArgument, Ident, PathArguments, Result,
    Type,
};

use crate::attributes::{FieldAttributes, doc_attributes, doc_text};

/// A field of a declaration.
pub struct Field<'a> {
    pub ident: &'a Ident,
    /// Its name in values: the identifier without `r#`.
    pub key: String,
    pub docs: Vec<&'a Attribute>,
    pub doc: String,
    /// The type as written.
    pub ty: &'a Type,
    /// The type without `Option` around it and `Secret` in it: what a setter takes and an output gives.
    pub plain: Type,
    pub required: bool,
    pub secret: bool,
    pub attributes: FieldAttributes,
}

impl Field<'_> {
    /// The type parameter that says whether it is set. Not `Protocol` for `protocol`: it would hide that type.
    pub fn parameter(&self) -> Ident {
        Ident::new(&format!("Has{}", pascal(&self.key)), Span::call_site())
    }

    /// The type that stands for it while it is not set.
    pub fn missing(&self) -> Ident {
        Ident::new(&format!("No{}", pascal(&self.key)), Span::call_site())
    }

    /// What the attributes say, in sentences for whoever sets the field.
    pub fn remarks(&self) -> String {
        let FieldAttributes {
            replaces,
            write_only,
            one_way,
            ref physical_name,
            ..
        } = self.attributes;
        let sentences = [
            (self.required, "Required."),
            (self.secret, "Secret."),
            (replaces, "A change replaces the object."),
            (one_way, "A change cannot be undone."),
            (write_only, "The cloud never tells it again."),
            (
                physical_name.is_some(),
                "When it is not set, the engine makes a name that never collides.",
            ),
        ];
        let said = sentences.iter().filter(|(applies, _)| *applies);
        said.map(|(_, sentence)| *sentence)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Its documentation as attributes, with the remarks below.
    pub fn docs_with_remarks(&self) -> TokenStream {
        let docs = &self.docs;
        match self.remarks().as_str() {
            "" => quote!(#(#docs)*),
            remarks => quote!(#(#docs)* #[doc = ""] #[doc = #remarks]),
        }
    }
}

/// The fields of a declaration. Every faulty one is reported.
pub fn read<'a>(item: &'a DeriveInput, derive: &str) -> Result<Vec<Field<'a>>> {
    let named = match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => named,
            Fields::Unnamed(_) | Fields::Unit => {
                let message = format!("derive({derive}) takes a struct with named fields");
                return Err(Error::new_spanned(&item.ident, message));
            }
        },
        Data::Enum(_) | Data::Union(_) => {
            let message =
                format!("derive({derive}) takes a struct; for an enum use derive(Choice)");
            return Err(Error::new_spanned(&item.ident, message));
        }
    };
    if !item.generics.params.is_empty() {
        let message = "a declaration has no type parameters: each type is declared once";
        return Err(Error::new_spanned(&item.generics, message));
    }
    let mut problems: Option<Error> = None;
    let mut fields = Vec::new();
    if doc_text(&item.attrs).is_empty() {
        let message = "say what it is in a doc comment: it becomes the documentation of the type";
        problems = Some(Error::new_spanned(&item.ident, message));
    }
    for field in &named.named {
        match read_field(field, derive) {
            Ok(field) => fields.push(field),
            Err(error) => match &mut problems {
                Some(problems) => problems.combine(error),
                None => problems = Some(error),
            },
        }
    }
    problems.map_or(Ok(fields), Err)
}

fn read_field<'a>(field: &'a syn::Field, derive: &str) -> Result<Field<'a>> {
    let Some(ident) = &field.ident else {
        return Err(Error::new_spanned(field, "the field needs a name"));
    };
    let attributes = match FieldAttributes::read(field)? {
        Some(attributes) => attributes,
        None if derive == "Block" => FieldAttributes::default(),
        None => {
            let message =
                "mark the field #[input] if a program sets it, #[output] if the cloud answers it";
            return Err(Error::new_spanned(ident, message));
        }
    };
    let key = ident.to_string().trim_start_matches("r#").to_owned();
    if key == "id" && derive == "Resource" {
        let message = "every resource has `id` already: the cloud's name that the create gives";
        return Err(Error::new_spanned(ident, message));
    }
    if key == "build" || (key == "urn" && derive != "Block") {
        let message =
            format!("`{key}` is a method of what is made from this: name the field differently");
        return Err(Error::new_spanned(ident, message));
    }
    let doc = doc_text(&field.attrs);
    if doc.is_empty() {
        let message = "describe the field in a doc comment: it becomes the documentation of the setter and the schema";
        return Err(Error::new_spanned(ident, message));
    }
    let (plain, secret) = without_secret(inside(&field.ty, "Option").unwrap_or(&field.ty));
    let may_be_absent = ["Option", "Vec", "BTreeMap"]
        .iter()
        .any(|wrapper| last_segment(&field.ty).is_some_and(|segment| segment.ident == wrapper));
    if attributes.required
        && last_segment(&field.ty).is_some_and(|segment| segment.ident == "Option")
    {
        let message = "a required field is no Option: leave one of the two out";
        return Err(Error::new_spanned(&field.ty, message));
    }
    if let (Some(reset), Some(segment)) = (&attributes.reset, last_segment(&plain)) {
        let known = [
            "bool", "i64", "i32", "u32", "u16", "f64", "String", "Vec", "BTreeMap",
        ];
        let name = segment.ident.to_string();
        if known.contains(&name.as_str()) && !reset.fits.contains(&name.as_str()) {
            return Err(Error::new(
                reset.span,
                format!("the field holds {name}, and this is none"),
            ));
        }
    }
    if let (Some(reset), true) = (&attributes.reset, attributes.follows) {
        let message =
            "a field that is no longer set follows the cloud or is reset: leave one of the two out";
        return Err(Error::new(reset.span, message));
    }
    Ok(Field {
        ident,
        key,
        docs: doc_attributes(&field.attrs),
        doc,
        ty: &field.ty,
        plain,
        required: !attributes.output && (attributes.required || !may_be_absent),
        secret,
        attributes,
    })
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The `T` of `Wrapper<T>`.
fn inside<'t>(ty: &'t Type, wrapper: &str) -> Option<&'t Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == wrapper)?;
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(GenericArgument::Type(inner)) => Some(inner),
            _ => None,
        },
        PathArguments::None | PathArguments::Parenthesized(_) => None,
    }
}

/// The type with every `Secret<T>` in it replaced by `T`, and whether there was one.
fn without_secret(ty: &Type) -> (Type, bool) {
    if let Some(inner) = inside(ty, "Secret") {
        return (without_secret(inner).0, true);
    }
    let mut ty = ty.clone();
    let mut found = false;
    if let Type::Path(path) = &mut ty
        && let Some(segment) = path.path.segments.last_mut()
        && let PathArguments::AngleBracketed(arguments) = &mut segment.arguments
    {
        for argument in &mut arguments.args {
            if let GenericArgument::Type(inner) = argument {
                let (plain, secret) = without_secret(inner);
                *inner = plain;
                found |= secret;
            }
        }
    }
    (ty, found)
}

/// `cidr_block` as `CidrBlock`.
pub fn pascal(snake: &str) -> String {
    snake
        .split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
        })
        .collect()
}

/// `TargetGroup` with `_` or `-` between its words, in lower case.
pub fn separated(pascal: &str, separator: char) -> String {
    let mut text = String::new();
    let mut previous_lower = false;
    for letter in pascal.chars() {
        if letter.is_ascii_uppercase() && previous_lower {
            text.push(separator);
        }
        previous_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        text.push(letter.to_ascii_lowercase());
    }
    text
}
