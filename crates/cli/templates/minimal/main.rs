//! What should exist. Change it, then `stack plan` and `stack apply`.

use stack::prelude::*;
use stack_std::core::Value;

/// The configuration in Stack.toml.
#[derive(serde::Deserialize)]
struct Settings {
    greeting: String,
}

fn main() -> ExitCode {
    stack::run(declare)
}

fn declare(stack: &mut Stack, settings: Settings) -> Result<()> {
    // A value that is only kept in the state: a resource to begin with, which needs no cloud.
    let greeting = stack.add("greeting", Value::builder().value(settings.greeting).build());
    stack.output("GREETING", &greeting.value);
    Ok(())
}
