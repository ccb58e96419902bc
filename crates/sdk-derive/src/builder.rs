//! The builder that does not compile while a required field is missing.
//!
//! It has one type parameter for each required field, which is `Set` or a marker of that field. `build` asks of every
//! parameter a trait that only `Set` has, and that trait's `on_unimplemented` names the field.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DeriveInput, Ident};

use crate::field::{Field, separated};

/// What `build` ends in.
pub struct Target {
    /// How messages call what is built.
    pub title: String,
    /// The type that `build` gives.
    pub result: TokenStream,
    /// A function from the fields to it.
    pub finish: TokenStream,
}

/// Makes `<Name>Builder` and `<Name>::builder()`.
pub fn expand(item: &DeriveInput, inputs: &[&Field<'_>], target: &Target) -> TokenStream {
    let (visibility, name) = (&item.vis, &item.ident);
    let builder = format_ident!("{name}Builder");
    let module = format_ident!("{}_required", separated(&name.to_string(), '_'));
    let required: Vec<_> = inputs.iter().filter(|field| field.required).collect();
    let parameters: Vec<_> = required.iter().map(|field| field.parameter()).collect();
    let unset: Vec<_> = required.iter().map(|field| field.missing()).collect();
    let markers = required.iter().map(|field| marker(field, &target.title));
    let markers = (!required.is_empty()).then(|| {
        quote! {
            #[doc(hidden)]
            #[allow(missing_docs)]
            #visibility mod #module { #(#markers)* }
        }
    });
    let setters = inputs
        .iter()
        .map(|field| setter(field, &builder, &parameters));
    let Target {
        title,
        result,
        finish,
    } = target;
    let (about, starts) = (
        format!("Builds {title}; its methods are the fields that can be set."),
        format!("Begins {title}."),
    );
    quote! {
        #markers

        #[doc = #about]
        #[must_use = "a builder declares nothing until `.build()`"]
        #visibility struct #builder<#(#parameters = #module::#unset),*> {
            fields: ::stack::__private::Fields,
            state: ::core::marker::PhantomData<fn() -> (#(#parameters,)*)>,
        }

        impl #name {
            #[doc = #starts]
            #visibility fn builder() -> #builder {
                #builder {
                    fields: ::core::default::Default::default(),
                    state: ::core::marker::PhantomData,
                }
            }
        }

        impl<#(#parameters),*> #builder<#(#parameters),*> {
            #(#setters)*

            /// Ends it. Compiles when every required field is set.
            #visibility fn build(self) -> #result
            where
                #(#parameters: #module::#parameters,)*
            {
                #finish(self.fields)
            }
        }
    }
}

/// The types that say whether one field is set, and the message when it is not.
fn marker(field: &Field<'_>, title: &str) -> TokenStream {
    let Field { key, doc, .. } = field;
    let (set, unset) = (field.parameter(), field.missing());
    let message = format!("`{key}` of {title} is not set");
    let label = format!("call `.{key}(…)` before `.build()`");
    // In a format string of the compiler, braces have a meaning.
    let about = doc.lines().next().unwrap_or_default();
    let note = format!("{key}: {about}")
        .replace('{', "{{")
        .replace('}', "}}");
    quote! {
        #[doc(hidden)]
        pub struct #unset;
        impl ::stack::__private::NotSet for #unset {}
        #[doc(hidden)]
        #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
        pub trait #set {}
        impl #set for ::stack::__private::Set {}
    }
}

fn setter(field: &Field<'_>, builder: &Ident, parameters: &[Ident]) -> TokenStream {
    let Field {
        ident, key, plain, ..
    } = field;
    let docs = field.docs_with_remarks();
    let with = if field.secret {
        quote!(with_secret)
    } else {
        quote!(with)
    };
    let expr = quote!(::stack::IntoInput::<#plain>::into_input(value).into_expr());
    if field.required {
        let own = field.parameter();
        let after = parameters.iter().map(|parameter| {
            if *parameter == own {
                quote!(::stack::__private::Set)
            } else {
                quote!(#parameter)
            }
        });
        return quote! {
            #docs
            pub fn #ident(
                self,
                value: impl ::stack::IntoInput<#plain>,
            ) -> #builder<#(#after),*>
            where
                #own: ::stack::__private::NotSet,
            {
                #builder {
                    fields: self.fields.#with(#key, #expr),
                    state: ::core::marker::PhantomData,
                }
            }
        };
    }
    let maybe = format_ident!("maybe_{key}");
    let about = format!("Sets `{key}` if there is a value.");
    quote! {
        #docs
        pub fn #ident(mut self, value: impl ::stack::IntoInput<#plain>) -> Self {
            self.fields = self.fields.#with(#key, #expr);
            self
        }

        #[doc = #about]
        pub fn #maybe(self, value: ::core::option::Option<impl ::stack::IntoInput<#plain>>) -> Self {
            match value {
                ::core::option::Option::Some(value) => self.#ident(value),
                ::core::option::Option::None => self,
            }
        }
    }
}
