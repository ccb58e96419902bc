//! What the reference stacks of every cloud have in common: the shape of configuration, the rule for the billing
//! worker, and the outputs that the application reads.
//!
//! ```text
//! settings   App, Service, Worker, Placement      how much of what runs
//! outputs    Contract                             under which names the application finds what it needs
//! testing    what the stacks' own tests share
//! ```

mod outputs;
mod settings;
#[cfg(feature = "testing")]
pub mod testing;

pub use outputs::Contract;
pub use settings::{App, Placement, Service, Worker};
