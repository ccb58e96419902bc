//! The plans of several stacks, each made after those whose outputs it reads.

use super::chosen::subject;
use super::{Args, Preview};
use crate::costs::Pricing;
use crate::desk::{Desk, Terms};
use crate::error::{Error, Result};
use crate::forge::PullRequest;
use crate::invocation::Invocation;
use crate::plans::Writer;
use crate::render::style::talk;
use crate::several::{self, Member};
use crate::stacks::{Outlook, Place};
use crate::{planning, providers};

/// Plans one after the other, and gives the plans in the order in which they were chosen. What cannot be planned does not
/// keep the rest from it.
pub async fn previews(
    invocation: &Invocation,
    chosen: &[Member],
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
        let graph = several::within(&project.name, &environment.name, graph);
        graphs.push(Some(unless_cancelled(invocation, graph).await?));
    }
    let here = &invocation.global.directory;
    let saving = args.save.as_deref();
    let saving = saving.map(|folder| Writer::into(folder, here));
    let mut desk = Desk {
        terms: Terms {
            guard: &args.guard,
            offline: args.offline,
            redacted: args.redacted.is_some(),
            preflight: args.preflight,
        },
        pricing,
        outlook: Outlook::default(),
        saving: saving.transpose()?,
    };
    let places: Vec<Place> = chosen.iter().map(several::place).collect::<Result<_>>()?;
    let known = graphs.iter().map(|graph| graph.as_ref()?.as_ref().ok());
    let (order, circle) = several::order(&several::reads(&places, known));
    let mut previews: Vec<Option<Preview>> = chosen.iter().map(|_| None).collect();
    // What is in a circle is planned too: a preview says all that it can.
    for position in order.into_iter().chain(circle) {
        let one = &chosen[position];
        let planned = match graphs[position].take() {
            Some(Ok(graph)) => unless_cancelled(invocation, desk.plan(one, &graph)).await?,
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
