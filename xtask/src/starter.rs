//! A starter in a folder of its own, on an emulator, in an account of its own.
//!
//! - [`aws`]: what is AWS about it.
//! - [`azure`]: what is Azure about it.

mod aws;
mod azure;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::azure::LocalAzure;
use crate::binary;
use crate::error::{Doing, Error, Result};

/// The starters' environment for emulators.
pub const ENVIRONMENT: &str = "local";

/// A starter's project, with its state and its key beside it.
pub struct Starter {
    stack: PathBuf,
    name: &'static str,
    program: PathBuf,
    folder: tempfile::TempDir,
    ground: Box<dyn Ground>,
}

/// What a starter stands on: an account at an emulator.
trait Ground {
    /// The account or subscription.
    fn account(&self) -> &str;

    /// Tells a command where the cloud is, and as whom.
    fn surround(&self, command: &mut Command);

    /// A command that prints what is left in the account, as the cloud's own SDK sees it, and fails when there is
    /// anything.
    fn left(&self) -> Result<Command>;

    /// Everything in the account, one line an object, by the most complete account of it that there is.
    fn objects(&self) -> Result<Vec<String>>;

    /// Lets the emulator refuse the `number`th write from now on; 0 for none.
    fn refuse(&self, number: u32) -> Result<()>;

    /// Which operation was refused; none if there were not as many writes.
    fn refused(&self) -> Result<Option<String>>;
}

impl Starter {
    /// The AWS starter. `stack` is the binary to run; `endpoint` an emulator of AWS.
    pub fn aws(stack: PathBuf, endpoint: &str) -> Result<Self> {
        Self::on(stack, "aws-starter", Box::new(aws::Account::new(endpoint)))
    }

    /// The Azure starter, on a local Azure.
    pub fn azure(stack: PathBuf, azure: &Arc<LocalAzure>) -> Result<Self> {
        Self::on(stack, "azure-starter", Box::new(azure::Account::new(azure)))
    }

    /// Builds the starter's program and writes the project.
    fn on(stack: PathBuf, name: &'static str, ground: Box<dyn Ground>) -> Result<Self> {
        let starter = Self {
            stack,
            name,
            program: binary::program(name)?,
            folder: tempfile::tempdir().doing(|| "create a folder".to_owned())?,
            ground,
        };
        starter.configure(&[])?;
        Ok(starter)
    }

    /// The account or subscription that it is in.
    pub fn account(&self) -> &str {
        self.ground.account()
    }

    /// The project's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the project's file: the starter's own, with some settings of the environment changed, by dotted paths.
    pub fn configure(&self, changes: &[(&str, toml::Value)]) -> Result<()> {
        let file = crate::root()?.join(format!("stacks/{}/Stack.toml", self.name));
        let text = std::fs::read_to_string(&file).doing(|| format!("read {}", file.display()))?;
        let project: std::result::Result<toml::Table, _> = text.parse();
        let mut project =
            project.map_err(|error| Error::NotAProject(file.clone(), Box::new(error)))?;
        let program = self.program.to_string_lossy().into_owned();
        let program = toml::Table::from_iter([("command".to_owned(), vec![program].into())]);
        put(&mut project, "stack.program", program.into());
        put(&mut project, "backend.url", "file:state".into());
        let policies = crate::root()?.join("policies");
        let policies = policies.to_string_lossy().into_owned();
        put(&mut project, "policies.folders", vec![policies].into());
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
        self.ground.surround(&mut command);
        command
    }

    /// Prints what is left in the account, as the cloud's own SDK for Python sees it; fails when there is anything.
    pub fn left(&self) -> Result<Command> {
        self.ground.left()
    }

    /// Everything in the account, one line an object.
    pub fn objects(&self) -> Result<Vec<String>> {
        self.ground.objects()
    }

    /// Lets the emulator refuse the `number`th write in the account from now on; 0 for none.
    pub fn refuse(&self, number: u32) -> Result<()> {
        self.ground.refuse(number)
    }

    /// Which operation was refused; none if there were not as many writes.
    pub fn refused(&self) -> Result<Option<String>> {
        self.ground.refused()
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
