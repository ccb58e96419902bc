//! `stack apply`.
//!
//! ```text
//! all        every stack of a folder
//! from_file  saved plans: one, or a folder of them
//! ```

mod all;
mod from_file;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use stack_engine::plan::Action;
use stack_engine::{CheckedGraph, Plan, Session, Surroundings, Wishes};
use stack_model::{Problem, Urn};
use stack_policy::Policies;

use crate::commands::plan::Scope;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::expiry::{self, Expiry};
use crate::guard::{Case, Guard};
use crate::invocation::Invocation;
use crate::locking::Lock;
use crate::opened::Opened;
use crate::planning::{self, Wanted};
use crate::preflight::{self, Questions};
use crate::project::OnFailure;
use crate::render::progress::Progress;
use crate::render::style::talk;
use crate::running::{self, Run};
use crate::stacks::Outlook;
use crate::{confirm, providers};

/// `stack apply`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A plan saved with `stack plan --out`, or a folder of them by `stack preview --save`; they are applied as they were
    /// shown, without asking
    #[arg(value_name = "PLANFILE", conflicts_with_all = ["target", "replace", "offline"])]
    plan: Option<PathBuf>,
    /// Every stack in this folder and below that has the environment, each after those whose outputs it reads
    #[arg(long, conflicts_with_all = ["plan", "approved", "target", "replace"])]
    all: bool,
    /// How many stacks are applied at once with --all
    #[arg(long, value_name = "N", default_value_t = 4, requires = "all", value_parser = clap::value_parser!(u32).range(1..))]
    at_once: u32,
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
    /// When it is to be torn down.
    #[command(flatten)]
    expiry: Expiry,
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
    if args.all {
        return all::run(invocation, &args).await;
    }
    if let Some(folder) = args.plan.as_deref().filter(|path| path.is_dir()) {
        return from_file::from_folder(invocation, folder, &args).await;
    }
    let project = invocation.project()?;
    if let Some(path) = &args.plan {
        return from_file::from_file(invocation, project, path, &args).await;
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
        shown: None,
        policies: policies.as_ref(),
    };
    let graph = graph_of(invocation, &opened).await?;
    planned_now(invocation, &opened, &args, &graph, asked).await
}

/// The program's graph. One that is not sound needs no lock.
async fn graph_of(invocation: &Invocation, opened: &Opened<'_>) -> Result<CheckedGraph> {
    let schemas = Arc::clone(providers::connections().schemas());
    let graph = planning::graph(&opened.project, &opened.environment, &schemas);
    invocation.unless_cancelled(graph).await
}

/// What is asked of a plan that is made now.
#[derive(Clone, Copy)]
struct Asked<'a> {
    /// What a person asks for besides the program.
    wishes: &'a Wishes,
    /// The digest of the changes that were approved, if they were. Then nobody is asked.
    approved: Option<&'a str>,
    /// What was shown before of what it does to which resource, if it was. Then it is not shown again, and nobody is asked.
    shown: Option<&'a [(Urn, Action)]>,
    /// What judges it.
    policies: Option<&'a Policies>,
}

async fn planned_now(
    invocation: &Invocation,
    opened: &Opened<'_>,
    args: &Args,
    graph: &CheckedGraph,
    asked: Asked<'_>,
) -> Result<Exit> {
    let (project, environment) = (&opened.project, &opened.environment);
    let connections = providers::connections();
    let schemas = Arc::clone(connections.schemas());
    let mut session = opened.write(connections, args.lock).await?;
    let done = async {
        planning::compare_sealing(environment, &session);
        let config = planning::config(project, environment, &session)?;
        session.set_production(environment.production);
        let now = opened.home.surroundings.now();
        args.expiry.record(environment, &mut session, now)?;
        let wanted = Wanted {
            graph,
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
        match asked.shown {
            None => running::show(invocation, &plan)?,
            // With --yes nobody has looked.
            Some(shown) if !args.yes => compare(shown, &plan)?,
            Some(_) => {}
        }
        let case = Case {
            plan: &plan,
            session: &session,
            graph,
            schemas: &schemas,
            environment,
        };
        let verdict = match asked.shown {
            None => case.judge(invocation, asked.policies)?,
            Some(_) => case.judge_again(asked.policies)?,
        };
        verdict.accept()?;
        args.accept(&plan)?;
        // What is done already needs nobody's approval.
        if let Some(approved) = asked.approved
            && !plan.is_empty()
        {
            approve(approved, &case.document().digest)?;
        }
        let passed = args.pass_preflight(&session, graph, &plan);
        invocation.unless_cancelled(passed).await?;
        let answered = args.yes || asked.approved.is_some() || asked.shown.is_some();
        if !plan.is_empty() && !answered {
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
            graph: Some(graph),
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

/// Refuses to do more than was shown. What was shown and is no longer needed may be left out.
fn compare(shown: &[(Urn, Action)], plan: &Plan) -> Result<()> {
    let shown: HashSet<(&Urn, Action)> = shown.iter().map(|(urn, act)| (urn, *act)).collect();
    let more = plan.changes.iter().map(|one| (&one.urn, one.action));
    let more: Vec<String> = more
        .filter(|one| !shown.contains(one))
        .map(|(urn, _)| urn.to_string())
        .collect();
    match more.is_empty() {
        true => Ok(()),
        false => Err(Error::refused(
            format!(
                "it would now do something to {} that was not shown before",
                more.join(", ")
            ),
            "nothing was done to this stack; run the same once more, and look again",
        )),
    }
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
