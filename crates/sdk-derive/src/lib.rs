//! The derives behind a resource file: one struct declares everything about a type.
//!
//! ```text
//! attributes   what stands in #[resource(…)], #[input(…)] and #[output(…)]
//! field        one field of a declaration: its role, its types, its documentation
//! schema       the tables from which the SDK builds schemas
//! convert      FromValue and ToValue of structs
//! builder      the builder that does not compile while a required field is missing
//! resource     derive(Resource) and derive(Lookup)
//! block        derive(Block)
//! choice       derive(Choice)
//! interpolate  interpolate!
//! ```
//!
//! What is generated is small on purpose: tables and calls of plain functions in the SDK, because every program
//! compiles it.

mod attributes;
mod block;
mod builder;
mod choice;
mod convert;
mod field;
mod interpolate;
mod resource;
mod schema;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Declares a type of resource from a struct that is the object as observed: inputs and outputs.
///
/// For `struct Vpc` it makes `VpcInputs` (the inputs alone), `VpcBuilder` (behind `Vpc::builder()`) and `VpcHandle`
/// (what `Stack::add` gives), and implements `Describe`, `ToValue` and `FromValue`. Documentation comments become the
/// schema's, the setters' and the outputs' documentation, so each field must have one.
///
/// On the struct, all but the type's name optional:
///
/// ```text
/// #[resource("aws:ec2:Vpc",
///     create = "10m", update = "10m", delete = "10m",   how long operations may take
///     visibility_lag = "30s",                           how long a new object may stay unseen
///     unique("cidr_block", "vpc_id"),                   inputs that no two objects may share; may be repeated
///     replace_order = "delete-first",
///     holds_data,                                       deleting it loses what people put in
///     kept,                                             an object that lives in the state alone
///     effect,                                           an act, not an object
///     only_looks)]                                      an act that leaves nothing to undo
/// ```
///
/// On a field, `#[input]` or `#[output]`. An input is required unless it is an `Option`, a `Vec` or a `BTreeMap`.
///
/// ```text
/// #[input(required)]                          also for a Vec or BTreeMap
/// #[input(replaces)]                          a change needs a new object
/// #[input(reset = true)]                      what is sent when it is no longer set; also "text", 5, [] and {}
/// #[input(follows)]                           when it is no longer set, the cloud's value stays
/// #[input(set)] (json) (case_insensitive) (case_and_space_insensitive)     how two values are compared
/// #[input(write_only)]                        the cloud never tells it again
/// #[input(one_way)]                           cannot be put back once changed
/// #[input(name(max_length = 63, lowercase, separator = "_"))]   a name that the engine makes when it is not set
/// #[output(volatile)]                         an update may change it
/// #[output(generated)]                        new each time, so left out of "as it was"
/// ```
///
/// A field of type `Secret<T>` is secret.
#[proc_macro_derive(Resource, attributes(resource, input, output))]
pub fn derive_resource(item: TokenStream) -> TokenStream {
    finish(resource::derive_resource(&parse_macro_input!(
        item as DeriveInput
    )))
}

/// Declares a type of lookup: `#[lookup("aws:ec2:Zones")]`, with the fields of a [`Resource`](derive@Resource).
#[proc_macro_derive(Lookup, attributes(lookup, input, output))]
pub fn derive_lookup(item: TokenStream) -> TokenStream {
    finish(resource::derive_lookup(&parse_macro_input!(
        item as DeriveInput
    )))
}

/// Declares a structure inside a field. Its fields take the `#[input(…)]` of a [`Resource`](derive@Resource), which
/// may be left out. Its builder's `build` gives an `Input` of it.
#[proc_macro_derive(Block, attributes(input))]
pub fn derive_block(item: TokenStream) -> TokenStream {
    finish(block::derive(&parse_macro_input!(item as DeriveInput)))
}

/// Declares a field's few possible texts from an enum without fields. Texts are the variants' names in kebab case,
/// or what `#[choice("TCP")]` says.
#[proc_macro_derive(Choice, attributes(choice))]
pub fn derive_choice(item: TokenStream) -> TokenStream {
    finish(choice::derive(&parse_macro_input!(item as DeriveInput)))
}

/// The procedural half of `stack::interpolate!`.
#[doc(hidden)]
#[proc_macro]
pub fn interpolate_pieces(tokens: TokenStream) -> TokenStream {
    finish(interpolate::expand(tokens.into()))
}
