//! `stack preview`.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use stack_engine::{Session, Wishes};
use stack_forge::State;
use stack_review::document::{Document, FORMAT, Sources};
use stack_review::{Review, markdown, words};

use crate::args::Format;
use crate::environment::Home;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::forge::{PullRequest, Subject, Told, Whom};
use crate::invocation::Invocation;
use crate::planning::{self, Wanted};
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
    /// End with code 3 when there are changes
    #[arg(long)]
    exit_code: bool,
    /// The longest that a preview in Markdown may be, in bytes; what does not fit is counted
    #[arg(long, value_name = "BYTES", default_value_t = markdown::LIMIT)]
    limit: usize,
    /// The pull request to tell.
    #[command(flatten)]
    whom: Whom,
}

/// One preview: what it is of, and what came of it.
struct Preview {
    subject: Subject,
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
    let forge = args.whom.open()?;
    let chosen = chosen(invocation, &args)?;
    let previews = previews(invocation, &chosen, args.offline, forge.as_ref()).await;
    if let (Err(_), Some(forge)) = (&previews, &forge) {
        forge.give_up(chosen.iter().map(subject)).await;
    }
    let previews = previews?;
    let printed = print(&written(&previews, &args)).map_err(Error::Output);
    for error in previews.iter().filter_map(|one| one.planned.as_ref().err()) {
        talk(&error::error(error));
    }
    // Whoever has read enough of the output still wants the comment.
    let told = match &forge {
        None => true,
        Some(forge) => {
            let limit = args.limit.min(forge.limit());
            let told = previews.iter().map(|one| told(one, limit));
            forge.tell(told.collect()).await
        }
    };
    printed?;
    let failed = previews.iter().find_map(|one| one.planned.as_ref().err());
    let changes = previews
        .iter()
        .filter_map(|one| one.planned.as_ref().ok())
        .any(|planned| !planned.review.document.empty);
    Ok(match failed {
        Some(error) => error.exit(),
        None if !told => Exit::Failed,
        None if args.exit_code && changes => Exit::Changes,
        None => Exit::Done,
    })
}

/// Plans one after the other. What cannot be planned does not keep the rest from it.
async fn previews(
    invocation: &Invocation,
    chosen: &[(Project, Environment)],
    offline: bool,
    forge: Option<&PullRequest>,
) -> Result<Vec<Preview>> {
    if let Some(forge) = forge {
        let begin = async {
            forge.begin(chosen.iter().map(subject)).await;
            Ok(())
        };
        invocation.unless_cancelled(begin).await?;
    }
    let mut previews = Vec::new();
    for one in chosen {
        let (project, environment) = one;
        talk(&format!(
            "planning {} of {}",
            environment.name, project.name
        ));
        let planned = planned(project, environment, offline);
        let planned = match invocation.unless_cancelled(planned).await {
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            planned => planned,
        };
        previews.push(Preview {
            subject: subject(one),
            planned,
        });
    }
    Ok(previews)
}

fn subject((project, environment): &(Project, Environment)) -> Subject {
    Subject {
        stack: project.name.clone(),
        environment: environment.name.clone(),
    }
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

async fn planned(project: &Project, environment: &Environment, offline: bool) -> Result<Planned> {
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
            offline,
            changing: false,
            only: None,
        };
        let plan = planning::plan(&mut session, project, &wanted).await?;
        let sources = Sources {
            state: session.state(),
            graph: Some(&graph),
            schemas: &schemas,
        };
        Ok(Planned {
            review: Review::new(Document::of(&plan, sources, environment.production)),
            text: render::plan::plan(&plan),
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
                preview.subject.environment, preview.subject.stack
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
            "stack": preview.subject.stack,
            "environment": preview.subject.environment,
            "error": error::event(error),
        }),
    };
    let previews: Vec<_> = previews.iter().map(one).collect();
    format!("{:#}\n", json!({"format": FORMAT, "previews": previews}))
}

fn markdown(previews: &[Preview], args: &Args) -> String {
    let previews = previews.iter().map(|one| comment(one, args.limit));
    let previews: Vec<String> = previews.collect();
    previews.join("\n")
}

fn comment(preview: &Preview, limit: usize) -> String {
    let Subject { stack, environment } = &preview.subject;
    match &preview.planned {
        Ok(planned) => markdown::review(&planned.review, limit),
        Err(error) => {
            // Nothing takes the colours away on the way to a comment.
            let error = error::error(error);
            let error = anstream::adapter::strip_str(&error).to_string();
            markdown::failure(stack, environment, &error, limit)
        }
    }
}

/// What a pull request is told of a preview.
fn told(preview: &Preview, limit: usize) -> Told {
    let (state, description) = match &preview.planned {
        Err(_) => (State::Error, "could not be planned".to_owned()),
        Ok(planned) => {
            let document = &planned.review.document;
            let summary = words::summary(&document.summary, document.outputs.len());
            match planned.review.denials().count() {
                0 => (State::Success, summary),
                denials => {
                    let violations = words::count(denials, "violation");
                    (State::Failure, format!("{violations}: {summary}"))
                }
            }
        }
    };
    Told {
        subject: preview.subject.clone(),
        body: comment(preview, limit),
        state,
        description,
    }
}

#[cfg(test)]
mod tests {
    use stack_review::document::{Subject as Of, Summary};
    use stack_review::{Finding, Level};

    use super::*;

    /// What is told of a plan of which this was found.
    fn told_of(levels: &[Level]) -> Told {
        let document = Document {
            format: FORMAT,
            subject: Of {
                stack: "shop".into(),
                environment: "dev".into(),
                production: false,
                serial: 1,
            },
            digest: "d1".into(),
            empty: false,
            summary: Summary {
                create: 3,
                ..Summary::default()
            },
            providers: Default::default(),
            resources: Vec::new(),
            drift: Vec::new(),
            outputs: Vec::new(),
        };
        let mut review = Review::new(document);
        review.findings = levels
            .iter()
            .map(|level| Finding {
                level: *level,
                policy: "no-public-buckets".into(),
                urn: None,
                message: "it is public".into(),
            })
            .collect();
        let preview = Preview {
            subject: Subject {
                stack: "shop".into(),
                environment: "dev".into(),
            },
            planned: Ok(Planned {
                review,
                text: String::new(),
            }),
        };
        told(&preview, markdown::LIMIT)
    }

    #[test]
    fn what_a_policy_denies_fails_and_what_it_warns_of_does_not() {
        let seen = |levels: &[Level]| {
            let told = told_of(levels);
            (told.state, told.description)
        };
        let plain = (State::Success, "3 to create".to_owned());
        assert_eq!(seen(&[]), plain);
        assert_eq!(seen(&[Level::Warn]), plain);
        let denied = (State::Failure, "2 violations: 3 to create".to_owned());
        assert_eq!(seen(&[Level::Deny, Level::Warn, Level::Deny]), denied);
    }
}
