//! `derive(Resource)` and `derive(Lookup)`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DeriveInput, Ident, Result};

use crate::attributes::{Nature, TypeAttributes, doc_text};
use crate::field::{self, Field};
use crate::{builder, convert, schema};

pub fn derive_resource(item: &DeriveInput) -> Result<TokenStream> {
    let attributes = TypeAttributes::read(item, "resource", Nature::Object)?;
    let fields = field::read(item, "Resource")?;
    expand(item, &attributes, &fields)
}

pub fn derive_lookup(item: &DeriveInput) -> Result<TokenStream> {
    let attributes = TypeAttributes::read(item, "lookup", Nature::Lookup)?;
    let fields = field::read(item, "Lookup")?;
    expand(item, &attributes, &fields)
}

fn expand(
    item: &DeriveInput,
    attributes: &TypeAttributes,
    fields: &[Field<'_>],
) -> Result<TokenStream> {
    let name = &item.ident;
    let all: Vec<_> = fields.iter().collect();
    let (outputs, inputs): (Vec<_>, Vec<_>) =
        fields.iter().partition(|field| field.attributes.output);
    let type_name = &attributes.type_name;
    let title = type_name.value();
    let spec = schema::type_spec(attributes, &doc_text(&item.attrs), fields)?;
    let input_table = schema::fields(inputs.iter().copied());
    let output_table = schema::fields(outputs.iter().copied());
    let all_table = schema::fields(all.iter().copied());

    let inputs_name = format_ident!("{name}Inputs");
    let inputs_struct = inputs_struct(item, &inputs_name, &inputs, &title);
    let convert_all = convert::implement(name, &all, &all_table);
    let convert_inputs = convert::implement(&inputs_name, &inputs, &input_table);
    let handle = handle(item, attributes.nature, fields, &title);
    let target = match attributes.nature {
        Nature::Object | Nature::Kept | Nature::Effect => builder::Target {
            title,
            result: quote!(::stack::Declaration<#name>),
            finish: quote!(::stack::__private::declaration),
        },
        Nature::Lookup => builder::Target {
            title,
            result: quote!(::stack::LookupDeclaration<#name>),
            finish: quote!(::stack::__private::lookup_declaration),
        },
    };
    let builder = builder::expand(item, &inputs, &target);
    Ok(quote! {
        #inputs_struct
        #convert_inputs
        #convert_all

        #[automatically_derived]
        impl ::stack::__private::Describe for #name {
            type Inputs = #inputs_name;
            const TYPE: &'static str = #type_name;
            fn schema() -> ::stack::__private::Schema {
                ::stack::__private::schema(&#spec, #input_table, #output_table)
            }
        }

        #handle
        #builder
    })
}

fn inputs_struct(
    item: &DeriveInput,
    name: &Ident,
    inputs: &[&Field<'_>],
    title: &str,
) -> TokenStream {
    let visibility = &item.vis;
    let about = format!("The inputs of {title}: what a program asks for, resolved.");
    let fields = inputs.iter().map(|field| {
        let (docs, ident, ty) = (field.docs_with_remarks(), field.ident, field.ty);
        quote!(#docs pub #ident: #ty)
    });
    quote! {
        #[doc = #about]
        #[derive(Debug, Clone, PartialEq)]
        #visibility struct #name { #(#fields,)* }
    }
}

/// What `Stack::add` or `Stack::lookup` gives: an output for every field.
fn handle(item: &DeriveInput, nature: Nature, fields: &[Field<'_>], title: &str) -> TokenStream {
    let (visibility, name) = (&item.vis, &item.ident);
    let handle = format_ident!("{name}Handle");
    let about =
        format!("{title} as the rest of a program refers to it: an output for every field.");
    let outputs = fields.iter().map(|field| {
        let (docs, ident, plain) = (&field.docs, field.ident, &field.plain);
        quote!(#(#docs)* pub #ident: ::stack::Output<#plain>)
    });
    let values = fields.iter().map(|field| {
        let (ident, key) = (field.ident, &field.key);
        quote!(#ident: origin.output(#key))
    });
    let (id, id_value, declared, named) = match nature {
        Nature::Object | Nature::Kept | Nature::Effect => (
            quote! {
                /// The cloud's name of it.
                pub id: ::stack::Output<::std::string::String>,
            },
            quote!(id: origin.output("id"),),
            quote!(::stack::__private::Resource),
            Some(quote! {
                impl ::stack::Handle for #handle {
                    fn urn(&self) -> &::stack::Urn {
                        &self.urn
                    }
                }
            }),
        ),
        Nature::Lookup => (quote!(), quote!(), quote!(::stack::__private::Lookup), None),
    };
    quote! {
        #[doc = #about]
        #[derive(Debug, Clone)]
        #visibility struct #handle {
            urn: ::stack::Urn,
            #id
            #(#outputs,)*
        }

        impl #handle {
            /// Its name in the stack.
            #visibility fn urn(&self) -> &::stack::Urn {
                &self.urn
            }
        }

        #named

        #[automatically_derived]
        impl #declared for #name {
            type Handle = #handle;
            fn handle(origin: ::stack::__private::Origin) -> #handle {
                #handle { #id_value #(#values,)* urn: origin.into_urn() }
            }
        }
    }
}
