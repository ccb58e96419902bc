//! A Chromium for tests of pages, and what drives it: from npm, with the libraries that it needs, so that a machine needs
//! neither a browser nor the right to install one. What it is made of is in `tests/browser/README.md`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Doing, Error, Result, tail};
use crate::node;

/// The folder with the pins, from the root.
const SOURCE: &str = "tests/browser";

/// A browser that is installed.
#[derive(Debug, Clone)]
pub struct Browser {
    modules: PathBuf,
    executable: PathBuf,
    /// Where its libraries and fonts are. None for one that was named.
    folder: Option<PathBuf>,
}

/// Installs the browser unless it is there. `STACK_CHROMIUM` names another.
///
/// Of several processes that ask at once, one installs it and the others wait.
pub fn ensure() -> Result<Browser> {
    let named = std::env::var_os("STACK_CHROMIUM").map(PathBuf::from);
    if named.is_none() && !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Error::NoBrowser);
    }
    let modules = node::ensure(SOURCE)?;
    if let Some(executable) = named {
        return Ok(Browser {
            modules,
            executable,
            folder: None,
        });
    }
    let folder = modules.with_file_name("browser");
    let complete = folder.join(".complete");
    if !complete.exists() {
        let lock = folder.with_extension("lock");
        let lock = File::create(&lock).doing(|| format!("create {}", lock.display()))?;
        lock.lock().doing(|| format!("lock {}", folder.display()))?;
        if !complete.exists() {
            unpack(&modules, &folder)?;
            File::create(&complete).doing(|| format!("create {}", complete.display()))?;
        }
    }
    Ok(Browser {
        modules,
        executable: folder.join("chromium"),
        folder: Some(folder),
    })
}

impl Browser {
    /// A command that runs a script of tests with Node.js, which requires `tests/browser/browser.js` to launch it.
    pub fn script(&self, script: &Path) -> Result<Command> {
        let mut command = Command::new(node::node()?);
        command
            .arg(script)
            .env("NODE_PATH", &self.modules)
            .env("STACK_CHROMIUM", &self.executable);
        if let Some(folder) = &self.folder {
            command
                .env("LD_LIBRARY_PATH", folder.join("lib"))
                .env("FONTCONFIG_FILE", folder.join("fonts.conf"));
        }
        Ok(command)
    }
}

fn unpack(modules: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        // Without the marker it is what an interrupted run left.
        fs::remove_dir_all(folder).doing(|| format!("remove {}", folder.display()))?;
    }
    fs::create_dir(folder).doing(|| format!("make the folder {}", folder.display()))?;
    let output = Command::new(node::node()?)
        .arg(crate::root()?.join(SOURCE).join("unpack.js"))
        .arg(folder)
        .env("NODE_PATH", modules)
        .output()
        .doing(|| "run Node.js".to_owned())?;
    match output.status.success() {
        true => Ok(()),
        false => Err(Error::Unpack(tail(
            &String::from_utf8_lossy(&output.stderr),
            20,
        ))),
    }
}
