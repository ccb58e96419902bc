//! `stack plan`.

use std::path::PathBuf;
use std::sync::Arc;

use stack_engine::{Session, Wishes};
use stack_model::Urn;

use crate::commands::preview;
use crate::costs::Costing;
use crate::environment::Home;
use crate::error::Result;
use crate::exit::Exit;
use crate::guard::{Case, Guard};
use crate::invocation::Invocation;
use crate::planning::{self, Wanted};
use crate::preflight::{self, Questions};
use crate::render::style::talk;
use crate::saved::{self, Saved};
use crate::stacks::Outlook;
use crate::{providers, running, several};

/// `stack plan`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Every stack in this folder and below that has the environment, each after those whose outputs it reads
    #[arg(long, conflicts_with_all = ["out", "target", "replace", "preflight"])]
    all: bool,
    /// Save the plan, sealed, for `stack apply FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What to plan.
    #[command(flatten)]
    pub scope: Scope,
    /// Which policies judge.
    #[command(flatten)]
    guard: Guard,
    /// Ask as well what an apply would fail of, such as names that are taken and missing permissions
    #[arg(long, conflicts_with = "offline")]
    preflight: bool,
    /// What it costs.
    #[command(flatten)]
    costing: Costing,
    /// End with code 3 when there are changes
    #[arg(long)]
    exit_code: bool,
}

/// What to plan.
#[derive(Debug, clap::Args)]
pub struct Scope {
    /// Only this resource and what it depends on; may be repeated
    #[arg(long, value_name = "URN")]
    target: Vec<Urn>,
    /// Replace this resource even if nothing differs; may be repeated
    #[arg(long, value_name = "URN")]
    replace: Vec<Urn>,
    /// Trust what is recorded instead of reading the clouds
    #[arg(long)]
    pub offline: bool,
}

impl Scope {
    /// What a person asks for besides the program.
    pub fn wishes(&self) -> Wishes {
        Wishes {
            targets: self.target.iter().cloned().collect(),
            replace: self.replace.iter().cloned().collect(),
        }
    }
}

/// Shows what an apply would do. Takes no lock and writes nothing but the file that was asked for.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    if args.all {
        return all(invocation, args).await;
    }
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let home = Home::of(&project, &environment)?;
    let policies = args.guard.policies(&project)?;
    let pricing = args.costing.open()?;
    let listener = invocation.listener("plan", &project, &environment)?;
    let reading = home.reading();
    let place = match args.out {
        Some(_) => home.place(listener.as_ref()),
        None => home.with_keys(listener.as_ref(), &reading),
    };
    let connections = providers::connections();
    let schemas = Arc::clone(connections.schemas());
    let work = async {
        // While the program is built, the state is opened.
        let (graph, session) = tokio::join!(
            planning::graph(&project, &environment, &schemas),
            Session::read(place, connections)
        );
        let (graph, mut session) = (graph?, session?);
        let base = match args.out {
            Some(_) => Some(planning::base_to_save(&home, &session).await?),
            None => {
                planning::warn_of_a_run(&home).await?;
                None
            }
        };
        planning::compare_sealing(&environment, &session);
        let config = planning::config(&project, &environment, &session)?;
        let wishes = args.scope.wishes();
        let wanted = Wanted {
            graph: &graph,
            config: &config,
            wishes: &wishes,
            offline: args.scope.offline,
            changing: false,
            outlook: &Outlook::default(),
            only: None,
        };
        let plan = planning::plan(&mut session, &project, &wanted).await?;
        listener.rest();
        running::show(invocation, &plan)?;
        let case = Case {
            plan: &plan,
            session: &session,
            graph: &graph,
            schemas: &schemas,
            environment: &environment,
        };
        let verdict = case.judge(invocation, policies.as_ref())?;
        if let Some(pricing) = &pricing {
            pricing.show(invocation, &case.document()).await?;
        }
        verdict.accept()?;
        if args.preflight {
            preflight::pass(&session, &graph, &plan, Questions::All).await?;
        }
        if let (Some(path), Some(base)) = (&args.out, base) {
            let shown = case.document().digest;
            let saved = Saved::of(base, &plan, shown, graph.graph, config, wishes);
            saved::write(path, &saved, session.seal())?;
            talk(&format!(
                "saved; `stack apply {}` does exactly this",
                path.display()
            ));
        }
        Ok(match args.exit_code && !plan.is_empty() {
            true => Exit::Changes,
            false => Exit::Done,
        })
    };
    let done = invocation.unless_cancelled(work).await;
    listener.rest();
    done
}

/// A preview of every stack of a folder.
async fn all(invocation: &Invocation, args: Args) -> Result<Exit> {
    let Args {
        scope,
        guard,
        costing,
        exit_code,
        ..
    } = args;
    let chosen = several::members(invocation)?;
    let args = preview::Args::only_shown(scope.offline, guard, costing, exit_code);
    preview::show(invocation, chosen, &args).await
}
