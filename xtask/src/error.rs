//! What can go wrong while what a test needs is started.

use std::io;
use std::path::PathBuf;

/// Why an emulator, or what is to run on it, could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This does not run inside the workspace.
    #[error("{} is not in the workspace, which has {}", start.display(), crate::LAUNCHER)]
    NoWorkspace {
        /// Where the search for the workspace began.
        start: PathBuf,
    },
    /// There is no `python3` to run.
    #[error("the emulators need `python3` 3.11 or newer on the PATH; install it, then try again")]
    PythonMissing(#[source] io::Error),
    /// `python3` is older than the emulators' packages allow.
    #[error("the emulators need Python 3.11 or newer, and `python3` is {0}")]
    PythonTooOld(String),
    /// `python3 -m venv` failed, most often because a distribution packages it apart.
    #[error(
        "`python3 -m venv` failed; on Debian and Ubuntu, `apt install python3-venv` provides it:\n{0}"
    )]
    VenvModule(String),
    /// `pip` or `npm` could not install what is pinned.
    #[error("what {} pins could not be installed:\n{output}", requirements.display())]
    Install {
        /// The file that pins them.
        requirements: PathBuf,
        /// The end of what it printed.
        output: String,
    },
    /// The home folder, where the environments are cached, is unknown.
    #[error("HOME is not set, so there is no place to keep what the emulators run from")]
    NoHome,
    /// The browser was not unpacked.
    #[error("the browser could not be unpacked:\n{0}")]
    Unpack(String),
    /// There is no browser for this kind of machine.
    #[error(
        "the browser of the tests is one for Linux on x86-64; set STACK_CHROMIUM to the path of a Chromium or Chrome"
    )]
    NoBrowser,
    /// A file or a process could not be worked with.
    #[error("cannot {doing}")]
    Io {
        /// What was tried, to what.
        doing: String,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
    /// Cargo did not build an executable; it said why itself.
    #[error("{name} does not build")]
    NotBuilt {
        /// The executable.
        name: String,
    },
    /// A project's file could not be read or written as TOML.
    #[error("{0} is not a project's file")]
    NotAProject(PathBuf, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// The emulator ended, or did not answer in time.
    #[error("the emulator {kind} {what}; the end of its log:\n{log}")]
    NotReady {
        /// Which emulator.
        kind: &'static str,
        /// What it did instead of answering.
        what: String,
        /// The last lines that it printed.
        log: String,
    },
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Says what was being done when an operating system call failed.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::Io {
            doing: what(),
            source,
        })
    }
}

/// The last lines of a text, for errors.
pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.trim_end().lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn a_tail_is_the_last_lines() {
        assert_eq!(tail("a\nb\nc\n", 2), "b\nc");
        assert_eq!(tail("a", 2), "a");
        assert_eq!(tail("", 2), "");
    }
}
