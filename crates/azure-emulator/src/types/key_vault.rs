//! Microsoft.KeyVault.

mod deleted;
mod secret;
mod vault;

use crate::actions::check_name;
use crate::rules::{Action, Rules};

pub use secret::{is_address, readable};

/// The types of this service.
pub const TYPES: &[&Rules] = &[
    &vault::VAULT,
    &secret::SECRET,
    &deleted::DELETED,
    &deleted::DELETED_IN_LOCATION,
];

/// What is asked of the service itself.
pub const ACTIONS: &[(&str, &str, Action)] = &[(
    "Microsoft.KeyVault",
    "checkNameAvailability",
    |world, act| check_name(world, act, &vault::VAULT, "AccountNameInvalid"),
)];

const VERSIONS: &[&str] = &["2026-02-01", "2025-05-01", "2024-11-01", "2023-07-01"];

/// What this service answers to a body that is not as published.
const MALFORMED: &str = "BadRequest";
