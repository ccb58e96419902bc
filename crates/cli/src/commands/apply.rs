//! `stack apply`.

use std::path::{Path, PathBuf};

use stack_engine::{CheckedGraph, Plan, Session, check};
use stack_model::Problem;

use crate::commands::plan::Scope;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::planning::{self, Wanted};
use crate::preflight::{self, Questions};
use crate::project::{Environment, OnFailure, Project};
use crate::render::progress::Progress;
use crate::render::style::talk;
use crate::running::{self, Run};
use crate::saved::{self, Base, Saved, Sealed};
use crate::{confirm, providers};

/// `stack apply`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A plan saved with `stack plan --out`; it is applied as it was shown, without asking
    #[arg(value_name = "PLANFILE", conflicts_with_all = ["target", "replace", "offline"])]
    plan: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// What to apply.
    #[command(flatten)]
    scope: Scope,
    /// What to do when something fails; as Stack.toml says, or stop, when not given
    #[arg(long, value_name = "WHAT")]
    on_failure: Option<OnFailure>,
    /// Refuse a plan with steps that a rollback could not undo
    #[arg(long)]
    require_rollback: bool,
    /// Begin without asking first what it would fail of, such as names that are taken and missing permissions
    #[arg(long)]
    no_preflight: bool,
    /// The most calls to one service at once, below what its provider allows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    parallelism: Option<u32>,
    /// How to take the lock.
    #[command(flatten)]
    lock: Lock,
}

impl Args {
    fn parallelism(&self) -> Option<usize> {
        self.parallelism.map(|number| number as usize)
    }

    /// Asks what it would fail of, unless that is not wanted or no cloud is to be read.
    async fn pass_preflight(
        &self,
        session: &Session<'_>,
        graph: &CheckedGraph,
        plan: &Plan,
    ) -> Result<()> {
        if self.no_preflight || self.scope.offline {
            return Ok(());
        }
        preflight::pass(session, graph, plan, Questions::All).await
    }

    /// Refuses a plan with steps that could not be undone, where that was asked for.
    fn accept(&self, plan: &Plan) -> Result<()> {
        if !self.require_rollback {
            return Ok(());
        }
        let steps = plan.changes.iter().filter_map(|change| {
            Some(Problem {
                subject: change.urn.to_string(),
                at: None,
                message: change.irreversible.clone()?,
            })
        });
        let steps: Vec<Problem> = steps.collect();
        match steps.is_empty() {
            true => Ok(()),
            false => Err(Error::Irreversible(steps)),
        }
    }
}

/// Plans under the lock, shows it, asks, and does it.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    let project = invocation.project()?;
    if let Some(path) = &args.plan {
        return from_file(invocation, project, path, &args).await;
    }
    confirm::possible("apply", args.yes)?;
    let environment = invocation.environment(&project)?;
    let opened = Opened::at(invocation, "apply", project, environment)?;
    let (project, environment) = (&opened.project, &opened.environment);
    let connections = providers::connections();
    // A program that is not sound needs no lock.
    let graph = planning::graph(project, environment, connections.schemas());
    let graph = invocation.unless_cancelled(graph).await?;
    let mut session = opened.write(connections, args.lock).await?;
    let done = async {
        planning::compare_sealing(environment, &session);
        let config = planning::config(project, environment, &session)?;
        session.set_production(environment.production);
        let wishes = args.scope.wishes();
        let wanted = Wanted {
            graph: &graph,
            config: &config,
            wishes: &wishes,
            offline: args.scope.offline,
            changing: true,
            only: None,
        };
        let planned = planning::plan(&mut session, project, &wanted);
        let plan = invocation.unless_cancelled(planned).await?;
        opened.progress.rest();
        running::show(invocation, &plan)?;
        args.accept(&plan)?;
        let asked = args.pass_preflight(&session, &graph, &plan);
        invocation.unless_cancelled(asked).await?;
        if !plan.is_empty() && !args.yes {
            let question = format!(
                "Apply this to {} of {}? [y/N]",
                environment.name, project.name
            );
            if !confirm::ask(invocation, &question, &["y", "Y", "yes"]).await? {
                talk("nothing was changed");
                return Ok(Exit::Cancelled);
            }
        }
        let run = Run {
            plan: &plan,
            graph: Some(&graph),
            config: &config,
            parallelism: args.parallelism(),
            verb: "Applied",
        };
        finish(
            invocation,
            &mut session,
            opened.progress.as_ref(),
            run,
            args.on_failure.unwrap_or(environment.on_failure),
        )
        .await
    }
    .await;
    opened.end(session, done).await
}

/// Carries a plan out; where there is nothing to do, keeps what was learned while planning.
async fn finish(
    invocation: &Invocation,
    session: &mut Session<'_>,
    progress: &dyn Progress,
    run: Run<'_>,
    on_failure: OnFailure,
) -> Result<Exit> {
    if !run.plan.is_empty() {
        return match on_failure {
            OnFailure::Stop => running::carry_out(invocation, session, progress, run).await,
            OnFailure::Rollback => {
                running::carry_out_or_back(invocation, session, progress, run).await
            }
        };
    }
    if session.has_news() {
        session.save().await?;
    }
    Ok(Exit::Done)
}

/// Applies a saved plan, if it is still what would be done.
async fn from_file(
    invocation: &Invocation,
    project: Project,
    path: &Path,
    args: &Args,
) -> Result<Exit> {
    let sealed = saved::read(path)?;
    let environment = environment_of(invocation, &project, &sealed)?;
    let mut opened = Opened::at(invocation, "apply", project, environment)?;
    let saved = saved::open(sealed, &opened.home.keys).await?;
    // Before the lock, so that a plan of a state that is gone does not make a new one.
    if opened.serial().await? != saved.base.serial {
        return Err(moved_on(&saved.base));
    }
    opened.home.surroundings.promised = Some(saved.base.lineage.clone());
    let connections = providers::connections();
    let Saved {
        base,
        graph,
        config,
        wishes,
        touched,
        digest,
    } = saved;
    let graph = check(graph, connections.schemas()).map_err(stack_engine::Error::Problems)?;
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
        let touched = touched.into_iter().collect();
        let wanted = Wanted {
            graph: &graph,
            config: &config,
            wishes: &wishes,
            // Whatever it was made from: what is touched is read again first.
            offline: false,
            changing: true,
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
        args.accept(&plan)?;
        let asked = args.pass_preflight(&session, &graph, &plan);
        invocation.unless_cancelled(asked).await?;
        let run = Run {
            plan: &plan,
            graph: Some(&graph),
            config: &config,
            parallelism: args.parallelism(),
            verb: "Applied",
        };
        finish(
            invocation,
            &mut session,
            opened.progress.as_ref(),
            run,
            args.on_failure.unwrap_or(environment.on_failure),
        )
        .await
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
