//! What was asked for, in a file or on standard output.

use std::path::Path;

use super::style::{print, talk};
use crate::error::{Error, Result};

/// Writes text to a file, or to standard output. A file has no colours.
pub fn put(text: &str, file: Option<&Path>) -> Result<()> {
    let Some(path) = file else {
        return print(text).map_err(Error::Output);
    };
    let plain = anstream::adapter::strip_str(text).to_string();
    std::fs::write(path, plain).map_err(|source| Error::File {
        doing: "write",
        path: path.to_owned(),
        source,
    })?;
    talk(&format!("written to {}", path.display()));
    Ok(())
}
