//! `derive(Block)`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::builder::Target;
use crate::{builder, convert, field, schema};

pub fn derive(item: &DeriveInput) -> Result<TokenStream> {
    let name = &item.ident;
    let fields = field::read(item, "Block")?;
    let all: Vec<_> = fields.iter().collect();
    let convert = convert::implement(name, &all, &schema::fields(all.iter().copied()));
    let target = Target {
        title: name.to_string(),
        result: quote!(::stack::Input<#name>),
        finish: quote!(::stack::__private::block),
    };
    let builder = builder::expand(item, &all, &target);
    Ok(quote! {
        #convert
        ::stack::__private::literal!(#name);
        #builder
    })
}
