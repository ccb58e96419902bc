//! `stack config`.

use stack_review::redact::redacted;
use toml_edit::Value;

use crate::commands::seal;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::project::{self, FILE};
use crate::render::style::{print, talk};
use crate::render::value;

/// `stack config`.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the configuration as the program gets it; secrets stay hidden
    List,
    /// Set a key in Stack.toml
    Set(Set),
    /// Remove a key from Stack.toml
    Unset(Unset),
}

/// `stack config set`.
#[derive(Debug, clap::Args)]
pub struct Set {
    /// The key; dots lead into tables, as in payment.key
    key: String,
    /// The value: as TOML where it reads as a number, truth value, list, table or quoted text, else a text as it stands
    #[arg(required_unless_present = "secret", conflicts_with = "secret")]
    value: Option<String>,
    /// Ask for the value, or read it from standard input, and seal it
    #[arg(long)]
    secret: bool,
    /// For all environments
    #[arg(long, conflicts_with = "secret")]
    shared: bool,
}

/// `stack config unset`.
#[derive(Debug, clap::Args)]
pub struct Unset {
    /// The key; dots lead into tables
    key: String,
    /// From what all environments share
    #[arg(long)]
    shared: bool,
}

/// Looks at the configuration, or changes it in `Stack.toml`.
pub async fn run(invocation: &Invocation, command: Command) -> Result<Exit> {
    match command {
        Command::List => list(invocation).await,
        Command::Set(args) => set(invocation, args).await,
        Command::Unset(args) => unset(invocation, &args),
    }
}

async fn list(invocation: &Invocation) -> Result<Exit> {
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let config = environment.config.hidden();
    let text = match invocation.is_json()? {
        true => format!("{:#}\n", redacted(&config)),
        false => {
            let line = |(key, one)| format!("{key} = {}\n", value::value(one, 0));
            config.iter().map(line).collect()
        }
    };
    print(&text).map_err(Error::Output)?;
    Ok(Exit::Done)
}

async fn set(invocation: &Invocation, args: Set) -> Result<Exit> {
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let value = match &args.value {
        Some(text) => read(text),
        None => sealed(invocation, &args.key).await?,
    };
    let keys = keys(&args.key, place(args.shared, &environment.name))?;
    project::edit(&project.folder, |document| {
        project::set(document, &keys, value)
    })?;
    talk(&format!("{FILE} has {} now", keys.join(".")));
    Ok(Exit::Done)
}

fn unset(invocation: &Invocation, args: &Unset) -> Result<Exit> {
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let keys = keys(&args.key, place(args.shared, &environment.name))?;
    let mut removed = false;
    project::edit(&project.folder, |document| {
        removed = project::unset(document, &keys);
        Ok(())
    })?;
    if !removed {
        return Err(Error::refused(
            format!("{FILE} has no {}", keys.join(".")),
            "see what there is with `stack config list`; what all environments share needs --shared",
        ));
    }
    talk(&format!("{FILE} has no {} any more", keys.join(".")));
    Ok(Exit::Done)
}

/// Where in `Stack.toml` a key stands.
fn place(shared: bool, environment: &str) -> Vec<&str> {
    match shared {
        true => vec!["config"],
        false => vec!["environments", environment],
    }
}

fn keys<'a>(key: &'a str, mut place: Vec<&'a str>) -> Result<Vec<&'a str>> {
    let parts: Vec<&str> = key.split('.').collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err(Error::usage(
            format!("{key:?} is no key"),
            "write names with dots between them, such as payment.key",
        ));
    }
    place.extend(parts);
    Ok(place)
}

/// A value as people type it. What does not read as TOML is a text.
fn read(text: &str) -> Value {
    text.parse().unwrap_or_else(|_| Value::from(text))
}

/// Asks for a secret, and seals it.
async fn sealed(invocation: &Invocation, key: &str) -> Result<Value> {
    let sealed = seal::sealed(invocation, "config set", &format!("{key}: ")).await?;
    let mut table = toml_edit::InlineTable::new();
    table.insert(project::SEALED, Value::from(sealed));
    Ok(Value::InlineTable(table))
}
