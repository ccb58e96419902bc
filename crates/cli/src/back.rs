//! Back to what was recorded: what rollback and drift share.

use std::collections::HashSet;

use stack_engine::rollback::{Rollback, Terms};
use stack_engine::{Session, State};
use stack_model::Urn;
use stack_provider::trace;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::opened::Opened;
use crate::render::style::talk;
use crate::running::{self, Run};
use crate::{confirm, planning, stacks};

/// The way back.
pub struct Way<'a> {
    /// What is to be there again.
    pub checkpoint: State,
    /// Only these and what they depend on; everything when empty.
    pub targets: &'a HashSet<Urn>,
    /// Whether the person asked for what is no undo.
    pub accept_loss: bool,
    /// Whether nobody is asked.
    pub yes: bool,
    /// The most calls to one service at once.
    pub parallelism: Option<u32>,
    /// What is asked before it begins.
    pub question: String,
    /// What it is called when it is done.
    pub verb: &'a str,
    /// What it is called: `rollback`. Where it does not come to its end, `stack rollback` to this state goes on with it.
    pub noun: &'a str,
    /// The committed state that it leads to.
    pub serial: u64,
}

/// Plans the way back, shows it, asks, and does it. `None` where nothing is to be done; then nothing is recorded yet.
pub async fn lead(
    invocation: &Invocation,
    opened: &Opened<'_>,
    session: &mut Session<'_>,
    way: Way<'_>,
) -> Result<Option<Exit>> {
    let (project, environment) = (&opened.project, &opened.environment);
    let progress = opened.progress.as_ref();
    let config = planning::config(project, environment, session)?;
    let plan = async {
        let terms = Terms {
            this_run: false,
            accept_loss: way.accept_loss,
        };
        let target = session.target(way.checkpoint, terms)?;
        session.know_stacks(stacks::recorded(project, &target).await?);
        let planned = session.plan_rollback_of(target, &config, way.targets);
        Ok(trace::phase("plan", planned).await?)
    };
    let Rollback {
        graph,
        plan,
        losses,
    } = invocation.unless_cancelled(plan).await?;
    progress.rest();
    running::show(invocation, &plan)?;
    if !losses.is_empty() {
        return Err(Error::Loss(losses));
    }
    if plan.is_empty() {
        return Ok(None);
    }
    let wants = ["y", "Y", "yes"];
    if !way.yes && !confirm::ask(invocation, &way.question, &wants).await? {
        talk("nothing was changed");
        return Ok(Some(Exit::Cancelled));
    }
    let run = Run {
        plan: &plan,
        graph: Some(&graph),
        config: &config,
        parallelism: way.parallelism.map(|number| number as usize),
        verb: way.verb,
    };
    let exit = running::carry_out(invocation, session, progress, run).await?;
    if exit != Exit::Done {
        talk(&running::unfinished(way.noun, way.serial));
    }
    Ok(Some(exit))
}
