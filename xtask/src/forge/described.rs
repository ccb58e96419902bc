//! What went over the wire, held against GitHub's own descriptions of its APIs.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

use crate::error::{Doing, Result};
use crate::{node, venv};

/// Where the descriptions and what reads them are pinned.
const FOLDER: &str = "tests/forges";

/// What of these exchanges is not as described, line by line.
pub fn violations(exchanges: &[Json]) -> Result<String> {
    let doing = || "hold requests against GitHub's descriptions".to_owned();
    let mut child = Command::new(venv::of(FOLDER)?)
        .arg("-B")
        .arg(crate::root()?.join(FOLDER).join("described.py"))
        .arg(node::ensure(FOLDER)?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .doing(doing)?;
    if let Some(mut stdin) = child.stdin.take() {
        let exchanges = json!(exchanges).to_string();
        stdin.write_all(exchanges.as_bytes()).doing(doing)?;
    }
    let output = child.wait_with_output().doing(doing)?;
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        said.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    Ok(said)
}
