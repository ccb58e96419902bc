//! The tables from which the SDK builds schemas.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Error, Result};

use crate::attributes::{Nature, TypeAttributes};
use crate::field::Field;

/// A table of fields, as a slice of `::stack::__private::FieldSpec`.
pub fn fields<'a>(fields: impl Iterator<Item = &'a Field<'a>>) -> TokenStream {
    let rows = fields.map(row);
    quote!(&[#(#rows),*])
}

fn row(field: &Field<'_>) -> TokenStream {
    let (key, doc, ty) = (&field.key, &field.doc, field.ty);
    let attributes = &field.attributes;
    let flags = [
        ("required", field.required),
        ("secret", field.secret),
        ("write_only", attributes.write_only),
        ("replaces", attributes.replaces),
        ("one_way", attributes.one_way),
        ("volatile", attributes.volatile),
        ("generated", attributes.generated),
    ];
    let mut set: Vec<TokenStream> = flags
        .iter()
        .filter(|(_, on)| *on)
        .map(|(name, _)| {
            let name = ident(name);
            quote!(#name: true)
        })
        .collect();
    if let Some(equality) = attributes.equality.map(ident) {
        set.push(quote!(equality: ::stack::__private::Equality::#equality));
    }
    if let Some(reset) = attributes.reset.as_ref().map(|reset| &reset.tokens) {
        set.push(quote!(reset: ::stack::__private::Reset::#reset));
    }
    if attributes.follows {
        set.push(quote!(reset: ::stack::__private::Reset::Follow));
    }
    if let Some(name) = &attributes.physical_name {
        set.push(quote!(physical_name: ::core::option::Option::Some(#name)));
    }
    let plain = quote! {
        ::stack::__private::FieldSpec::new(
            #key, #doc, <#ty as ::stack::__private::FromValue>::kind
        )
    };
    if set.is_empty() {
        plain
    } else {
        quote!(::stack::__private::FieldSpec { #(#set,)* ..#plain })
    }
}

/// What the type's attribute says, as a `::stack::__private::TypeSpec`.
pub fn type_spec(attributes: &TypeAttributes, doc: &str, all: &[Field<'_>]) -> Result<TokenStream> {
    for name in attributes.unique.iter().flatten() {
        let is_input = |field: &Field<'_>| field.key == name.value() && !field.attributes.output;
        if !all.iter().any(is_input) {
            let message = format!("{:?} is not an input of this type", name.value());
            return Err(Error::new(name.span(), message));
        }
    }
    let type_name = &attributes.type_name;
    let nature = ident(match attributes.nature {
        Nature::Object => "Object",
        Nature::Kept => "Kept",
        Nature::Effect => "Effect",
        Nature::Lookup => "Lookup",
    });
    let mut set = Vec::new();
    let seconds = [
        ("create", attributes.create),
        ("update", attributes.update),
        ("delete", attributes.delete),
        ("visibility_lag", attributes.visibility_lag),
    ];
    for (name, seconds) in seconds {
        if let (name, Some(seconds)) = (ident(name), seconds) {
            set.push(quote!(#name: ::core::time::Duration::from_secs(#seconds)));
        }
    }
    if !attributes.unique.is_empty() {
        let keys = attributes.unique.iter().map(|names| quote!(&[#(#names),*]));
        set.push(quote!(unique: &[#(#keys),*]));
    }
    if attributes.delete_first {
        set.push(quote!(replace_order: ::stack::__private::ReplaceOrder::DeleteFirst));
    }
    if attributes.holds_data {
        set.push(quote!(holds_data: true));
    }
    if attributes.only_looks {
        set.push(quote!(only_looks: true));
    }
    Ok(quote! {
        ::stack::__private::TypeSpec {
            #(#set,)*
            ..::stack::__private::TypeSpec::new(#type_name, #doc, ::stack::__private::Nature::#nature)
        }
    })
}

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}
