//! The AWS starter in a folder of its own, on an emulator, in an account of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Doing, Error, Result};
use crate::{account, binary, emulator, venv};

/// The starter's environment for emulators.
pub const ENVIRONMENT: &str = "local";

/// The starter's project, with its state and its key beside it.
#[derive(Debug)]
pub struct Starter {
    stack: PathBuf,
    program: PathBuf,
    folder: tempfile::TempDir,
    endpoint: String,
    account: String,
}

impl Starter {
    /// Builds the starter's program and writes the project. `stack` is the binary to run.
    pub fn new(stack: PathBuf, endpoint: &str) -> Result<Self> {
        let starter = Self {
            stack,
            program: binary::program("aws-starter")?,
            folder: tempfile::tempdir().doing(|| "create a folder".to_owned())?,
            endpoint: endpoint.to_owned(),
            account: account::fresh(),
        };
        starter.configure(&[])?;
        Ok(starter)
    }

    /// The account that it is in.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The project's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the project's file: the starter's own, with some settings of the environment changed, by dotted paths.
    pub fn configure(&self, changes: &[(&str, toml::Value)]) -> Result<()> {
        let file = crate::root()?.join("stacks/aws-starter/Stack.toml");
        let text = std::fs::read_to_string(&file).doing(|| format!("read {}", file.display()))?;
        let project: std::result::Result<toml::Table, _> = text.parse();
        let mut project =
            project.map_err(|error| Error::NotAProject(file.clone(), Box::new(error)))?;
        let program = self.program.to_string_lossy().into_owned();
        let program = toml::Table::from_iter([("command".to_owned(), vec![program].into())]);
        put(&mut project, "stack.program", program.into());
        put(&mut project, "backend.url", "file:state".into());
        for (path, value) in changes {
            let path = format!("environments.{ENVIRONMENT}.{path}");
            put(&mut project, &path, value.clone());
        }
        let text = toml::to_string(&project)
            .map_err(|error| Error::NotAProject(file.clone(), Box::new(error)))?;
        let file = self.folder().join("Stack.toml");
        std::fs::write(&file, text).doing(|| format!("write {}", file.display()))
    }

    /// The tool on the project.
    pub fn stack(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.stack);
        command.arg("-C").arg(self.folder());
        command.args(["-e", ENVIRONMENT]).args(arguments);
        command.env("STACK_KEY_FILE", self.folder().join("key"));
        self.surround(&mut command);
        command
    }

    /// Prints what is left in the account, as boto3 sees it; fails when there is anything.
    pub fn left(&self) -> Result<Command> {
        let mut command = Command::new(venv::ensure()?);
        command.arg(crate::root()?.join("tests/emulators/left.py"));
        self.surround(&mut command);
        Ok(command)
    }

    /// Lets the emulator refuse the `number`th write in the account from now on.
    pub fn refuse(&self, number: u32) -> Result<()> {
        emulator::ask(&self.endpoint, &format!("refuse/{}/{number}", self.account)).map(drop)
    }

    /// Which operation was refused; none if there were not as many writes.
    pub fn refused(&self) -> Result<Option<String>> {
        let told = emulator::ask(&self.endpoint, &format!("refused/{}", self.account))?;
        let told: std::result::Result<Option<String>, _> = serde_json::from_str(&told);
        told.map_err(std::io::Error::from)
            .doing(|| "read what was refused".to_owned())
    }

    /// What the SDK of AWS reads, here and nowhere else.
    pub fn surround(&self, command: &mut Command) {
        command
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", "eu-west-3")
            // What boto3 reads instead.
            .env("AWS_DEFAULT_REGION", "eu-west-3")
            .env("AWS_ACCESS_KEY_ID", &self.account)
            .env("AWS_SECRET_ACCESS_KEY", "starter")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN");
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
