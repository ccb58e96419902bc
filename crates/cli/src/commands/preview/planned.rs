//! The plans of several stacks, each made after those whose outputs it reads.

use std::collections::HashMap;
use std::sync::Arc;

use stack_engine::{CheckedGraph, Listener, Session, Wishes};
use stack_model::Name;
use stack_provider::trace::{self, Work};
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
use crate::plans::Writer;
use crate::preflight::{self, Questions};
use crate::project::{Environment, Project};
use crate::providers;
use crate::render::style::talk;
use crate::render::{self, progress};
use crate::saved::Saved;
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
        let graph = trace::within(work(project, environment), graph);
        graphs.push(Some(unless_cancelled(invocation, graph).await?));
    }
    let here = &invocation.global.directory;
    let saving = args.save.as_deref();
    let saving = saving.map(|folder| Writer::into(folder, here));
    let mut desk = Desk {
        args,
        pricing,
        outlook: Outlook::default(),
        saving: saving.transpose()?,
    };
    let places: Vec<Place> = chosen.iter().map(place).collect::<Result<_>>()?;
    let mut previews: Vec<Option<Preview>> = chosen.iter().map(|_| None).collect();
    for position in order(&places, &graphs) {
        let one = &chosen[position];
        let planned = match graphs[position].take() {
            Some(Ok(graph)) => {
                let (project, environment) = one;
                let planning = trace::within(work(project, environment), desk.plan(one, &graph));
                unless_cancelled(invocation, planning).await?
            }
            Some(Err(error)) => Err(error),
            None => continue,
        };
        previews[position] = Some(Preview {
            subject: subject(one),
            planned,
        });
    }
    if let Some(saving) = desk.saving {
        saving.end()?;
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

fn work<'a>(project: &'a Project, environment: &'a Environment) -> Work<'a> {
    Work::Environment {
        stack: &project.name,
        environment: &environment.name,
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

/// What all plans of a preview share.
struct Desk<'a> {
    args: &'a Args,
    pricing: Option<&'a Pricing>,
    outlook: Outlook,
    saving: Option<Writer<'a>>,
}

impl Desk<'_> {
    async fn plan(
        &mut self,
        chosen: &(Project, Environment),
        graph: &CheckedGraph,
    ) -> Result<Planned> {
        let listener = progress::to_stderr();
        let done = self.plan_with(chosen, graph, listener.as_ref()).await;
        listener.rest();
        done
    }

    async fn plan_with(
        &mut self,
        chosen: &(Project, Environment),
        graph: &CheckedGraph,
        listener: &dyn Listener,
    ) -> Result<Planned> {
        let (project, environment) = chosen;
        let args = self.args;
        let home = Home::of(project, environment)?;
        let policies = args.guard.policies(project)?;
        let reading = home.reading();
        let connections = providers::connections();
        let schemas = Arc::clone(connections.schemas());
        let here = match self.saving {
            Some(_) => home.place(listener),
            None => home.with_keys(listener, &reading),
        };
        let mut session = Session::read(here, connections).await?;
        let base = match self.saving {
            Some(_) => Some(planning::base_to_save(&home, &session).await?),
            None => None,
        };
        planning::compare_sealing(environment, &session);
        let config = planning::config(project, environment, &session)?;
        let wanted = Wanted {
            graph,
            config: &config,
            wishes: &Wishes::default(),
            offline: args.offline || args.redacted.is_some(),
            changing: false,
            outlook: &self.outlook,
            only: None,
        };
        let plan = planning::plan(&mut session, project, &wanted).await?;
        self.outlook.learn(place(chosen)?, &plan);
        let case = Case {
            plan: &plan,
            session: &session,
            graph,
            schemas: &schemas,
            environment,
        };
        let mut document = case.document();
        document.redacted = args.redacted.is_some();
        let mut review = Review::new(document);
        if args.preflight {
            review.findings = preflight::findings(&session, graph, &plan, Questions::Names).await;
        }
        if let Some(policies) = &policies {
            review.findings.extend(policies.judge(&review.document)?);
        }
        if let Some(pricing) = self.pricing {
            review.costs = Some(pricing.of(&review.document).await);
        }
        if let (Some(saving), Some(base)) = (&mut self.saving, base)
            && !plan.is_empty()
            && review.denials().next().is_none()
        {
            let (shown, graph) = (review.document.digest.clone(), graph.graph.clone());
            let saved = Saved::of(base, &plan, shown, graph, config, Wishes::default());
            saving.add(project, environment, &saved, session.seal())?;
        }
        let text = [
            render::plan::plan(&plan),
            render::uncompared::text(&review.document),
            render::findings::text(&review.findings),
            review
                .costs
                .as_ref()
                .map(render::costs::text)
                .unwrap_or_default(),
        ];
        Ok(Planned {
            text: text.concat(),
            review,
        })
    }
}
