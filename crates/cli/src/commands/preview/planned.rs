//! The plans of several stacks, each made after those whose outputs it reads.

use std::collections::HashMap;
use std::sync::Arc;

use stack_engine::{CheckedGraph, Session, Wishes};
use stack_model::Name;
use stack_review::Review;

use super::chosen::subject;
use super::{Args, Preview};
use crate::costs::Pricing;
use crate::environment::Home;
use crate::error::{Error, Result};
use crate::forge::PullRequest;
use crate::guard::Case;
use crate::invocation::Invocation;
use crate::planning::{self, Wanted};
use crate::project::{Environment, Project};
use crate::providers;
use crate::reading::ReadingKeys;
use crate::render::style::talk;
use crate::render::{self, progress};
use crate::stacks::{self, Outlook, Place};

/// A plan, and how it is shown.
pub struct Planned {
    /// The plan, and what was found about it.
    pub review: Review,
    /// The same for a terminal.
    pub text: String,
}

/// Plans one after the other, and gives the plans in the order in which they were chosen. What cannot be planned does not
/// keep the rest from it.
pub async fn previews(
    invocation: &Invocation,
    chosen: &[(Project, Environment)],
    args: &Args,
    forge: Option<&PullRequest>,
    pricing: Option<&Pricing>,
) -> Result<Vec<Preview>> {
    if let Some(forge) = forge {
        let begin = async {
            forge.begin(chosen.iter().map(subject)).await;
            Ok(())
        };
        invocation.unless_cancelled(begin).await?;
    }
    let mut graphs = Vec::with_capacity(chosen.len());
    for (project, environment) in chosen {
        talk(&format!(
            "planning {} of {}",
            environment.name, project.name
        ));
        let connections = providers::connections();
        let graph = planning::graph(project, environment, connections.schemas());
        graphs.push(Some(unless_cancelled(invocation, graph).await?));
    }
    let places: Vec<Place> = chosen.iter().map(place).collect::<Result<_>>()?;
    let mut outlook = Outlook::default();
    let mut previews: Vec<Option<Preview>> = chosen.iter().map(|_| None).collect();
    for position in order(&places, &graphs) {
        let one = &chosen[position];
        let planned = match graphs[position].take() {
            Some(Ok(graph)) => {
                let planned = planned(one, &graph, args, pricing, &mut outlook);
                unless_cancelled(invocation, planned).await?
            }
            Some(Err(error)) => Err(error),
            None => continue,
        };
        previews[position] = Some(Preview {
            subject: subject(one),
            planned,
        });
    }
    Ok(previews.into_iter().flatten().collect())
}

/// What comes of some work. Only that it was cancelled ends everything.
async fn unless_cancelled<T>(
    invocation: &Invocation,
    work: impl Future<Output = Result<T>>,
) -> Result<Result<T>> {
    match invocation.unless_cancelled(work).await {
        Err(Error::Cancelled) => Err(Error::Cancelled),
        done => Ok(done),
    }
}

fn place((project, environment): &(Project, Environment)) -> Result<Place> {
    let name = |text: &str| {
        let name = text.parse::<Name>();
        name.map_err(|error| Error::refused(error.to_string(), "choose another name"))
    };
    Ok((name(&project.name)?, name(&environment.name)?))
}

/// The positions, each after those whose outputs it reads. Where some read each other in a circle, as they were chosen.
fn order(places: &[Place], graphs: &[Option<Result<CheckedGraph>>]) -> Vec<usize> {
    fn visit(position: usize, reads: &[Vec<usize>], seen: &mut [bool], order: &mut Vec<usize>) {
        if std::mem::replace(&mut seen[position], true) {
            return;
        }
        for read in &reads[position] {
            visit(*read, reads, seen, order);
        }
        order.push(position);
    }
    let positions: HashMap<&Place, usize> = places.iter().zip(0..).collect();
    let reads = |graph: &Option<Result<CheckedGraph>>| match graph {
        Some(Ok(graph)) => {
            let places = stacks::references(&graph.graph).into_keys();
            places
                .filter_map(|place| positions.get(&place).copied())
                .collect()
        }
        Some(Err(_)) | None => Vec::new(),
    };
    let reads: Vec<Vec<usize>> = graphs.iter().map(reads).collect();
    let mut seen = vec![false; places.len()];
    let mut order = Vec::with_capacity(places.len());
    for position in 0..places.len() {
        visit(position, &reads, &mut seen, &mut order);
    }
    order
}

async fn planned(
    chosen: &(Project, Environment),
    graph: &CheckedGraph,
    args: &Args,
    pricing: Option<&Pricing>,
    outlook: &mut Outlook,
) -> Result<Planned> {
    let (project, environment) = chosen;
    let home = Home::of(project, environment)?;
    let policies = args.guard.policies(project)?;
    let listener = progress::to_stderr();
    let reading = ReadingKeys(&home.keys);
    let connections = providers::connections();
    let schemas = Arc::clone(connections.schemas());
    let work = async {
        let place = home.with_keys(listener.as_ref(), &reading);
        let mut session = Session::read(place, connections).await?;
        planning::compare_sealing(environment, &session);
        let config = planning::config(project, environment, &session)?;
        let wanted = Wanted {
            graph,
            config: &config,
            wishes: &Wishes::default(),
            offline: args.offline,
            changing: false,
            outlook,
            only: None,
        };
        let plan = planning::plan(&mut session, project, &wanted).await?;
        let case = Case {
            plan: &plan,
            session: &session,
            graph,
            schemas: &schemas,
            environment,
        };
        let document = case.document();
        let findings = match &policies {
            Some(policies) => policies.judge(&document)?,
            None => Vec::new(),
        };
        let found = render::findings::text(&findings);
        let mut text = render::plan::plan(&plan) + &found;
        let mut review = Review::new(document);
        review.findings = findings;
        if let Some(pricing) = pricing {
            let costs = pricing.of(&review.document).await;
            text += &render::costs::text(&costs);
            review.costs = Some(costs);
        }
        Ok((plan, Planned { review, text }))
    };
    let done: Result<_> = work.await;
    listener.rest();
    let (plan, planned) = done?;
    outlook.learn(place(chosen)?, &plan);
    Ok(planned)
}
