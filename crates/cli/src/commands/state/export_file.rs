//! `stack state export-file`.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use stack_engine::document::Document;
use stack_engine::event::Silent;
use stack_engine::{Connections, Session};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::render::style::{count, print, talk};

/// `stack state export-file`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file, which must not exist yet; - writes to standard output
    file: PathBuf,
}

/// Writes what is recorded to a file of JSON, its secrets sealed, for a backup or for an editor.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    let home = super::home(invocation)?;
    let keys = home.reading();
    let session = Session::read(home.with_keys(&Silent, &keys), Connections::new([])).await?;
    let state = session.state();
    if state.header.serial == 0 {
        return Err(super::nothing_recorded());
    }
    if session.is_in_doubt() {
        talk(
            "warning: what an earlier run left in doubt is not in the file; `stack refresh` settles it",
        );
    }
    let document = Document::of(state, session.seal()).map_err(stack_engine::Error::from)?;
    if args.file == Path::new("-") {
        print(&document.text()).map_err(Error::Output)?;
        return Ok(Exit::Done);
    }
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&args.file)
        .and_then(|mut file| {
            file.write_all(document.text().as_bytes())?;
            file.sync_all()
        });
    written.map_err(|source| Error::File {
        doing: "write",
        path: args.file.clone(),
        source,
    })?;
    talk(&format!(
        "{} of state {} are in {}; `stack state import-file` puts them back",
        count(state.resources.len(), "resource"),
        state.header.serial,
        args.file.display()
    ));
    Ok(Exit::Done)
}
