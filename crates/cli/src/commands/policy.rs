//! `stack policy`.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use stack_policy::{Outcome, Policies, Trial, starter};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::guard;
use crate::invocation::Invocation;
use crate::project::{POLICIES, ProjectError};
use crate::render::style::{ALERT, FAINT, count, paint, print, talk};

/// `stack policy`.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Write a set of policies to begin with, for AWS and Azure
    Init(Init),
    /// Run the tests of policies: rules in *_test.rego whose names begin with test_
    Test(Test),
}

/// `stack policy init`.
#[derive(Debug, clap::Args)]
pub struct Init {
    /// The folder to write into; `policies` beside Stack.toml when not given
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// `stack policy test`.
#[derive(Debug, clap::Args)]
pub struct Test {
    /// The folders of the policies; those that Stack.toml names when not given
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
}

/// Looks after policies.
pub fn run(invocation: &Invocation, command: Command) -> Result<Exit> {
    match command {
        Command::Init(args) => init(invocation, &args),
        Command::Test(args) => test(invocation, &args),
    }
}

fn init(invocation: &Invocation, args: &Init) -> Result<Exit> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => invocation.project()?.folder.join(POLICIES),
    };
    // What a team has made of them is theirs.
    if let Some((name, _)) = starter::FILES
        .iter()
        .find(|(name, _)| folder.join(name).exists())
    {
        return Err(Error::usage(
            format!("{} is there already", folder.join(name).display()),
            "name a folder that does not have it",
        ));
    }
    for (name, text) in starter::FILES {
        write(&folder.join(name), text)?;
    }
    talk(&format!(
        "{} written to {}; `stack policy test` runs their tests, and `stack plan` judges by them",
        count(starter::FILES.len(), "file"),
        folder.display()
    ));
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let written = std::fs::create_dir_all(parent).and_then(|()| std::fs::write(path, text));
    written.map_err(|source| Error::File {
        doing: "write",
        path: path.to_owned(),
        source,
    })
}

fn test(invocation: &Invocation, args: &Test) -> Result<Exit> {
    let is_json = invocation.is_json()?;
    let (folders, settings) = match invocation.project() {
        // Settings may be half of what a policy says.
        Ok(project) => {
            let folders = match args.folders.as_slice() {
                [] => guard::folders(&project),
                given => given.to_vec(),
            };
            (folders, Json::Object(project.policies.settings))
        }
        Err(Error::Project(ProjectError::Missing { .. })) if !args.folders.is_empty() => {
            (args.folders.clone(), json!({}))
        }
        Err(error) => return Err(error),
    };
    if folders.is_empty() {
        return Err(Error::usage(
            "this project has no policies",
            "write some to begin with by `stack policy init`",
        ));
    }
    let trials = Policies::read_with_tests(&folders, &settings)?.tests();
    let failed = trials
        .iter()
        .filter(|trial| trial.outcome != Outcome::Passed);
    let failed = failed.count();
    let text = match is_json {
        true => format!("{:#}\n", json!({"failed": failed, "tests": trials})),
        false => trials.iter().map(shown).collect(),
    };
    print(&text).map_err(Error::Output)?;
    if trials.is_empty() {
        return Err(Error::refused(
            "the policies have no tests",
            "write rules whose names begin with test_ into files whose names end in _test.rego",
        ));
    }
    let passed = trials.len() - failed;
    talk(&format!(
        "{} passed, {failed} failed",
        count(passed, "test")
    ));
    Ok(match failed {
        0 => Exit::Done,
        _ => Exit::Failed,
    })
}

/// A test in lines. Only of one that failed is there more to say.
fn shown(trial: &Trial) -> String {
    let name = trial.name.strip_prefix("data.").unwrap_or(&trial.name);
    let more = match &trial.outcome {
        Outcome::Passed => return format!("pass {name}\n"),
        Outcome::Failed => "it is not true",
        Outcome::Broken(reason) => reason,
    };
    let more = more.lines().chain(trial.printed.iter().map(String::as_str));
    let more: String = more
        .map(|line| format!("     {}\n", paint(FAINT, line)))
        .collect();
    format!("{} {name}\n{more}", paint(ALERT, "FAIL"))
}
