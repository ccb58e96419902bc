//! `FromValue` and `ToValue` of structs.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use crate::field::Field;

/// Reads the struct from a map and writes it as one. `fields` are those that it has; `table` describes them.
pub fn implement(name: &Ident, fields: &[&Field<'_>], table: &TokenStream) -> TokenStream {
    let idents: Vec<_> = fields.iter().map(|field| field.ident).collect();
    let keys: Vec<_> = fields.iter().map(|field| &field.key).collect();
    // A struct without fields reads nothing.
    let map = if fields.is_empty() {
        quote!(_map)
    } else {
        quote!(map)
    };
    quote! {
        #[automatically_derived]
        impl ::stack::__private::FromValue for #name {
            fn kind() -> ::stack::__private::Kind {
                ::stack::__private::block_kind(#table)
            }
            fn from_value(
                value: &::stack::Value,
            ) -> ::core::result::Result<Self, ::stack::__private::ConvertError> {
                let #map = ::stack::__private::fields_of(value)?;
                ::core::result::Result::Ok(Self {
                    #(#idents: ::stack::__private::FromValue::from_field(map, #keys)?,)*
                })
            }
        }
        #[automatically_derived]
        impl ::stack::__private::ToValue for #name {
            fn to_value(&self) -> ::stack::Value {
                ::stack::__private::map_of(&mut [
                    #((#keys, ::stack::__private::ToValue::to_value(&self.#idents)),)*
                ])
            }
        }
    }
}
