//! What changed outside, of several environments.

use stack_engine::{Listener, Session};

use super::{Args, shown};
use crate::drifting::{self, Found};
use crate::environment::Home;
use crate::error::{Error, Result};
use crate::forge::Subject;
use crate::invocation::Invocation;
use crate::project::{Environment, Project};
use crate::render::events;
use crate::render::progress::{self, Progress};
use crate::{planning, providers};

/// One environment: what it is, and what changed there.
pub struct Checked {
    pub subject: Subject,
    pub found: Result<Found>,
}

/// Looks at one after the other. What cannot be looked at is said, and does not keep the rest from it.
pub async fn all(
    invocation: &Invocation,
    chosen: &[(Project, Environment)],
    args: &Args,
) -> Result<Vec<Checked>> {
    let mut checked = Vec::with_capacity(chosen.len());
    let is_stream = invocation.global.is_json() && args.out.is_none();
    for (project, environment) in chosen {
        let listener: Box<dyn Progress> = match is_stream {
            true => invocation.listener("drift", project, environment)?,
            false => progress::to_stderr(),
        };
        let work = one(project, environment, args, listener.as_ref());
        let found = invocation.unless_cancelled(work).await;
        listener.rest();
        let found = match found {
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            found => found,
        };
        let one = Checked {
            subject: Subject {
                stack: project.name.clone(),
                environment: environment.name.clone(),
            },
            found,
        };
        shown::remarks(&one);
        if is_stream {
            events::emit(&shown::event(&one));
        }
        checked.push(one);
    }
    Ok(checked)
}

async fn one(
    project: &Project,
    environment: &Environment,
    args: &Args,
    listener: &dyn Listener,
) -> Result<Found> {
    let home = Home::of(project, environment)?;
    let reading = home.reading();
    let place = home.with_keys(listener, &reading);
    let mut session = Session::read(place, providers::connections()).await?;
    // Nothing is done about it here, so that nobody has to be asked.
    session.accept_gone();
    let mut warnings: Vec<String> = planning::under_way(&home).await?.into_iter().collect();
    if session.is_in_doubt() {
        warnings.push(
            "an earlier run left something in doubt: what became of it is looked up, and `stack refresh` records it"
                .to_owned(),
        );
    }
    let mut found = drifting::look(&mut session, &args.targets()).await?;
    found.report.subject.production |= environment.production;
    found.report.warnings = warnings;
    Ok(found)
}
