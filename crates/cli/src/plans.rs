//! Saved plans in a folder: what a preview saves, and an apply carries out once it is approved.
//!
//! ```text
//! plans/
//!   plans.json           which there are, in the order in which they are to be applied
//!   1.network.prod.plan  sealed with the environment's own key
//! ```

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use stack_engine::Seal;

use crate::error::{Error, Result};
use crate::project::{Environment, Project};
use crate::saved::{self, Saved};

/// The version of the list.
const FORMAT: u32 = 1;

/// The list's name.
const LIST: &str = "plans.json";

#[derive(Serialize, Deserialize)]
struct List {
    format: u32,
    plans: Vec<Entry>,
}

/// One plan.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The project's folder, from where the preview began.
    pub folder: PathBuf,
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub environment: String,
    /// The file, in the same folder as the list.
    pub file: PathBuf,
    /// The digest of the changes that it shows.
    pub digest: String,
}

/// The list in a folder.
pub fn read(folder: &Path) -> Result<Vec<Entry>> {
    let path = folder.join(LIST);
    let text = std::fs::read(&path).map_err(|source| Error::File {
        doing: "read",
        path: path.clone(),
        source,
    })?;
    let hint = "make it with `stack preview --save DIR`";
    let wrong = |why: String| Error::refused(format!("{}: {why}", path.display()), hint);
    let list: List = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    match list.format {
        FORMAT => Ok(list.plans),
        format => Err(wrong(format!("format {format} is not known"))),
    }
}

/// A folder that plans are written into.
pub struct Writer<'a> {
    folder: &'a Path,
    /// Where the preview began.
    here: PathBuf,
    plans: Vec<Entry>,
}

impl<'a> Writer<'a> {
    /// Makes the folder. One that has something in it is refused: what is applied from it must be of one preview.
    pub fn into(folder: &'a Path, here: &Path) -> Result<Self> {
        let wrong = |doing| {
            move |source| Error::File {
                doing,
                path: folder.to_owned(),
                source,
            }
        };
        std::fs::create_dir_all(folder).map_err(wrong("write"))?;
        let mut entries = std::fs::read_dir(folder).map_err(wrong("read"))?;
        if entries.next().is_some() {
            return Err(Error::usage(
                format!("{} is not empty", folder.display()),
                "name a folder that is not there yet",
            ));
        }
        Ok(Self {
            folder,
            here: here.canonicalize().map_err(wrong("read"))?,
            plans: Vec::new(),
        })
    }

    /// Adds a plan.
    pub fn add(
        &mut self,
        project: &Project,
        environment: &Environment,
        plan: &Saved,
        seal: &dyn Seal,
    ) -> Result<()> {
        // Two folders may have stacks of one name.
        let number = self.plans.len() + 1;
        let file = format!("{number}.{}.{}.plan", project.name, environment.name);
        let file = PathBuf::from(file);
        saved::write(&self.folder.join(&file), plan, seal)?;
        let folder = project.folder.strip_prefix(&self.here);
        let folder = match folder.unwrap_or(&project.folder) {
            here if here.as_os_str().is_empty() => Path::new("."),
            folder => folder,
        };
        self.plans.push(Entry {
            folder: folder.to_owned(),
            stack: project.name.clone(),
            environment: environment.name.clone(),
            file,
            digest: plan.shown.clone(),
        });
        Ok(())
    }

    /// Writes the list.
    pub fn end(self) -> Result<()> {
        let path = self.folder.join(LIST);
        let list = List {
            format: FORMAT,
            plans: self.plans,
        };
        let text = format!("{:#}\n", serde_json::json!(list));
        std::fs::write(&path, text).map_err(|source| Error::File {
            doing: "write",
            path,
            source,
        })
    }
}
