//! One process, measured from outside: wall time, processor time, peak memory.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use wait4::Wait4;

use crate::step::Outcome;

/// What a process used.
pub struct Figures {
    /// Seconds from start to end.
    pub wall: f64,
    /// Seconds of processor time, its children's included.
    pub cpu: f64,
    /// The most memory that it held at once, in millions of bytes.
    pub megabytes: f64,
}

/// Runs a command to its end. One that fails is an error, with what it said.
pub fn measure<V: AsRef<OsStr>>(
    program: &Path,
    arguments: &[&str],
    folder: &Path,
    variables: &[(&str, V)],
) -> Outcome<Figures> {
    let said = folder.join("said.log");
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command.stderr(std::fs::File::create(&said)?);
    for (name, value) in variables {
        command.env(name, value);
    }
    let begun = Instant::now();
    let used = command.spawn()?.wait4()?;
    let wall = begun.elapsed().as_secs_f64();
    if !used.status.success() {
        let text = std::fs::read_to_string(said)?;
        return Err(format!(
            "{} {} failed:\n{text}",
            program.display(),
            arguments.join(" ")
        )
        .into());
    }
    let cpu = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    Ok(Figures {
        wall,
        cpu,
        megabytes: used.rusage.maxrss as f64 / 1e6,
    })
}
