//! The files of policies.
//!
//! ```text
//! policies/
//!   public_bucket.rego         rules
//!   public_bucket_test.rego    their tests
//!   fixtures/open.json         data.fixtures.open, for tests alone
//! ```

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use crate::error::{Error, Reason};

/// The folder whose JSON files are fixtures.
const FIXTURES: &str = "fixtures";

/// What a folder of policies holds.
#[derive(Debug, Default)]
pub struct Folder {
    /// The rules, by path, in the order of the paths.
    pub rules: Vec<(PathBuf, String)>,
    /// The tests of rules, likewise.
    pub tests: Vec<(PathBuf, String)>,
    /// The documents that tests look at, by name.
    pub fixtures: Map<String, Json>,
}

/// Whether there is any rule in a folder or below it, as far as can be told: where something cannot be read, there may be.
pub fn has_rules(folder: &Path) -> bool {
    folder.is_dir() && !matches!(Folder::read(folder, false), Err(Error::Empty(_)))
}

impl Folder {
    /// Reads a folder and those in it. Fixtures are read only for tests.
    pub fn read(path: &Path, with_tests: bool) -> Result<Self, Error> {
        let mut folder = Self::default();
        folder.add(path, with_tests)?;
        match folder.rules.is_empty() {
            true => Err(Error::Empty(path.to_owned())),
            false => Ok(folder),
        }
    }

    fn add(&mut self, folder: &Path, with_tests: bool) -> Result<(), Error> {
        for path in entries(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                match name.as_ref() {
                    FIXTURES if with_tests => self.add_fixtures(&path)?,
                    FIXTURES => {}
                    hidden if hidden.starts_with('.') => {}
                    _ => self.add(&path, with_tests)?,
                }
            } else if name.ends_with("_test.rego") {
                if with_tests {
                    let text = text(&path)?;
                    self.tests.push((path, text));
                }
            } else if name.ends_with(".rego") {
                let text = text(&path)?;
                self.rules.push((path, text));
            }
        }
        Ok(())
    }

    fn add_fixtures(&mut self, folder: &Path) -> Result<(), Error> {
        for path in entries(folder)? {
            let json = path.extension().is_some_and(|found| found == "json");
            let (true, Some(name)) = (json, path.file_stem()) else {
                continue;
            };
            let name = name.to_string_lossy().into_owned();
            let fixture = serde_json::from_str(&text(&path)?).map_err(|error| Error::File {
                path,
                source: Reason(error.to_string()),
            })?;
            self.fixtures.insert(name, fixture);
        }
        Ok(())
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = || {
        let entries = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
        let mut entries = entries.collect::<std::io::Result<Vec<PathBuf>>>()?;
        // What a file system lists first must not decide what is said first.
        entries.sort();
        Ok(entries)
    };
    read().map_err(|source| Error::Read {
        path: folder.to_owned(),
        source,
    })
}

fn text(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}
