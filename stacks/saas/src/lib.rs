//! What the reference stacks of every cloud have in common: the shape of configuration, the rule for the billing
//! worker, and the outputs that the application reads.
//!
//! ```text
//! settings   App, Service, Worker, Placement      how much of what runs
//! outputs    Contract                             under which names the application finds what it needs
//! ```

mod outputs;
mod settings;

pub use outputs::Contract;
pub use settings::{App, Placement, Service, Worker};
