//! `stack state verify`.

use serde_json::json;
use stack_engine::event::Silent;
use stack_engine::session::Checkpoint;
use stack_engine::{Session, soundness};
use stack_model::Problem;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::providers;
use crate::render::style::{count, print, talk};

/// Reads all that is kept, opens its secrets, and says what is damaged and what contradicts itself. Asks no cloud.
pub async fn run(invocation: &Invocation) -> Result<Exit> {
    let home = super::home(invocation)?;
    let checkpoints = Session::history(home.backend.as_ref()).await?;
    if checkpoints.is_empty() {
        return Err(super::nothing_recorded());
    }
    let mut found = Found::default();
    for checkpoint in &checkpoints {
        found.damage(checkpoint);
    }
    let keys = home.reading();
    match Session::read(home.with_keys(&Silent, &keys), providers::connections()).await {
        Err(error) => found.problem("the newest state", error.to_string()),
        Ok(session) => {
            for checkpoint in checkpoints.iter().filter(|one| one.damage.is_none()) {
                if let Err(error) = session.checkpoint(checkpoint.serial).await {
                    found.problem(format!("state {}", checkpoint.serial), error.to_string());
                }
            }
            found.problems.extend(session.contradictions());
            found.look_at(&session);
        }
    }
    match invocation.is_json()? {
        true => {
            let json = json!({
                "states": checkpoints.len(),
                "problems": found.problems,
                "remarks": found.remarks,
            });
            print(&format!("{json:#}\n")).map_err(Error::Output)?;
        }
        false => found.tell(&checkpoints)?,
    }
    Ok(match found.problems.is_empty() {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

/// What a look at all that is kept shows.
#[derive(Default)]
struct Found {
    /// What is wrong.
    problems: Vec<Problem>,
    /// What is worth knowing, and no harm.
    remarks: Vec<String>,
}

impl Found {
    fn problem(&mut self, subject: impl Into<String>, message: String) {
        self.problems.push(Problem {
            subject: subject.into(),
            at: None,
            message,
        });
    }

    fn damage(&mut self, checkpoint: &Checkpoint) {
        if let Some(damage) = &checkpoint.damage {
            self.problem(format!("state {}", checkpoint.serial), damage.clone());
        }
    }

    fn look_at(&mut self, session: &Session<'_>) {
        for (urn, dependency) in soundness::loose_ends(session.state()) {
            let remark = format!(
                "{urn} depends on {dependency}, which is not recorded: the next apply mends it"
            );
            self.remarks.push(remark);
        }
        if let Some(command) = session.interrupted() {
            self.remarks.push(format!(
                "`stack {command}` came to no end; its journal is whole"
            ));
        }
        if session.is_in_doubt() {
            let remark = "an earlier run left something in doubt; `stack refresh` settles it";
            self.remarks.push(remark.into());
        }
    }

    fn tell(&self, checkpoints: &[Checkpoint]) -> Result<()> {
        let mut text = String::new();
        for problem in &self.problems {
            text += &format!("{problem}\n");
        }
        for remark in &self.remarks {
            text += &format!("{remark}\n");
        }
        print(&text).map_err(Error::Output)?;
        talk(&match self.problems.len() {
            0 => format!(
                "{} verified: whole and sound",
                count(checkpoints.len(), "state")
            ),
            number => format!(
                "{} wrong; `stack state import-file` puts an export back, `stack state rm` and `mv` mend single resources",
                count(number, "thing")
            ),
        });
        Ok(())
    }
}
