//! `stack state history`.

use serde_json::json;
use stack_engine::Session;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::render::recorded;
use crate::render::style::{print, talk};

/// Lists the committed states that are kept.
pub async fn run(invocation: &Invocation) -> Result<Exit> {
    let home = super::home(invocation)?;
    let checkpoints = Session::history(home.backend.as_ref()).await?;
    let text = match invocation.is_json()? {
        false => recorded::history(&checkpoints),
        true => format!("{:#}\n", json!(checkpoints)),
    };
    print(&text).map_err(Error::Output)?;
    if checkpoints.is_empty() {
        talk("nothing is recorded yet");
    }
    Ok(Exit::Done)
}
