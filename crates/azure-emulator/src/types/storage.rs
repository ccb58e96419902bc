//! Microsoft.Storage.

mod account;
mod blob;

use crate::actions::check_name;
use crate::rules::{Action, Rules};

/// The types of this service.
pub const TYPES: &[&Rules] = &[
    &account::ACCOUNT,
    &blob::SERVICE,
    &blob::CONTAINER,
    &blob::MANAGEMENT_POLICY,
];

/// What is asked of the service itself.
pub const ACTIONS: &[(&str, &str, Action)] = &[(
    "Microsoft.Storage",
    "checkNameAvailability",
    |world, act| check_name(world, act, &account::ACCOUNT, "AccountNameInvalid"),
)];

const VERSIONS: &[&str] = &[
    "2025-08-01",
    "2025-06-01",
    "2025-01-01",
    "2024-01-01",
    "2023-05-01",
];
