//! One process, measured from outside: wall time, processor time, peak memory.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek};
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
    /// The most memory that one process held at once, in millions of bytes.
    pub megabytes: f64,
    /// What it wrote to standard output.
    pub said: String,
}

/// The cells for both sides: wall and processor seconds and memory of each, and the ratios.
pub fn beside(ours: &Figures, theirs: Option<&Figures>) -> Vec<String> {
    let figures = |figures: &Figures| {
        [
            format!("{:.3}", figures.wall),
            format!("{:.3}", figures.cpu),
            format!("{:.0}", figures.megabytes),
        ]
    };
    let mut cells = figures(ours).to_vec();
    let Some(theirs) = theirs else {
        return cells;
    };
    cells.extend(figures(theirs));
    cells.push(format!("1/{:.0}", theirs.wall / ours.wall.max(0.001)));
    cells.push(format!(
        "1/{:.0}",
        theirs.megabytes / ours.megabytes.max(1.0)
    ));
    cells
}

/// Runs a command to its end. One that fails is an error, with what it said.
pub fn measure<V: AsRef<OsStr>>(
    program: &Path,
    arguments: &[&str],
    folder: &Path,
    variables: &[(&str, V)],
) -> Outcome<Figures> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    for (name, value) in variables {
        command.env(name, value);
    }
    measured(command)
}

/// Runs a command to its end. One that fails is an error, with what it said.
pub fn measured(mut command: Command) -> Outcome<Figures> {
    // Files and not pipes, which somebody would have to read meanwhile.
    let (mut told, mut complained) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command
        .stdin(Stdio::null())
        .stdout(told.try_clone()?)
        .stderr(complained.try_clone()?);
    let begun = Instant::now();
    let used = command.spawn()?.wait4()?;
    let wall = begun.elapsed().as_secs_f64();
    let said = whole(&mut told)?;
    if !used.status.success() {
        let complaint = whole(&mut complained)?;
        return Err(format!("{command:?} failed:\n{said}\n{complaint}").into());
    }
    let cpu = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    Ok(Figures {
        wall,
        cpu,
        megabytes: used.rusage.maxrss as f64 / 1e6,
        said,
    })
}

fn whole(file: &mut File) -> Outcome<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
