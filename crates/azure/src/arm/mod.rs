//! Azure Resource Manager's one way of doing things, written once for every type.
//!
//! ```text
//! actions    what a type calls, as Azure's roles name it
//! id         ResourceId                     where something is
//! kind       Arm, ArmType                   what a type's file says of it
//! body       between our fields and Azure's JSON
//! merge      RFC 7396: what differs, and laying it over
//! raw        Raw                            one object as JSON, made, changed and deleted
//! object     Object<T>                      the handler of every type
//! shapes     what comes up again and again in Azure's JSON
//! operation  waiting for what takes its time
//! turns      Turns                          one at a time, where Azure refuses more
//! ```

pub(crate) mod actions;
mod body;
mod id;
mod identity;
mod kind;
mod merge;
mod object;
mod operation;
pub(crate) mod raw;
pub(crate) mod shapes;
mod turns;

pub(crate) use id::ResourceId;
pub(crate) use kind::{Arm, ArmType, Life, Naming, Update};
pub(crate) use object::Object;
pub(crate) use operation::finished;
pub(crate) use turns::Turns;
