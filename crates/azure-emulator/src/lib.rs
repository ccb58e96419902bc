//! A local Azure Resource Manager, for tests, demos and previews.
//!
//! What it knows of Azure is from the published specifications, and its judge is Microsoft's own Python SDK
//! (`tests/judge`). It shares no code with the provider that it is used to test.
//!
//! | module        | what it is                                                                   |
//! | ------------- | ---------------------------------------------------------------------------- |
//! | [`emulator`]  | [`Emulator`]: starting and stopping one                                      |
//! | `server`      | HTTP and TLS on the loopback interface                                       |
//! | `world`       | all that the emulator knows, and the way of a request through it             |
//! | `control`     | `/_emulator/`: what tests ask of the emulator itself                         |
//! | `token`       | the ways to get a token, and the check of those that come with requests      |
//! | `faults`, `throttle`, `calls`, `settings` | what tests set, and what they look at            |
//! | `arm`         | from a path to what answers it: PUT, PATCH, GET, DELETE, lists, tags         |
//! | `operation`   | long-running operations                                                      |
//! | `rules`       | what a type is: a declaration, with functions for what is special about it   |
//! | `actions`     | POSTs that several services have                                             |
//! | `types`       | the declarations, one file per service                                       |
//! | `vault`       | the data plane of Key Vault: keys                                            |
//! | `schema`      | what a body may say                                                          |
//! | `store`, `disk` | what exists                                                                |
//! | `id`          | ids and paths                                                                |
//!
//! ```text
//!   server ──► world ──► control ──► settings, faults, calls
//!                 ├────► token
//!                 ├────► vault ──► store
//!                 └────► arm ──► rules ◄── types ──► schemas/tables
//!                         ├────► schema
//!                         └────► operation ──► store ──► disk
//! ```

mod actions;
mod arm;
mod calls;
mod clock;
mod control;
mod disk;
pub mod emulator;
mod exchange;
mod faults;
mod id;
mod json;
mod locations;
mod operation;
mod overlay;
mod random;
mod refusal;
mod rules;
mod schema;
mod server;
mod settings;
mod store;
mod throttle;
mod token;
mod types;
mod vault;
mod world;

pub use emulator::{Builder, Emulator, Running, StartError};
