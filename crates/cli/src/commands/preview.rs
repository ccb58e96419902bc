//! `stack preview`.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use stack_engine::{Session, Wishes};
use stack_review::document::FORMAT;
use stack_review::{Review, markdown};

use crate::args::Format;
use crate::environment::Home;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::guard::{self, Case, Guard};
use crate::invocation::Invocation;
use crate::planning::{self, Wanted};
use crate::project::{Environment, Project};
use crate::providers;
use crate::render::style::{print, talk};
use crate::render::{self, error, progress};

/// `stack preview`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folders of the stacks; the one around here when not given
    #[arg(value_name = "DIR")]
    stacks: Vec<PathBuf>,
    /// Every environment that Stack.toml has, instead of one
    #[arg(long)]
    all_environments: bool,
    /// Trust what is recorded instead of reading the clouds
    #[arg(long)]
    offline: bool,
    /// Plan by the redacted snapshots in this folder, as `stack state publish-redacted` wrote them: without a key, without a
    /// backend, and without asking any cloud
    #[arg(long, value_name = "DIR")]
    redacted: Option<PathBuf>,
    /// Which policies judge.
    #[command(flatten)]
    guard: Guard,
    /// End with code 3 when there are changes
    #[arg(long)]
    exit_code: bool,
    /// The longest that a preview in Markdown may be, in bytes; what does not fit is counted
    #[arg(long, value_name = "BYTES", default_value_t = markdown::LIMIT)]
    limit: usize,
}

/// One preview: what it is of, and what came of it.
struct Preview {
    stack: String,
    environment: String,
    planned: Result<Planned>,
}

struct Planned {
    review: Review,
    text: String,
}

/// Shows what applies would do. Takes no lock and writes nothing. What cannot be planned does not hide the rest.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    let written = match invocation.global.format {
        None | Some(Format::Text) => text,
        Some(Format::Json) => json,
        Some(Format::Markdown) => markdown,
        Some(Format::Dot | Format::Mermaid) => {
            return Err(Error::usage(
                "dot and mermaid are formats of `stack graph`",
                "use --format text, json or markdown",
            ));
        }
    };
    if let Some(folder) = &args.redacted {
        if !folder.is_dir() {
            return Err(Error::usage(
                format!("there is no folder {}", folder.display()),
                "name the one that `stack state publish-redacted` wrote to",
            ));
        }
        talk(&format!(
            "planning by the redacted snapshots in {}: no secret is known, and no cloud is asked",
            folder.display()
        ));
    }
    let mut previews = Vec::new();
    for (project, environment) in chosen(invocation, &args)? {
        talk(&format!(
            "planning {} of {}",
            environment.name, project.name
        ));
        let planned = planned(&project, &environment, &args);
        let planned = match invocation.unless_cancelled(planned).await {
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            planned => planned,
        };
        previews.push(Preview {
            stack: project.name,
            environment: environment.name,
            planned,
        });
    }
    print(&written(&previews, &args)).map_err(Error::Output)?;
    for error in previews.iter().filter_map(|one| one.planned.as_ref().err()) {
        talk(&error::error(error));
    }
    let failed = previews.iter().find_map(|one| one.planned.as_ref().err());
    let planned = || previews.iter().filter_map(|one| one.planned.as_ref().ok());
    let denied = planned().any(|planned| guard::denies(&planned.review.findings));
    let changes = planned().any(|planned| !planned.review.document.empty);
    Ok(match failed {
        Some(error) => error.exit(),
        None if denied => Exit::Denied,
        None if args.exit_code && changes => Exit::Changes,
        None => Exit::Done,
    })
}

/// Every environment to be planned, with its project.
fn chosen(invocation: &Invocation, args: &Args) -> Result<Vec<(Project, Environment)>> {
    let here = &invocation.global.directory;
    let folders = match args.stacks.as_slice() {
        [] => vec![here.clone()],
        folders => folders.iter().map(|folder| here.join(folder)).collect(),
    };
    let mut chosen = Vec::new();
    for folder in folders {
        let environments =
            invocation.environments(&Project::find(&folder)?, args.all_environments)?;
        for environment in environments {
            let project = Project::find(&folder)?.reading(args.redacted.clone());
            chosen.push((project, environment));
        }
    }
    Ok(chosen)
}

async fn planned(project: &Project, environment: &Environment, args: &Args) -> Result<Planned> {
    let home = Home::of(project, environment)?;
    let policies = args.guard.policies(project)?;
    let listener = progress::to_stderr();
    let reading = home.reading();
    let connections = providers::connections();
    let schemas = Arc::clone(connections.schemas());
    let work = async {
        let place = home.with_keys(listener.as_ref(), &reading);
        let (graph, session) = tokio::join!(
            planning::graph(project, environment, &schemas),
            Session::read(place, connections)
        );
        let (graph, mut session) = (graph?, session?);
        planning::compare_sealing(environment, &session);
        let config = planning::config(project, environment, &session)?;
        let wanted = Wanted {
            graph: &graph,
            config: &config,
            wishes: &Wishes::default(),
            offline: args.offline || args.redacted.is_some(),
            changing: false,
            only: None,
        };
        let plan = planning::plan(&mut session, project, &wanted).await?;
        let case = Case {
            plan: &plan,
            session: &session,
            graph: &graph,
            schemas: &schemas,
            environment,
        };
        let mut document = case.document();
        document.redacted = args.redacted.is_some();
        let findings = match &policies {
            Some(policies) => policies.judge(&document)?,
            None => Vec::new(),
        };
        let found = render::findings::text(&findings);
        let uncompared = render::uncompared::text(&document);
        Ok(Planned {
            review: Review { document, findings },
            text: render::plan::plan(&plan) + &uncompared + &found,
        })
    };
    let done = work.await;
    listener.rest();
    done
}

fn text(previews: &[Preview], _: &Args) -> String {
    let one = |preview: &Preview| {
        let shown = match &preview.planned {
            Ok(planned) => planned.text.as_str(),
            Err(_) => "It could not be planned.\n",
        };
        match previews.len() {
            1 => shown.to_owned(),
            _ => format!(
                "── {} of {} ──\n\n{shown}\n",
                preview.environment, preview.stack
            ),
        }
    };
    previews.iter().map(one).collect()
}

fn json(previews: &[Preview], _: &Args) -> String {
    let one = |preview: &Preview| match &preview.planned {
        Ok(planned) => json!(planned.review),
        Err(error) => json!({
            "format": FORMAT,
            "stack": preview.stack,
            "environment": preview.environment,
            "error": error::event(error),
        }),
    };
    let previews: Vec<_> = previews.iter().map(one).collect();
    format!("{:#}\n", json!({"format": FORMAT, "previews": previews}))
}

fn markdown(previews: &[Preview], args: &Args) -> String {
    let one = |preview: &Preview| match &preview.planned {
        Ok(planned) => markdown::review(&planned.review, args.limit),
        Err(error) => markdown::failure(&preview.stack, &preview.environment, &error::error(error)),
    };
    let previews: Vec<String> = previews.iter().map(one).collect();
    previews.join("\n")
}
