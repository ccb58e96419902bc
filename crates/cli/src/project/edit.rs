//! Changes `Stack.toml` without touching what people wrote in it.

use std::io::Write;
use std::path::Path;

use toml_edit::{DocumentMut, Item, Value};

use super::{FILE, Project, ProjectError};
use crate::error::{Error, Result};

/// Edits `Stack.toml` in a folder. All of it is replaced at once or nothing is, and never by what could not be read
/// again.
pub fn edit(folder: &Path, change: impl FnOnce(&mut DocumentMut)) -> Result<()> {
    let path = folder.join(FILE);
    let text = std::fs::read_to_string(&path).map_err(|source| ProjectError::Read {
        path: path.clone(),
        source,
    })?;
    let mut document: DocumentMut =
        text.parse()
            .map_err(|error: toml_edit::TomlError| ProjectError::Wrong {
                path: path.clone(),
                line: None,
                message: error.to_string(),
            })?;
    change(&mut document);
    let text = document.to_string();
    Project::parse(&text, &path)?;
    replace(&path, &text).map_err(|source| Error::File {
        doing: "write",
        path: path.clone(),
        source,
    })
}

/// Sets one entry, made where it is missing. What stands beside it stays.
pub fn set(document: &mut DocumentMut, keys: &[&str], value: impl Into<Value>) {
    let mut item = document.as_item_mut();
    for key in keys {
        item = &mut item[key];
    }
    let mut value = value.into();
    if let Some(old) = item.as_value() {
        *value.decor_mut() = old.decor().clone();
    }
    *item = Item::Value(value);
}

/// Keeps the file's permissions. A new file takes the old one's place only when it is complete.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let permissions = std::fs::metadata(path)?.permissions();
    let mut file = tempfile::Builder::new()
        .prefix(".Stack.toml-")
        .permissions(permissions)
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
