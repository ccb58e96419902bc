//! `Stack.toml`: which program, where its state lives, and what its environments are.

mod config;
mod edit;
mod error;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use stack_backend::Keeper;
use stack_model::Name;
use stack_policy::Exception;
use toml::Spanned;

use crate::expiry::Lifetime;

pub use config::{Config, ConfigError, SEALED, seal};
pub use edit::{edit, set, unset};
pub use error::ProjectError;

/// The file's name.
pub const FILE: &str = "Stack.toml";

/// Where state lives when `Stack.toml` does not say: a folder beside it, which belongs in `.gitignore`.
pub const DEFAULT_BACKEND: &str = "file:.stack/state";

/// Where policies are when `Stack.toml` does not say: a folder beside it.
pub const POLICIES: &str = "policies";

/// The environment of a project that declares none.
pub const DEFAULT_ENVIRONMENT: &str = "dev";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    stack: StackTable,
    #[serde(default)]
    backend: BackendTable,
    #[serde(default)]
    policies: PoliciesTable,
    #[serde(default)]
    sweep: SweepTable,
    #[serde(default)]
    config: toml::Table,
    #[serde(default)]
    environments: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<toml::Value>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StackTable {
    name: Spanned<String>,
    program: Spanned<ProgramTable>,
    #[serde(default)]
    sources: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramTable {
    cargo: Option<String>,
    command: Option<Vec<String>>,
    graph: Option<PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct BackendTable {
    url: Option<String>,
    key_file: Option<PathBuf>,
}

/// Which policies judge a plan, and how.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoliciesTable {
    /// Where they are; [`POLICIES`] where there are rules in such a folder, when not given.
    pub folders: Option<Vec<PathBuf>>,
    /// What they see as `data.settings`.
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// What they find and the team has accepted.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
}

/// What `stack sweep` may look through.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepTable {
    /// The accounts, such as `aws:123456789012`.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// The regions of AWS; the SDK's own when none is named.
    #[serde(default)]
    pub regions: Vec<String>,
}

/// What emits the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A package of the Cargo workspace that the project is in. It is built, and its binary run.
    Cargo(String),
    /// A program and its arguments, run in the project's folder. No shell reads it.
    Command(Vec<String>),
    /// A file that holds the graph.
    Graph(PathBuf),
}

/// What `Stack.toml` says.
#[derive(Debug)]
pub struct Project {
    /// The folder that holds it. Relative paths in it begin here.
    pub folder: PathBuf,
    /// The stack's name.
    pub name: String,
    /// What emits the graph.
    pub program: Program,
    /// What else the program is made of, besides its folder and its packages: what a change has to touch for the stack to
    /// be planned.
    pub sources: Vec<PathBuf>,
    /// Where state lives.
    pub backend: String,
    /// The folder of redacted snapshots that stand for what is in the backend, if they do.
    pub snapshots: Option<PathBuf>,
    /// The file that holds the key, if it says one.
    pub key_file: Option<PathBuf>,
    /// Which policies judge its plans.
    pub policies: PoliciesTable,
    /// What `stack sweep` may look through.
    pub sweep: SweepTable,
    /// What all environments share.
    config: toml::Table,
    environments: BTreeMap<String, EnvironmentTable>,
}

/// What to do when an apply fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum OnFailure {
    /// Keep what is done; the next apply goes on with the rest
    #[default]
    Stop,
    /// Put back what this run changed
    Rollback,
}

#[derive(Debug, Default)]
struct EnvironmentTable {
    production: bool,
    on_failure: OnFailure,
    expires_in: Option<Lifetime>,
    sealed_by: Option<Keeper>,
    accounts: Vec<String>,
    config: toml::Table,
}

/// One environment, with its configuration laid over what all share.
#[derive(Debug)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Whether teardown and sweep must never touch it.
    pub production: bool,
    /// What to do when an apply fails, unless the command line says it.
    pub on_failure: OnFailure,
    /// For how long it is to live after an apply, if it says so.
    pub expires_in: Option<Lifetime>,
    /// What keeps the key to its secrets, if it says so.
    pub sealed_by: Option<Keeper>,
    /// The accounts that it may touch. Any when empty.
    pub accounts: Vec<String>,
    /// Its configuration.
    pub config: Config,
}

impl Project {
    /// Finds `Stack.toml` in a folder or the nearest one above it, and reads it.
    pub fn find(from: &Path) -> Result<Self, ProjectError> {
        let from = from.canonicalize().map_err(|source| ProjectError::Read {
            path: from.to_owned(),
            source,
        })?;
        let path = from
            .ancestors()
            .map(|folder| folder.join(FILE))
            .find(|path| path.is_file());
        let path = path.ok_or(ProjectError::Missing { folder: from })?;
        let text = std::fs::read_to_string(&path).map_err(|source| ProjectError::Read {
            path: path.clone(),
            source,
        })?;
        Self::parse(&text, &path)
    }

