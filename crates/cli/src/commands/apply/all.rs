//! Every stack of a folder: all is planned and shown first, and then each is applied after those that it reads.

use stack_engine::{CheckedGraph, Wishes};

use super::{Args, Asked, planned_now};
use crate::desk::{Desk, Planned, Terms};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::opened::Opened;
use crate::order::each_after;
use crate::render::style::{count, print, talk};
use crate::render::{error, events, together};
use crate::several::{self, Member};
use crate::stacks::Place;
use crate::{confirm, planning, providers};

/// Plans all, asks once, and applies all. What fails stops what reads it, and nothing else.
pub async fn run(invocation: &Invocation, args: &Args) -> Result<Exit> {
    confirm::possible("apply", args.yes)?;
    let members = several::members(invocation)?;
    let places: Vec<Place> = members.iter().map(several::place).collect::<Result<_>>()?;
    let graphs = graphs(invocation, &members).await?;
    let reads = several::reads(&places, graphs.iter().map(Some));
    let (order, circle) = several::order(&reads);
    if !circle.is_empty() {
        let names = circle.iter().map(|one| together::name(&places[*one]));
        return Err(Error::refused(
            format!(
                "{} read each other's outputs, so none of them can be first",
                names.collect::<Vec<_>>().join(", ")
            ),
            "move what they share into a stack of its own",
        ));
    }
    together::begin(invocation, "apply")?;
    let planned = plans(invocation, args, &members, &graphs, &order).await?;
    show(invocation, &places, &planned, &order)?;
    let findings = planned.iter().flat_map(|one| &one.review.findings);
    match findings.filter(|finding| finding.denies()).count() {
        0 => {}
        denials => return Err(Error::Denied(denials)),
    }
    let changes = planned
        .iter()
        .filter(|one| !one.review.document.empty)
        .count();
    if changes > 0 && !args.yes {
        let question = format!("Apply this to {}? [y/N]", count(changes, "stack"));
        if !confirm::ask(invocation, &question, &["y", "Y", "yes"]).await? {
            talk("nothing was changed");
            return Ok(Exit::Cancelled);
        }
    }
    let mut members: Vec<Option<Member>> = members.into_iter().map(Some).collect();
    let ended = each_after(&reads, args.at_once as usize, |position, done| {
        let hindered = reads[position].iter().find(|read| {
            let ended: &Option<together::Ended> = &done[**read];
            !ended.as_ref().is_some_and(together::Ended::is_done)
        });
        let hindered = hindered.map(|read| together::name(&places[*read]));
        let (graph, planned) = (&graphs[position], &planned[position]);
        let member = members[position].take().filter(|_| hindered.is_none());
        let (stack, environment) = &places[position];
        async move {
            match member {
                None => together::Ended::Hindered(hindered.unwrap_or_default()),
                Some(member) => {
                    let applying = one(invocation, args, member, graph, planned);
                    let applying = several::within(stack.as_str(), environment.as_str(), applying);
                    together::Ended::of(applying.await)
                }
            }
        }
    })
    .await;
    together::tell(invocation, "Applied", &places, &ended)
}

async fn graphs(invocation: &Invocation, members: &[Member]) -> Result<Vec<CheckedGraph>> {
    let schemas = providers::connections().schemas().clone();
    let mut graphs = Vec::with_capacity(members.len());
    for (project, environment) in members {
        talk(&format!(
            "reading the program of {}",
            together::name_of(project, environment)
        ));
        let graph = planning::graph(project, environment, &schemas);
        graphs.push(invocation.unless_cancelled(graph).await?);
    }
    Ok(graphs)
}

/// The plans, by the position of their stack.
async fn plans(
    invocation: &Invocation,
    args: &Args,
    members: &[Member],
    graphs: &[CheckedGraph],
    order: &[usize],
) -> Result<Vec<Planned>> {
    let mut desk = Desk::new(Terms {
        guard: &args.guard,
        offline: args.scope.offline,
        redacted: false,
        preflight: false,
    });
    let mut planned: Vec<Option<Planned>> = members.iter().map(|_| None).collect();
    for position in order {
        let plan = desk.plan(&members[*position], &graphs[*position]);
        planned[*position] = Some(invocation.unless_cancelled(plan).await?);
    }
    Ok(planned.into_iter().flatten().collect())
}

fn show(
    invocation: &Invocation,
    places: &[Place],
    planned: &[Planned],
    order: &[usize],
) -> Result<()> {
    for position in order {
        let (place, planned) = (&places[*position], &planned[*position]);
        if invocation.is_json()? {
            let (stack, environment) = place;
            events::emit(&serde_json::json!({
                "event": "review",
                "stack": stack,
                "environment": environment,
                "review": planned.review,
            }));
        } else {
            let name = together::name(place);
            print(&format!("── {name} ──\n\n{}\n", planned.text)).map_err(Error::Output)?;
        }
    }
    Ok(())
}

async fn one(
    invocation: &Invocation,
    args: &Args,
    (project, environment): Member,
    graph: &CheckedGraph,
    planned: &Planned,
) -> Result<Exit> {
    let policies = args.guard.policies(&project)?;
    let opened = Opened::among(invocation, "apply", project, environment)?;
    let asked = Asked {
        wishes: &Wishes::default(),
        approved: None,
        shown: Some(&planned.acts),
        policies: policies.as_ref(),
    };
    let done = planned_now(invocation, &opened, args, graph, asked).await;
    if let Err(error) = &done {
        opened.progress.say(&error::error(error));
    }
    done
}
