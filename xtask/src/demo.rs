//! `cargo xtask demo`: the AWS starter's whole life on an emulator, as a user would see it.

use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::account;
use xtask::emulator::{Emulator, Kind};
use xtask::venv;

use crate::binary;
use crate::step::{Outcome, step, succeed};

/// The starter, in a folder of its own, on an emulator.
struct Scene {
    stack: PathBuf,
    program: PathBuf,
    folder: tempfile::TempDir,
    emulator: Emulator,
    account: String,
}

pub fn run() -> Outcome {
    let scene = Scene::set()?;
    scene.configure(&[])?;
    scene.stack("what would be made", &["plan"])?;
    scene.stack("it is made", &["apply", "--yes"])?;
    scene.stack("a second plan", &["plan", "--exit-code"])?;
    scene.stack("what the application needs to know", &["output"])?;
    // One line of configuration: the web app gets a second replica.
    scene.configure(&[("app.web.replicas", toml::Value::Integer(2))])?;
    scene.stack("one change", &["apply", "--yes"])?;
    scene.stack("everything is deleted", &["destroy", "--yes"])?;
    step("what is left, as boto3 sees it", || scene.nothing_is_left())
}

impl Scene {
    fn set() -> Outcome<Self> {
        let root = xtask::root()?;
        let stack = step("the binary `stack`", || binary::stack(binary::Profile::Dev))?;
        let program = step("the starter's program", || binary::program("aws-starter"))?;
        step("Python environment", || Ok(venv::ensure()?))?;
        let emulator = step("an emulator of AWS", || {
            Ok(Emulator::start(Kind::Ministack)?)
        })?;
        let folder = tempfile::tempdir()?;
        std::fs::copy(
            root.join("stacks/aws-starter/Stack.toml"),
            folder.path().join("Starter.toml"),
        )?;
        Ok(Self {
            stack,
            program,
            folder,
            emulator,
            account: account::fresh(),
        })
    }

    /// Writes the project's file: the starter's own, with its state beside it and some settings changed.
    fn configure(&self, changes: &[(&str, toml::Value)]) -> Outcome {
        let text = std::fs::read_to_string(self.path("Starter.toml"))?;
        let mut project: toml::Table = text.parse()?;
        let program = self.program.to_string_lossy().into_owned();
        put(
            &mut project,
            "stack.program",
            toml::toml! { command = [] }.into(),
        );
        put(
            &mut project,
            "stack.program.command",
            toml::Value::Array(vec![program.into()]),
        );
        put(&mut project, "backend.url", "file:state".into());
        for (path, value) in changes {
            put(
                &mut project,
                &format!("environments.local.{path}"),
                value.clone(),
            );
        }
        Ok(std::fs::write(
            self.path("Stack.toml"),
            toml::to_string(&project)?,
        )?)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn stack(&self, what: &str, arguments: &[&str]) -> Outcome {
        step(&format!("{what}: stack {}", arguments.join(" ")), || {
            let mut command = Command::new(&self.stack);
            command
                .arg("-C")
                .arg(self.folder.path())
                .args(["-e", "local"])
                .args(arguments);
            self.surround(&mut command);
            succeed(&mut command)
        })
    }

    /// What the SDK of AWS reads, here and nowhere else.
    fn surround(&self, command: &mut Command) {
        command
            .env("AWS_ENDPOINT_URL", self.emulator.endpoint())
            .env("AWS_REGION", "eu-west-3")
            .env("AWS_ACCESS_KEY_ID", &self.account)
            .env("AWS_SECRET_ACCESS_KEY", "demo")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
            .env("STACK_KEY_FILE", self.path("key"));
    }

    fn nothing_is_left(&self) -> Outcome {
        let script: &Path = Path::new("tests/emulators/left.py");
        let mut command = Command::new(venv::ensure()?);
        command.arg(xtask::root()?.join(script));
        self.surround(&mut command);
        succeed(&mut command)
    }
}

/// Sets a value at a dotted path, making tables on the way.
fn put(table: &mut toml::Table, path: &str, value: toml::Value) {
    match path.split_once('.') {
        None => drop(table.insert(path.to_owned(), value)),
        Some((first, rest)) => {
            let inner = table
                .entry(first)
                .or_insert_with(|| toml::Table::new().into());
            if let toml::Value::Table(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
