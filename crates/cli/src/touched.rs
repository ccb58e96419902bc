//! Which stacks the changes of a branch touch.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde::Deserialize;
use tokio::process::Command;

use crate::error::{Error, Result};
use crate::guard;
use crate::project::{FILE, Program, Project};

/// The files that a branch changes, and the repository that they are in.
pub struct Changes {
    root: PathBuf,
    files: Vec<PathBuf>,
    /// What cargo says of a workspace, by the folder it was asked in.
    workspaces: HashMap<PathBuf, Workspace>,
}

/// What `cargo metadata` says.
#[derive(Deserialize)]
struct Workspace {
    packages: Vec<Package>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    path: Option<PathBuf>,
}

impl Changes {
    /// What differs between the working tree and where its branch left another one.
    pub async fn since(reference: &str, folder: &Path) -> Result<Self> {
        let root = git(folder, &["rev-parse", "--show-toplevel"]).await?;
        let root = PathBuf::from(root.trim_end_matches('\n'));
        let diff = ["diff", "--name-only", "--no-renames", "-z", "--merge-base"];
        // Whatever it is, it is no option.
        let diff = [&diff[..], &["--end-of-options", reference, "--"]].concat();
        let files = git(&root, &diff).await?;
        let files = files.split('\0').filter(|file| !file.is_empty());
        Ok(Self {
            files: files.map(|file| root.join(file)).collect(),
            root,
            workspaces: HashMap::new(),
        })
    }

    /// The folders of all stacks of the repository, in the order of their paths.
    pub async fn stacks(&self) -> Result<Vec<PathBuf>> {
        let files = [
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
        ];
        let pattern = format!(":(glob)**/{FILE}");
        let files = git(&self.root, &[&files[..], &[&pattern]].concat()).await?;
        let mut folders: Vec<PathBuf> = files
            .split('\0')
            .filter(|file| !file.is_empty())
            .filter_map(|file| Some(self.root.join(file).parent()?.to_owned()))
            .filter(|folder| folder.join(FILE).is_file())
            .collect();
        folders.sort();
        folders.dedup();
        Ok(folders)
    }

    /// Whether a stack is made of any file that changes: its folder, its policies, what `Stack.toml` names as its sources,
    /// and the packages that its program is built of.
    pub async fn touch(&mut self, project: &Project) -> Result<bool> {
        let mut parts = vec![project.folder.clone()];
        parts.extend(guard::folders(project));
        parts.extend(project.sources.iter().map(|one| project.folder.join(one)));
        if let Program::Cargo(package) = &project.program {
            parts.extend(self.packages(&project.folder, package).await?);
        }
        let parts: Vec<PathBuf> = parts.iter().map(|part| tidied(part)).collect();
        let within = |file: &PathBuf| parts.iter().any(|part| file.starts_with(part));
        Ok(self.files.iter().any(within))
    }

    /// The folders of a package and of all packages beside it that it is built of, and the files of its workspace.
    async fn packages(&mut self, folder: &Path, package: &str) -> Result<Vec<PathBuf>> {
        if !self.workspaces.contains_key(folder) {
            let found = metadata(folder).await?;
            self.workspaces.insert(folder.to_owned(), found);
        }
        let workspace = &self.workspaces[folder];
        let at = |package: &Package| package.manifest_path.parent().map(Path::to_owned);
        let by_folder: HashMap<PathBuf, &Package> = workspace
            .packages
            .iter()
            .filter_map(|package| Some((at(package)?, package)))
            .collect();
        let begin = workspace.packages.iter().find(|one| one.name == package);
        let mut open: Vec<PathBuf> = begin.and_then(at).into_iter().collect();
        let mut found: HashSet<PathBuf> = HashSet::new();
        while let Some(folder) = open.pop() {
            if let Some(package) = by_folder.get(&folder) {
                let beside = package.dependencies.iter();
                let beside = beside.filter_map(|one| one.path.clone());
                open.extend(beside.filter(|one| !found.contains(one)));
            }
            found.insert(folder);
        }
        let root = &workspace.workspace_root;
        let shared = [
            "Cargo.toml",
            "Cargo.lock",
            ".cargo",
            "rust-toolchain.toml",
            "rust-toolchain",
        ];
        found.extend(shared.iter().map(|file| root.join(file)));
        Ok(found.into_iter().collect())
    }
}

/// A path without `.` and `..`, and without links where it exists: as git and cargo name theirs.
fn tidied(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

async fn metadata(folder: &Path) -> Result<Workspace> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1"]);
    let shown = "cargo metadata";
    let text = run(command.current_dir(folder), shown, None).await?;
    serde_json::from_str(&text).map_err(|error| {
        Error::refused(
            format!("{shown} says what is not understood: {error}"),
            "name the folders of the stacks instead of --changed-since",
        )
    })
}

async fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    let shown = format!("git {}", arguments.join(" "));
    let hint =
        "name a branch or commit that is there; in CI, fetch its history too (`fetch-depth: 0`)";
    run(&mut command, &shown, Some(hint)).await
}

/// Runs a program to its end and gives what it prints.
async fn run(command: &mut Command, shown: &str, hint: Option<&str>) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        // What opens the secrets is not for what a branch configures to be run.
        .env_remove("STACK_PASSPHRASE")
        .env_remove("STACK_NEW_PASSPHRASE")
        .kill_on_drop(true)
        .output();
    let hint =
        hint.unwrap_or("mend that, or name the folders of the stacks instead of --changed-since");
    let Output {
        status,
        stdout,
        stderr,
    } = output
        .await
        .map_err(|error| Error::refused(format!("cannot run {shown}: {error}"), hint))?;
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr);
        return Err(Error::refused(format!("{shown}: {}", said.trim()), hint));
    }
    String::from_utf8(stdout)
        .map_err(|_| Error::refused(format!("{shown} names a path that is no UTF-8"), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace of `program`, which is built of `library`, which is built of `below`; and `other`.
    fn workspace(root: &Path) {
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "stacks/Cargo.toml",
            "[workspace]\nmembers = [\"program\", \"other\"]\nresolver = \"3\"\n",
        );
        let packages = [
            (
                "stacks/program",
                "program",
                "library = { path = \"../../library\" }",
            ),
            ("stacks/other", "other", ""),
            ("library", "library", "below = { path = \"../below\" }"),
            ("below", "below", ""),
        ];
        for (folder, name, dependency) in packages {
            let manifest = format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependency}\n"
            );
            write(&format!("{folder}/Cargo.toml"), &manifest);
            write(&format!("{folder}/src/lib.rs"), "");
        }
        let toml = "[stack]\nname = \"program\"\nprogram = { cargo = \"program\" }\n";
        write("stacks/program/Stack.toml", toml);
    }

    #[tokio::test]
    async fn a_program_is_touched_with_what_it_is_built_of() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        workspace(&root);
        let project = Project::find(&root.join("stacks/program")).unwrap();
        for (file, touched) in [
            ("stacks/program/src/lib.rs", true),
            ("stacks/program/Stack.toml", true),
            ("library/src/lib.rs", true),
            ("below/src/gone.rs", true),
            ("stacks/Cargo.lock", true),
            ("stacks/other/src/lib.rs", false),
            ("below-not/src/lib.rs", false),
            ("README.md", false),
        ] {
            let mut changes = Changes {
                root: root.clone(),
                files: vec![root.join(file)],
                workspaces: HashMap::new(),
            };
            assert_eq!(changes.touch(&project).await.unwrap(), touched, "{file}");
        }
    }
}
