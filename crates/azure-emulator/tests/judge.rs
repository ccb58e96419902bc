//! The judge: Microsoft's own Python SDK, in `tests/judge`. Where it and the emulator disagree, the emulator is wrong.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// The emulator as people run it: the binary. It ends when this is dropped.
struct Emulator {
    endpoint: String,
    child: Child,
}

impl Emulator {
    fn start(arguments: &[&str]) -> Emulator {
        let mut child = Command::new(env!("CARGO_BIN_EXE_azure-emulator"))
            .arg("--until-stdin-closes")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut endpoint = String::new();
        let stdout = child.stdout.take().expect("its output is a pipe");
        BufReader::new(stdout)
            .read_line(&mut endpoint)
            .expect("it prints its URL");
        let endpoint = endpoint.trim().to_owned();
        Emulator { endpoint, child }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Neither can fail in a way that matters: the child is ours, and the end of its stdin ends it too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn python() -> Command {
    let python = xtask::venv::ensure().unwrap_or_else(|error| panic!("{error}: {error:?}"));
    let mut command = Command::new(python);
    command.arg("-B");
    command
}

/// Runs pytest; its output is the failure.
fn judge(emulator: &Emulator, arguments: &[&str], certificate: Option<&Path>) {
    let mut command = python();
    command
        .args(["-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"])
        .args(arguments)
        .current_dir(Path::new(HERE).join("tests/judge"))
        .env("AZURE_EMULATOR", &emulator.endpoint);
    if let Some(certificate) = certificate {
        command.env("AZURE_EMULATOR_CERTIFICATE", certificate);
    }
    let output = command.output().expect("pytest runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains(" passed"), "{said}");
}

#[test]
fn microsofts_own_sdk_finds_no_fault() {
    judge(&Emulator::start(&[]), &[], None);
}

#[test]
fn the_same_over_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let certificate = folder.path().join("certificate.pem");
    let written = certificate.to_str().expect("a path in UTF-8");
    let emulator = Emulator::start(&["--tls", "--certificate", written]);
    assert!(
        emulator.endpoint.starts_with("https://"),
        "{}",
        emulator.endpoint
    );
    // What is special about TLS is the connection and the tokens; one thing of each type shows it.
    let chosen = ["-k", "comes_back or credential"];
    judge(&emulator, &chosen, Some(&certificate));
}

/// The tables are what `schemas/generate.py` makes of the packages that are pinned, and nobody edits them.
#[test]
fn the_tables_are_those_of_the_pinned_packages() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = python()
        .arg(Path::new(HERE).join("schemas/generate.py"))
        .arg(folder.path())
        .output()
        .expect("the generator runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let committed = files(&Path::new(HERE).join("schemas/tables"));
    let generated = files(folder.path());
    let names = |files: &BTreeMap<PathBuf, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&committed), names(&generated));
    for (name, text) in generated {
        assert!(
            committed[&name] == text,
            "{} is not what schemas/generate.py makes; run it",
            name.display()
        );
    }
}

fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().map(PathBuf::from).expect("a name");
            (name, fs::read_to_string(path).expect("a table"))
        })
        .collect()
}

/// What exists outlives the process, when a folder is given.
#[test]
fn what_exists_is_kept_on_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().to_str().expect("a path in UTF-8");
    let names = ["test_kept.py::test_keep", "test_kept.py::test_kept"];
    for name in names {
        let emulator = Emulator::start(&["--state", state]);
        judge(&emulator, &["--kept", name], None);
    }
}
