//! `stack preview`.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use stack_engine::{Session, Wishes};
use stack_review::document::{Document, FORMAT, Sources};
use stack_review::{Review, markdown};

use crate::args::Format;
use crate::environment::Home;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::planning::{self, Wanted};
use crate::preflight::{self, Questions};
use crate::project::{Environment, Project};
use crate::providers;
use crate::reading::ReadingKeys;
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
    /// Ask as well whether the names of what is new are free
    #[arg(long, conflicts_with = "offline")]
    preflight: bool,
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
    /// What an apply would fail of, where that was asked.
    passed: Result<()>,
}

impl Preview {
    /// What is wrong with it.
    fn error(&self) -> Option<&Error> {
        match &self.planned {
            Ok(planned) => planned.passed.as_ref().err(),
            Err(error) => Some(error),
        }
    }
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
    for error in previews.iter().filter_map(Preview::error) {
        talk(&error::error(error));
    }
    let failed = previews.iter().find_map(Preview::error);
    let changes = previews
        .iter()
        .filter_map(|one| one.planned.as_ref().ok())
        .any(|planned| !planned.review.document.empty);
    Ok(match failed {
        Some(error) => error.exit(),
        None if args.exit_code && changes => Exit::Changes,
        None => Exit::Done,
    })
}

/// Every environment to be planned, with its project.
fn chosen(invocation: &Invocation, args: &Args) -> Result<Vec<(Project, Environment)>> {
    let asked = invocation.asked_environment();
    if args.all_environments && asked.is_some() {
        return Err(Error::usage(
            "--all-environments and --environment exclude each other",
            "give one of them",
        ));
    }
    let here = &invocation.global.directory;
    let folders = match args.stacks.as_slice() {
        [] => vec![here.clone()],
        folders => folders.iter().map(|folder| here.join(folder)).collect(),
    };
    let mut chosen = Vec::new();
    for folder in folders {
        let names = match args.all_environments {
            true => Project::find(&folder)?
                .names()
                .into_iter()
                .map(Some)
                .collect(),
            false => vec![asked.map(str::to_owned)],
        };
        for name in names {
            let project = Project::find(&folder)?;
            let environment = project.environment(name.as_deref())?;
            chosen.push((project, environment));
        }
    }
    Ok(chosen)
}

async fn planned(project: &Project, environment: &Environment, args: &Args) -> Result<Planned> {
    let home = Home::of(project, environment)?;
    let listener = progress::to_stderr();
    let reading = ReadingKeys(&home.keys);
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
            offline: args.offline,
            changing: false,
            only: None,
        };
        let plan = planning::plan(&mut session, project, &wanted).await?;
        let passed = match args.preflight {
            true => preflight::pass(&session, &graph, &plan, Questions::Names).await,
            false => Ok(()),
        };
        let sources = Sources {
            state: session.state(),
            graph: Some(&graph),
            schemas: &schemas,
        };
        Ok(Planned {
            review: Review::new(Document::of(&plan, sources, environment.production)),
            text: render::plan::plan(&plan),
            passed,
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
