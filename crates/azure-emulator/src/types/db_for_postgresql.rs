//! Microsoft.DBforPostgreSQL: flexible servers.

mod children;
mod configuration;
mod server;

use crate::actions::check_name;
use crate::refusal::Refusal;
use crate::rules::{Action, Answer, Place, Put, Rules, State, Style, later};

pub use server::of_zone;

/// The types of this service.
pub const TYPES: &[&Rules] = &[
    &server::SERVER,
    &children::DATABASE,
    &children::FIREWALL_RULE,
    &configuration::CONFIGURATION,
];

/// What is asked of the service itself.
pub const ACTIONS: &[(&str, &str, Action)] = &[(
    "Microsoft.DBforPostgreSQL",
    "checkNameAvailability",
    |world, act| check_name(world, act, &server::SERVER, "Invalid"),
)];

const VERSIONS: &[&str] = &["2025-08-01", "2024-08-01"];

/// The code for a value that the service does not take.
const INVALID: &str = "InvalidParameterValue";

/// Every write is answered with 202 and both ways to learn of its end; what is created is not there until then.
const ACCEPTED: Answer = later(202, Style::Both);

const PUT: Option<Put> = Some(Put {
    created: ACCEPTED,
    updated: ACCEPTED,
});

/// What a server has in it changes one at a time.
const CHILD: Rules = Rules {
    versions: VERSIONS,
    place: Place::Parent,
    put: PUT,
    delete: Some(ACCEPTED),
    state: State::NONE,
    serial: true,
    busy: "ServerBusy",
    malformed: INVALID,
    ..Rules::USUAL
};

fn invalid<T>(path: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::bad_request(INVALID, message).at(path))
}
