//! Changes `Stack.toml` without touching what people wrote in it.

use std::io::Write;
use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::{FILE, Project, ProjectError};
use crate::error::{Error, Result};

/// Edits `Stack.toml` in a folder. All of it is replaced at once or nothing is, and never by what could not be read
/// again.
pub fn edit(folder: &Path, change: impl FnOnce(&mut DocumentMut) -> Result<()>) -> Result<()> {
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
    change(&mut document)?;
    let text = document.to_string();
    Project::parse(&text, &path)?;
    replace(&path, &text).map_err(|source| Error::File {
        doing: "write",
        path: path.clone(),
        source,
    })
}

/// Sets one entry, in tables that are made where they are missing. What stands beside it stays.
pub fn set(document: &mut DocumentMut, keys: &[&str], value: impl Into<Value>) -> Result<()> {
    let Some((last, tables)) = keys.split_last() else {
        return Ok(());
    };
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for (depth, key) in tables.iter().enumerate() {
        let new = || {
            let mut new = Table::new();
            new.set_implicit(true);
            Item::Table(new)
        };
        let item = table.entry(key).or_insert_with(new);
        table = item.as_table_like_mut().ok_or_else(|| {
            Error::refused(
                format!("{} is no table", keys[..=depth].join(".")),
                format!("remove it from {FILE} first"),
            )
        })?;
    }
    let mut value = value.into();
    match table.get_mut(last) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        Some(item) => *item = Item::Value(value),
        None => drop(table.insert(last, Item::Value(value))),
    }
    Ok(())
}

/// Removes one entry. Whether it was there.
pub fn unset(document: &mut DocumentMut, keys: &[&str]) -> bool {
    let Some((last, tables)) = keys.split_last() else {
        return false;
    };
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for key in tables {
        let Some(next) = table.get_mut(key).and_then(Item::as_table_like_mut) else {
            return false;
        };
        table = next;
    }
    table.remove(last).is_some()
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
