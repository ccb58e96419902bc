//! What almost every program needs: `use stack::prelude::*;`.

pub use std::process::ExitCode;

pub use serde::Deserialize;

pub use crate::{
    Cidr, Component, Error, Handle, Input, IntoInput, Output, Result, Secret, Stack, bail, each,
    interpolate, json, list,
};
