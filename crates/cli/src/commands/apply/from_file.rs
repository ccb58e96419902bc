//! Saved plans: one from a file, or those of a preview from a folder.

use std::path::Path;
use std::sync::Arc;

use stack_engine::{Surroundings, check};
use stack_policy::Policies;

use super::{Args, Asked, finish, graph_of, planned_now};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::guard::Case;
use crate::invocation::Invocation;
use crate::opened::Opened;
use crate::planning::{self, Wanted};
use crate::project::{Environment, Project};
use crate::render::style::{count, talk};
use crate::running::{self, Run};
use crate::saved::{self, Base, Saved, Sealed};
use crate::stacks::Outlook;
use crate::{expiry, plans, providers};

/// Applies the plans that a preview saved, each after those that it reads. What is not done when one fails stays so.
pub async fn from_folder(invocation: &Invocation, folder: &Path, args: &Args) -> Result<Exit> {
    let plans = plans::read(folder)?;
    let here = &invocation.global.directory;
    for (number, plan) in plans.iter().enumerate() {
        let plans::Entry {
            folder: place,
            stack,
            environment,
            file,
            ..
        } = plan;
        talk(&format!("applying to {environment} of {stack}"));
        let done = match Project::find(&here.join(place)) {
            Ok(project) => from_file(invocation, project, &folder.join(file), args).await,
            Err(error) => Err(error.into()),
        };
        let left = plans.len() - number - 1;
        if left > 0 && !matches!(done, Ok(Exit::Done)) {
            talk(&format!("{} not begun", count(left, "plan")));
        }
        match done? {
            Exit::Done => {}
            exit => return Ok(exit),
        }
    }
    talk(&format!("{} applied", count(plans.len(), "plan")));
    Ok(Exit::Done)
}

/// Applies a saved plan, if it is still what would be done; else, if that was asked for, a new one with the same changes.
pub async fn from_file(
    invocation: &Invocation,
    project: Project,
    path: &Path,
    args: &Args,
) -> Result<Exit> {
    let sealed = saved::read(path)?;
    let environment = environment_of(invocation, &project, &sealed)?;
    let policies = args.guard.policies(&project)?;
    let mut opened = Opened::at(invocation, "apply", project, environment)?;
    let saved = saved::open(sealed, &opened.home.keys).await?;
    let (wishes, shown) = (saved.wishes.clone(), saved.shown.clone());
    let was_empty = saved.base.serial == 0;
    let done = as_saved(invocation, &mut opened, args, saved, policies.as_ref()).await;
    let reason = match done {
        // A state that is gone is not made anew by a plan that changes it.
        Err(Error::Engine(stack_engine::Error::Stale(reason)))
            if args.replan && (was_empty || opened.serial().await? > 0) =>
        {
            reason
        }
        done => return done,
    };
    talk(&format!(
        "the plan is stale: {reason}; planning again, and applying it if its changes are the same"
    ));
    let asked = Asked {
        wishes: &wishes,
        approved: Some(&shown),
        shown: None,
        policies: policies.as_ref(),
    };
    opened.home.surroundings.promised = None;
    let graph = graph_of(invocation, &opened).await?;
    planned_now(invocation, &opened, args, &graph, asked).await
}

/// Applies a saved plan, or says that it is stale.
async fn as_saved(
    invocation: &Invocation,
    opened: &mut Opened<'_>,
    args: &Args,
    saved: Saved,
    policies: Option<&Policies>,
) -> Result<Exit> {
    // Before the lock, so that a plan of a state that is gone does not make a new one.
    if opened.serial().await? != saved.base.serial {
        return Err(moved_on(&saved.base));
    }
    opened.home.surroundings.promised = Some(saved.base.lineage.clone());
    let connections = providers::connections();
    let schemas = Arc::clone(connections.schemas());
    let Saved {
        base,
        graph,
        config,
        wishes,
        touched,
        digest,
        shown: _,
    } = saved;
    let graph = check(graph, &schemas).map_err(stack_engine::Error::Problems)?;
    let (project, environment) = (&opened.project, &opened.environment);
    let mut session = opened.write(connections, args.lock).await?;
    let done = async {
        let found = Base::from(&session.state().header);
        let newborn = base.serial == 0 && found.serial == 1 && found.lineage == base.lineage;
        if found != base && !newborn {
            return Err(moved_on(&base));
        }
        planning::compare_sealing(environment, &session);
        session.set_production(environment.production);
        let now = opened.home.surroundings.now();
        args.expiry.record(environment, &mut session, now)?;
        let touched = touched.into_iter().collect();
        let wanted = Wanted {
            graph: &graph,
            config: &config,
            wishes: &wishes,
            // Whatever it was made from: what is touched is read again first.
            offline: false,
            changing: true,
            outlook: &Outlook::default(),
            only: Some(&touched),
        };
        let planned = planning::plan(&mut session, project, &wanted);
        let plan = invocation.unless_cancelled(planned).await?;
        opened.progress.rest();
        running::show(invocation, &plan)?;
        if saved::digest(&plan) != digest {
            let reason = "what it would do now, shown above, is not what it showed";
            return Err(stack_engine::Error::Stale(reason.into()).into());
        }
        let case = Case {
            plan: &plan,
            session: &session,
            graph: &graph,
            schemas: &schemas,
            environment,
        };
        case.judge(invocation, policies)?.accept()?;
        args.accept(&plan)?;
        let passed = args.pass_preflight(&session, &graph, &plan);
        invocation.unless_cancelled(passed).await?;
        let run = Run {
            plan: &plan,
            graph: Some(&graph),
            config: &config,
            parallelism: args.parallelism(),
            verb: "Applied",
        };
        let on_failure = args.on_failure.unwrap_or(environment.on_failure);
        let progress = opened.progress.as_ref();
        let exit = finish(invocation, &mut session, progress, run, on_failure).await?;
        expiry::tell(&session, now);
        Ok(exit)
    }
    .await;
    opened.end(session, done).await
}

/// The environment that a saved plan is of, which must not be another than the one that was asked for.
fn environment_of(
    invocation: &Invocation,
    project: &Project,
    sealed: &Sealed,
) -> Result<Environment> {
    let Base {
        stack, environment, ..
    } = sealed.base();
    let asked = invocation.asked_environment();
    if *stack != project.name || asked.is_some_and(|asked| asked != environment) {
        let here = asked
            .map(|asked| format!("{asked} of "))
            .unwrap_or_default();
        return Err(Error::usage(
            format!(
                "the plan is for {environment} of {stack}, and this is {here}{}",
                project.name
            ),
            "apply it where it was made",
        ));
    }
    Ok(project.environment(Some(environment))?)
}

fn moved_on(base: &Base) -> Error {
    let reason = match base.serial {
        0 => "the environment was empty when it was made, and is not any more".to_owned(),
        serial => format!("it was made from state {serial}, and the state has moved on since"),
    };
    stack_engine::Error::Stale(reason).into()
}
