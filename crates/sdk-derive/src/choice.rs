//! `derive(Choice)`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, LitStr, Result};

use crate::field::separated;

pub fn derive(item: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &item.data else {
        let message = "derive(Choice) takes an enum; for a struct use derive(Block)";
        return Err(Error::new_spanned(&item.ident, message));
    };
    let mut variants = Vec::new();
    let mut texts = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a choice is a text, so its variants have no fields";
            return Err(Error::new_spanned(variant, message));
        }
        let said = variant
            .attrs
            .iter()
            .find(|attr| attr.path().is_ident("choice"));
        texts.push(match said {
            Some(attribute) => attribute.parse_args::<LitStr>()?,
            None => LitStr::new(
                &separated(&variant.ident.to_string(), '-'),
                variant.ident.span(),
            ),
        });
        variants.push(&variant.ident);
    }
    let (name, visibility) = (&item.ident, &item.vis);
    Ok(quote! {
        impl #name {
            const CHOICES: &'static [(&'static str, Self)] = &[#((#texts, Self::#variants)),*];

            /// Its text, as the cloud spells it.
            #visibility const fn as_str(&self) -> &'static str {
                match self { #(Self::#variants => #texts,)* }
            }
        }

        #[automatically_derived]
        impl ::core::fmt::Display for #name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        #[automatically_derived]
        impl ::core::str::FromStr for #name {
            type Err = ::stack::__private::ChoiceError;
            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                ::stack::__private::choose(Self::CHOICES, text)
            }
        }

        #[automatically_derived]
        impl ::stack::__private::FromValue for #name {
            fn kind() -> ::stack::__private::Kind {
                ::stack::__private::enum_kind(&[#(#texts),*])
            }
            fn from_value(
                value: &::stack::Value,
            ) -> ::core::result::Result<Self, ::stack::__private::ConvertError> {
                ::stack::__private::choice_from_value(Self::CHOICES, value)
            }
        }

        #[automatically_derived]
        impl ::stack::__private::ToValue for #name {
            fn to_value(&self) -> ::stack::Value {
                ::stack::Value::from(self.as_str())
            }
        }

        #[automatically_derived]
        impl<'de> ::stack::__private::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::stack::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                ::stack::__private::deserialize_choice(Self::CHOICES, deserializer)
            }
        }

        ::stack::__private::literal!(#name);
        impl ::stack::__private::Scalar for #name {}
    })
}
