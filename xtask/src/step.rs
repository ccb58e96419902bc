//! One step of a run: its name before it, its time after it.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// How a command ends.
pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Runs a step and prints how long it took.
pub fn step<T>(name: &str, run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    eprintln!("==> {name}");
    let start = Instant::now();
    let result = run();
    let how = if result.is_ok() { "done" } else { "failed" };
    eprintln!(
        "    {name}: {how} in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    result
}

/// Runs a command to its end; failing is an error that names it.
pub fn succeed(command: &mut Command) -> Outcome {
    let status = command
        .status()
        .map_err(|error| format!("cannot run {}: {error}", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} failed ({status})", shown(command)).into())
    }
}

fn shown(command: &Command) -> String {
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy());
    let program = Path::new(command.get_program()).file_name();
    let program = program.unwrap_or_default().to_string_lossy();
    let words: Vec<_> = std::iter::once(program).chain(arguments).collect();
    format!("`{}`", words.join(" "))
}
