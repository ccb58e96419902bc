//! Several stacks that are worked on together: their names, and what came of them.

use serde_json::json;

use super::error;
use super::events::{self, VERSION};
use super::style::{BOLD, count, paint, print};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::project::{Environment, Project};
use crate::stacks::Place;

/// What came of one of them.
#[derive(Debug)]
pub enum Ended {
    /// It came to its end, with this code. What failed has been said.
    Exit(Exit),
    /// It could not be begun, or not go on.
    Failed(Error),
    /// It was not begun, because this one did not come to its end.
    Hindered(String),
}

impl Ended {
    /// What came of it.
    pub fn of(done: Result<Exit>) -> Self {
        match done {
            Ok(exit) => Self::Exit(exit),
            Err(error) => Self::Failed(error),
        }
    }

    /// Whether all was done.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Exit(Exit::Done))
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Exit(exit) => *exit,
            Self::Failed(error) => error.exit(),
            Self::Hindered(_) => Exit::Failed,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Exit(Exit::Done) => "done".into(),
            Self::Exit(Exit::Cancelled) => "stopped".into(),
            Self::Exit(_) => "not all is done, as said above".into(),
            Self::Failed(error) => error::in_a_line(error),
            Self::Hindered(other) => format!("not begun, because of {other}"),
        }
    }
}

/// `shop/dev`
pub fn name((stack, environment): &Place) -> String {
    format!("{stack}/{environment}")
}

/// `shop/dev`
pub fn name_of(project: &Project, environment: &Environment) -> String {
    format!("{}/{}", project.name, environment.name)
}

/// Begins the stream of events of several stacks.
pub fn begin(invocation: &Invocation, command: &str) -> Result<()> {
    if invocation.is_json()? {
        events::emit(&json!({
            "event": "begin",
            "version": VERSION,
            "release": env!("CARGO_PKG_VERSION"),
            "command": command,
        }));
    }
    Ok(())
}

/// Says what came of each, and gives the exit code: that of the first that did not come to its end.
pub fn tell(
    invocation: &Invocation,
    verb: &str,
    places: &[Place],
    ended: &[Ended],
) -> Result<Exit> {
    let all = || places.iter().zip(ended);
    if invocation.is_json()? {
        let stacks = all().map(|((stack, environment), ended)| {
            json!({
                "stack": stack,
                "environment": environment,
                "exit": ended.exit().code(),
                "message": ended.words(),
            })
        });
        let stacks: Vec<_> = stacks.collect();
        events::emit(&json!({"event": "report", "stacks": stacks}));
    } else {
        let mut text = String::from("\n");
        for (place, ended) in all() {
            text.push_str(&format!(
                "{}: {}\n",
                paint(BOLD, name(place)),
                ended.words()
            ));
        }
        let done = ended.iter().filter(|one| one.is_done()).count();
        let left = match ended.len() - done {
            0 => String::new(),
            left => format!(", {left} not"),
        };
        text.push_str(&format!("{verb}: {}{left}.\n", count(done, "stack")));
        print(&text).map_err(Error::Output)?;
    }
    // What was hindered says less than what hindered it.
    let reasons = ended
        .iter()
        .filter(|one| !matches!(one, Ended::Hindered(_)));
    let failed = reasons.map(Ended::exit).find(|exit| *exit != Exit::Done);
    Ok(failed.unwrap_or(Exit::Done))
}
