//! `stack apply`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stack_engine::{CheckedGraph, Plan, Session, Wishes, check};
use stack_model::Problem;
use stack_policy::Policies;

use crate::commands::plan::Scope;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::guard::{Case, Guard};
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::planning::{self, Wanted};
use crate::plans;
use crate::preflight::{self, Questions};
use crate::project::{Environment, OnFailure, Project};
use crate::render::progress::Progress;
use crate::render::style::{count, talk};
use crate::running::{self, Run};
use crate::saved::{self, Base, Saved, Sealed};
use crate::stacks::Outlook;
use crate::{confirm, providers};

/// `stack apply`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A plan saved with `stack plan --out`, or a folder of them by `stack preview --save`; they are applied as they were
    /// shown, without asking
    #[arg(value_name = "PLANFILE", conflicts_with_all = ["target", "replace", "offline"])]
    plan: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// When the saved plan is stale, plan again, and apply that if it shows the same changes
    #[arg(long, requires = "plan")]
    replan: bool,
    /// Apply without asking, if the changes are those with this digest, as `stack preview` names it
    #[arg(long, value_name = "DIGEST", conflicts_with = "plan")]
    approved: Option<String>,
    /// What to apply.
    #[command(flatten)]
    scope: Scope,
    /// Which policies judge.
    #[command(flatten)]
    guard: Guard,
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
    if let Some(folder) = args.plan.as_deref().filter(|path| path.is_dir()) {
        return from_folder(invocation, folder, &args).await;
    }
    let project = invocation.project()?;
    if let Some(path) = &args.plan {
        return from_file(invocation, project, path, &args).await;
    }
    let approved = args.approved.as_deref();
    confirm::possible("apply", args.yes || approved.is_some())?;
    let environment = invocation.environment(&project)?;
    let policies = args.guard.policies(&project)?;
    let opened = Opened::at(invocation, "apply", project, environment)?;
    let wishes = args.scope.wishes();
    let asked = Asked {
        wishes: &wishes,
        approved,
        policies: policies.as_ref(),
    };
    planned_now(invocation, &opened, &args, asked).await
}

/// What is asked of a plan that is made now.
#[derive(Clone, Copy)]
struct Asked<'a> {
    /// What a person asks for besides the program.
    wishes: &'a Wishes,
    /// The digest of the changes that were approved, if they were. Then nobody is asked.
    approved: Option<&'a str>,
    /// What judges it.
    policies: Option<&'a Policies>,
}

async fn planned_now(
    invocation: &Invocation,
    opened: &Opened<'_>,
    args: &Args,
    asked: Asked<'_>,
) -> Result<Exit> {
    let (project, environment) = (&opened.project, &opened.environment);
    let connections = providers::connections();
    let schemas = Arc::clone(connections.schemas());
    // A program that is not sound needs no lock.
    let graph = planning::graph(project, environment, &schemas);
    let graph = invocation.unless_cancelled(graph).await?;
    let mut session = opened.write(connections, args.lock).await?;
    let done = async {
        planning::compare_sealing(environment, &session);
        let config = planning::config(project, environment, &session)?;
        session.set_production(environment.production);
        let wanted = Wanted {
            graph: &graph,
            config: &config,
            wishes: asked.wishes,
            offline: args.scope.offline,
            changing: true,
            outlook: &Outlook::default(),
            only: None,
        };
        let planned = planning::plan(&mut session, project, &wanted);
        let plan = invocation.unless_cancelled(planned).await?;
        opened.progress.rest();
        running::show(invocation, &plan)?;
        let case = Case {
            plan: &plan,
            session: &session,
            graph: &graph,
            schemas: &schemas,
            environment,
        };
        case.judge(invocation, asked.policies)?.accept()?;
        args.accept(&plan)?;
        // What is done already needs nobody's approval.
        if let Some(approved) = asked.approved
            && !plan.is_empty()
        {
            approve(approved, &case.document().digest)?;
        }
        let passed = args.pass_preflight(&session, &graph, &plan);
        invocation.unless_cancelled(passed).await?;
        if !plan.is_empty() && !args.yes && asked.approved.is_none() {
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

/// Refuses changes that are not those that were approved.
fn approve(approved: &str, found: &str) -> Result<()> {
    if approved == found {
        return Ok(());
    }
    Err(Error::refused(
        format!(
            "the changes shown above are not those that were approved: their digest is {found}, and {approved} was approved"
        ),
        "nothing was done; preview again and have that approved",
    ))
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

/// Applies the plans that a preview saved, each after those that it reads. What is not done when one fails stays so.
async fn from_folder(invocation: &Invocation, folder: &Path, args: &Args) -> Result<Exit> {
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
async fn from_file(
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
        policies: policies.as_ref(),
    };
    opened.home.surroundings.promised = None;
    planned_now(invocation, &opened, args, asked).await
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
