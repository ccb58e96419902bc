//! A run as a trace of OpenTelemetry: a span for each piece of work, sent to a collector with OTLP over HTTP.
//!
//! ```text
//! settings   where to send it: what was asked for, and the standard variables
//! tracing    Tracing     from the first span to the last
//! span       from what the engine and the clouds tell to attributes
//! client     the HTTP client that the exporter sends with
//! ```

mod client;
mod settings;
mod span;
mod tracing;

pub use settings::{Refused, Settings};
pub use tracing::Tracing;
