//! A plan in a file: what it was made from, sealed, and what it showed.
//!
//! The file is JSON. Its outside says which state it belongs to and what its key is; its inside is sealed as a whole,
//! because a graph may hold secrets. The inside names the outside, so that neither can be exchanged.

use std::fmt::Display;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use stack_engine::state::Header;
use stack_engine::{Keys, Plan, Seal, Wishes};
use stack_model::{Graph, Map, Urn};

use crate::error::{Error, Result};

/// The version of the format.
pub const FORMAT: u32 = 1;

/// The state that a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub environment: String,
    /// The state's lineage; the one it will be born with, where there is none yet.
    pub lineage: String,
    /// The newest commit; 0 where there is none yet.
    pub serial: u64,
    /// The newest run in it.
    pub epoch: u64,
}

impl From<&Header> for Base {
    fn from(header: &Header) -> Self {
        Self {
            stack: header.stack.clone(),
            environment: header.environment.clone(),
            lineage: header.lineage.clone(),
            serial: header.serial,
            epoch: header.epoch,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    release: String,
    #[serde(flatten)]
    base: Base,
    sealing: Json,
    body: String,
}

#[derive(Serialize, Deserialize)]
struct Body {
    base: Base,
    graph: Json,
    config: Map,
    targets: Vec<Urn>,
    replace: Vec<Urn>,
    touched: Vec<Urn>,
    digest: String,
    shown: String,
}

/// Everything needed to make the same plan again.
#[derive(Debug)]
pub struct Saved {
    /// The state that it was made from.
    pub base: Base,
    /// What the program declared.
    pub graph: Graph,
    /// The configuration, opened.
    pub config: Map,
    /// What the person asked for besides.
    pub wishes: Wishes,
    /// The resources that it changes.
    pub touched: Vec<Urn>,
    /// The digest of all that it would do, secrets included.
    pub digest: String,
    /// The digest of the changes as people saw them: that of a preview.
    pub shown: String,
}

impl Saved {
    /// A plan of what people were shown with the digest `shown`.
    pub fn of(
        base: Base,
        plan: &Plan,
        shown: String,
        graph: Graph,
        config: Map,
        wishes: Wishes,
    ) -> Self {
        let touched = plan.changes.iter().map(|change| change.urn.clone());
        Self {
            base,
            digest: digest(plan),
            shown,
            touched: touched.collect(),
            graph,
            config,
            wishes,
        }
    }
}

/// The digest of what a plan shows: its changes and outputs, in any order of the outputs.
pub fn digest(plan: &Plan) -> String {
    let mut outputs: Vec<_> = plan.outputs.iter().collect();
    outputs.sort_by(|one, other| one.name.cmp(&other.name));
    let shown = serde_json::json!([plan.changes, outputs]).to_string();
    hex::encode(Sha256::digest(shown.as_bytes()))
}

/// Writes a saved plan.
pub fn write(path: &Path, saved: &Saved, seal: &dyn Seal) -> Result<()> {
    let sorted = |urns: &std::collections::HashSet<Urn>| {
        let mut urns: Vec<Urn> = urns.iter().cloned().collect();
        urns.sort();
        urns
    };
    let unwritable = |source: std::io::Error| Error::File {
        doing: "write",
        path: path.to_owned(),
        source,
    };
    let json = |error: serde_json::Error| unwritable(error.into());
    let body = Body {
        base: saved.base.clone(),
        graph: serde_json::to_value(&saved.graph).map_err(json)?,
        config: saved.config.clone(),
        targets: sorted(&saved.wishes.targets),
        replace: sorted(&saved.wishes.replace),
        touched: saved.touched.clone(),
        digest: saved.digest.clone(),
        shown: saved.shown.clone(),
    };
    let body = serde_json::to_vec(&body).map_err(json)?;
    let file = File {
        format: FORMAT,
        release: env!("CARGO_PKG_VERSION").into(),
        base: saved.base.clone(),
        sealing: seal.header(),
        body: seal.seal(&body).map_err(stack_engine::Error::from)?,
    };
    let mut text = serde_json::to_vec_pretty(&file).map_err(json)?;
    text.push(b'\n');
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(&text))
        .map_err(unwritable)
}

/// What a saved plan says on its outside.
pub struct Sealed(File);

impl Sealed {
    /// Reads the outside of a saved plan from its bytes. `shown` is what messages call it.
    pub fn parse(bytes: &[u8], shown: impl Display) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let hint = "make it with `stack plan --out FILE`";
        match serde_json::from_slice::<Version>(bytes) {
            Ok(Version { format }) if format > FORMAT => {
                return Err(Error::refused(
                    format!(
                        "{shown} is a plan of format {format}, and this release of stack reads up to {FORMAT}"
                    ),
                    "use the release of stack that made it",
                ));
            }
            _ => {}
        }
        serde_json::from_slice(bytes)
            .map(Self)
            .map_err(|error| Error::refused(format!("{shown} is not a saved plan: {error}"), hint))
    }

    /// The state that it was made from.
    pub fn base(&self) -> &Base {
        &self.0.base
    }
}

/// Reads the outside of a saved plan.
pub fn read(path: &Path) -> Result<Sealed> {
    let bytes = std::fs::read(path).map_err(|source| Error::File {
        doing: "read",
        path: path.to_owned(),
        source,
    })?;
    Sealed::parse(&bytes, path.display())
}

/// Opens a saved plan with the key that it was sealed with.
pub async fn open(sealed: Sealed, keys: &dyn Keys) -> Result<Saved> {
    let Sealed(file) = sealed;
    let damaged = |reason: String| {
        Error::refused(format!("the saved plan is damaged: {reason}"), "plan again")
    };
    let seal = keys
        .open(&file.base.lineage, &file.sealing)
        .await
        .map_err(stack_engine::Error::from)?;
    let plain = seal
        .open(&file.body)
        .map_err(|error| damaged(error.to_string()))?;
    let body: Body = serde_json::from_slice(&plain).map_err(|error| damaged(error.to_string()))?;
    if body.base != file.base {
        return Err(damaged("its outside belongs to another plan".into()));
    }
    let graph = body.graph.to_string();
    let graph = Graph::parse(graph.as_bytes()).map_err(stack_engine::Error::Problems)?;
    Ok(Saved {
        base: body.base,
        graph,
        config: body.config,
        wishes: Wishes {
            targets: body.targets.into_iter().collect(),
            replace: body.replace.into_iter().collect(),
        },
        touched: body.touched,
        digest: body.digest,
        shown: body.shown,
    })
}

#[cfg(test)]
mod tests;
