//! What tests of every crate need: emulators, started on demand and never left behind, and what runs on them.
//!
//! - [`emulator`]: starts one and says where it listens.
//! - [`azure`]: a local Azure, in this process; [`vault`]: a vault of keys on it.
//! - [`forge`]: a double of GitHub and GitLab, in this process.
//! - [`prices`]: a double of both clouds' lists of prices, in this process.
//! - [`starter`]: a starter in a folder of its own, on one of them.
//! - [`binary`]: builds the tool and the stacks' programs.
//! - [`account`]: fresh AWS accounts, which is how tests that share an emulator stay apart.
//! - [`venv`]: the Python environment that most of them run in; [`node`]: packages of npm.
//! - [`browser`]: a Chromium for tests of pages.
//! - [`recorder`]: a proxy that writes down what passes.
//! - [`wire`]: what a request asks of a cloud, seen from outside.
//! - [`error`]: what can go wrong with any of it.
//!
//! What the emulators do and do not do is in `tests/emulators/README.md`.

pub mod account;
pub mod azure;
pub mod binary;
pub mod browser;
pub mod emulator;
pub mod error;
pub mod forge;
pub mod node;
pub mod prices;
pub mod recorder;
pub mod starter;
pub mod vault;
pub mod venv;
pub mod wire;

use std::path::{Path, PathBuf};

use error::{Doing, Error};

/// The workspace's root folder: the first one, upwards from the package that cargo runs or else from the current
/// folder, that has the emulators' launcher.
///
/// Not from `env!("CARGO_MANIFEST_DIR")`: two checkouts that share a target folder also share what was compiled in it,
/// and so the path of whichever was built first.
pub fn root() -> error::Result<PathBuf> {
    let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) => PathBuf::from(package),
        None => std::env::current_dir().doing(|| "find the current folder".to_owned())?,
    };
    let found = start
        .ancestors()
        .find(|folder| folder.join(LAUNCHER).is_file());
    found
        .map(Path::to_owned)
        .ok_or(Error::NoWorkspace { start })
}

/// Where the emulators' launcher is, from the root.
pub(crate) const LAUNCHER: &str = "tests/emulators/launch.py";