    /// Reads the text of a `Stack.toml` that stands at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ProjectError> {
        let at = |span: std::ops::Range<usize>| error::line_of(text, span.start);
        let wrong = |line: Option<usize>, message: String| ProjectError::Wrong {
            path: path.to_owned(),
            line,
            message,
        };
        let file: File = toml::from_str(text)
            .map_err(|error| wrong(error.span().map(at), error::message(text, &error)))?;
        let name_line = at(file.stack.name.span());
        let name = file.stack.name.into_inner();
        name.parse::<Name>()
            .map_err(|error| wrong(Some(name_line), format!("stack.name: {error}")))?;
        let program_line = at(file.stack.program.span());
        let program = program(file.stack.program.into_inner())
            .map_err(|message| wrong(Some(program_line), message))?;
        let mut environments = BTreeMap::new();
        for (key, table) in file.environments {
            let line = at(key.span());
            let key = key.into_inner();
            key.parse::<Name>()
                .map_err(|error| wrong(Some(line), format!("environments.{key}: {error}")))?;
            let mut environment = EnvironmentTable::default();
            for (field, value) in table {
                let line = at(field.span());
                environment
                    .set(field.into_inner(), value.into_inner())
                    .map_err(|message| {
                        wrong(Some(line), format!("environments.{key}.{message}"))
                    })?;
            }
            if environment.production && matches!(environment.expires_in, Some(Lifetime::For(_))) {
                let message = "is production, which never expires, and has expires_in";
                return Err(wrong(Some(line), format!("environments.{key} {message}")));
            }
            environments.insert(key, environment);
        }
        Ok(Self {
            folder: path.parent().unwrap_or(Path::new(".")).to_owned(),
            name,
            program,
            sources: file.stack.sources,
            backend: file.backend.url.unwrap_or_else(|| DEFAULT_BACKEND.into()),
            snapshots: None,
            key_file: file.backend.key_file,
            policies: file.policies,
            sweep: file.sweep,
            config: file.config,
            environments,
        })
    }

    /// The same, with redacted snapshots in the place of what is in the backend, if a folder has some.
    #[must_use]
    pub fn reading(self, snapshots: Option<PathBuf>) -> Self {
        Self { snapshots, ..self }
    }

    /// The names of all environments.
    pub fn names(&self) -> Vec<String> {
        match self.environments.is_empty() {
            true => vec![DEFAULT_ENVIRONMENT.to_owned()],
            false => self.environments.keys().cloned().collect(),
        }
    }

    /// The environment that was asked for; else the only one; else `dev`.
    pub fn environment(&self, asked: Option<&str>) -> Result<Environment, ProjectError> {
        let name = match asked {
            Some(name) => name,
            None => match self.environments.keys().collect::<Vec<_>>()[..] {
                [only] => only,
                _ => DEFAULT_ENVIRONMENT,
            },
        };
        let nothing = EnvironmentTable::default();
        let table = match self.environments.get(name) {
            Some(table) => table,
            None if self.environments.is_empty() && name == DEFAULT_ENVIRONMENT => &nothing,
            None => {
                return Err(ProjectError::NoEnvironment {
                    name: name.to_owned(),
                    path: self.folder.join(FILE),
                    asked: asked.is_some(),
                    known: self.environments.keys().cloned().collect(),
                });
            }
        };
        let config =
            Config::layered(&self.config, &table.config).map_err(|error| ProjectError::Wrong {
                path: self.folder.join(FILE),
                line: None,
                message: format!("environments.{name}: {error}"),
            })?;
        Ok(Environment {
            name: name.to_owned(),
            production: table.production,
            on_failure: table.on_failure,
            expires_in: table.expires_in,
            sealed_by: table.sealed_by.clone(),
            accounts: table.accounts.clone(),
            config,
        })
    }
}

impl EnvironmentTable {
    /// Sets one entry: a reserved key, or configuration.
    fn set(&mut self, key: String, value: toml::Value) -> Result<(), String> {
        match key.as_str() {
            "production" => {
                self.production = value
                    .as_bool()
                    .ok_or_else(|| format!("production must be true or false, and is {value}"))?;
            }
            "on_failure" => {
                self.on_failure = match value.as_str() {
                    Some("stop") => OnFailure::Stop,
                    Some("rollback") => OnFailure::Rollback,
                    _ => {
                        return Err(format!(
                            "on_failure must be \"stop\" or \"rollback\", and is {value}"
                        ));
                    }
                };
            }
            "expires_in" => {
                let lifetime = value.as_str().unwrap_or_default().parse();
                let lifetime = lifetime.map_err(|error| format!("expires_in is {value}: {error}"));
                self.expires_in = Some(lifetime?);
            }
            "sealed_by" => {
                let keeper = value.as_str().unwrap_or_default().parse::<Keeper>();
                let keeper = keeper.map_err(|error| format!("sealed_by is {value}: {error}"));
                self.sealed_by = Some(keeper?);
            }
            "accounts" => {
                self.accounts = accounts(&value).ok_or_else(|| {
                    "accounts must be a list of texts such as \"aws:123456789012\"".to_owned()
                })?;
            }
            _ => drop(self.config.insert(key, value)),
        }
        Ok(())
    }
}

fn accounts(value: &toml::Value) -> Option<Vec<String>> {
    let account = |value: &toml::Value| {
        let (cloud, number) = value.as_str()?.split_once(':')?;
        (!cloud.is_empty() && !number.is_empty()).then(|| format!("{cloud}:{number}"))
    };
    value.as_array()?.iter().map(account).collect()
}

fn program(table: ProgramTable) -> Result<Program, String> {
    match table {
        ProgramTable {
            cargo: Some(package),
            command: None,
            graph: None,
        } => Ok(Program::Cargo(package)),
        ProgramTable {
            cargo: None,
            command: Some(command),
            graph: None,
        } => {
            if command.first().is_none_or(String::is_empty) {
                return Err("stack.program.command must name a program first".into());
            }
            Ok(Program::Command(command))
        }
        ProgramTable {
            cargo: None,
            command: None,
            graph: Some(path),
        } => Ok(Program::Graph(path)),
        _ => Err(
            "stack.program must be one of { cargo = \"package\" }, { command = [\"program\", …] } \
             and { graph = \"file.json\" }"
                .into(),
        ),
    }
}

#[cfg(test)]
mod tests;
