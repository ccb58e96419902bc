//! Builds a program with cargo.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use tokio::process::Command;

use super::error::ProgramError;

/// One line of what `cargo build --message-format=json` prints. All but artifacts of binaries is left aside.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Builds a package and gives its binary. What the compiler says goes to standard error as it is.
pub(super) async fn build(package: &str, folder: &Path) -> Result<PathBuf, ProgramError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let child = Command::new(&cargo)
        .args([
            "build",
            "--quiet",
            "--message-format=json-render-diagnostics",
        ])
        .args(["--package", package])
        .current_dir(folder)
        // What opens the secrets is not for build scripts to know.
        .env_remove("STACK_PASSPHRASE")
        .env_remove("STACK_NEW_PASSPHRASE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| ProgramError::Start {
            program: cargo.to_string_lossy().into_owned(),
            source,
        })?;
    let output = child
        .wait_with_output()
        .await
        .map_err(|source| ProgramError::Pipe {
            program: "cargo".into(),
            source,
        })?;
    if !output.status.success() {
        return Err(ProgramError::Compile {
            package: package.to_owned(),
        });
    }
    let mut found = binaries(&output.stdout);
    match found.len() {
        1 => Ok(found.remove(0).1),
        _ => Err(ProgramError::Binaries {
            package: package.to_owned(),
            found: found.into_iter().map(|(name, _)| name).collect(),
        }),
    }
}

/// The binaries among the artifacts. Dependencies have none that cargo would build here.
fn binaries(stdout: &[u8]) -> Vec<(String, PathBuf)> {
    stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .filter_map(|message| {
            let target = message.target?;
            let is_binary = target.kind.iter().any(|kind| kind == "bin");
            is_binary.then_some((target.name, message.executable?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_is_told_from_libraries_and_build_scripts() {
        let stdout = br#"{"reason":"compiler-artifact","target":{"name":"serde","kind":["lib"]},"executable":null}
{"reason":"compiler-artifact","target":{"name":"build-script-build","kind":["custom-build"]},"executable":"/t/build"}
{"reason":"compiler-artifact","target":{"name":"shop","kind":["bin"]},"executable":"/t/debug/shop"}
{"reason":"build-finished","success":true}
"#;
        let expected = vec![("shop".to_owned(), PathBuf::from("/t/debug/shop"))];
        assert_eq!(binaries(stdout), expected);
    }
}
