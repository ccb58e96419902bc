//! Python environments, such as the one that the emulators run in: made once, kept between runs, shared by all checkouts.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::error::{Doing, Error, Result, tail};

/// The environment of `tests/emulators`, as [`of`] gives it.
pub fn ensure() -> Result<PathBuf> {
    of("tests/emulators")
}

/// Makes the environment of the `requirements.txt` in a folder of the workspace unless it is there, and gives its
/// interpreter.
///
/// It is kept under `$HOME/.cache/stack`, named by what is in it: the requirements and the version of Python. Of
/// several processes that ask at once, one makes it and the others wait.
pub fn of(folder: &str) -> Result<PathBuf> {
    let requirements = crate::root()?.join(folder).join("requirements.txt");
    let pins = fs::read(&requirements).doing(|| format!("read {}", requirements.display()))?;
    let version = python_version()?;
    let home = std::env::var_os("HOME").ok_or(Error::NoHome)?;
    let cache = Path::new(&home).join(".cache/stack");
    fs::create_dir_all(&cache).doing(|| format!("make the folder {}", cache.display()))?;

    let folder = cache.join(folder_name(&pins, &version));
    let complete = folder.join(".complete");
    let python = folder.join("bin/python");
    if complete.exists() {
        return Ok(python);
    }
    let lock = folder.with_extension("lock");
    let lock = File::create(&lock).doing(|| format!("create {}", lock.display()))?;
    lock.lock().doing(|| format!("lock {}", folder.display()))?;
    if !complete.exists() {
        build(&folder, &python, &requirements)?;
        File::create(&complete).doing(|| format!("create {}", complete.display()))?;
    }
    Ok(python)
}

fn build(folder: &Path, python: &Path, requirements: &Path) -> Result<()> {
    if folder.exists() {
        // Without the marker it is what an interrupted run left.
        fs::remove_dir_all(folder).doing(|| format!("remove {}", folder.display()))?;
    }
    let made = Command::new("python3")
        .args(["-m", "venv"])
        .arg(folder)
        .output()
        .map_err(Error::PythonMissing)?;
    if !made.status.success() {
        let output = [made.stdout, made.stderr].concat();
        return Err(Error::VenvModule(tail(
            &String::from_utf8_lossy(&output),
            10,
        )));
    }
    let installed = Command::new(python)
        .args(["-m", "pip", "install", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--requirement"])
        .arg(requirements)
        .output()
        .doing(|| format!("run {}", python.display()))?;
    if !installed.status.success() {
        let output = [installed.stdout, installed.stderr].concat();
        return Err(Error::Install {
            requirements: requirements.to_owned(),
            output: tail(&String::from_utf8_lossy(&output), 20),
        });
    }
    Ok(())
}

fn python_version() -> Result<String> {
    let output = Command::new("python3")
        .arg("--version")
        .output()
        .map_err(Error::PythonMissing)?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if supported(&version) {
        Ok(version)
    } else {
        Err(Error::PythonTooOld(version))
    }
}

/// Whether a line such as `Python 3.11.7` names a version that the pinned packages install on.
fn supported(version: &str) -> bool {
    let mut parts = version.trim_start_matches("Python ").split('.');
    let mut next = || parts.next().and_then(|part| part.parse::<u32>().ok());
    matches!((next(), next()), (Some(major), Some(minor)) if (major, minor) >= (3, 11))
}

/// The version is part of the name because an environment does not survive an upgrade of the Python it points to.
fn folder_name(pins: &[u8], version: &str) -> String {
    let digest = Sha256::new()
        .chain_update(pins)
        .chain_update(version)
        .finalize();
    format!("venv-{}", hex::encode(&digest[..8]))
}

#[cfg(test)]
mod tests {
    use super::{folder_name, supported};

    #[test]
    fn another_pin_or_another_python_is_another_environment() {
        let name = folder_name(b"moto==1", "Python 3.11.7");
        assert_eq!(name, folder_name(b"moto==1", "Python 3.11.7"));
        assert_ne!(name, folder_name(b"moto==2", "Python 3.11.7"));
        assert_ne!(name, folder_name(b"moto==1", "Python 3.12.0"));
    }

    #[test]
    fn an_old_python_is_told_apart() {
        assert!(supported("Python 3.11.7"));
        assert!(supported("Python 3.14.0rc1"));
        assert!(supported("Python 4.0.0"));
        assert!(!supported("Python 3.9.2"));
        assert!(!supported("Python 2.7.18"));
        assert!(!supported(""));
    }
}
