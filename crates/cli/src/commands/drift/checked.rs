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
    let before = planning::under_way(&home).await?;
    let was_in_doubt = session.is_in_doubt();
    let mut found = drifting::look(&mut session, &args.targets()).await?;
    let report = &mut found.report;
    report.subject.production |= environment.production;
    let meanwhile = match before {
        None => planning::under_way(&home).await?,
        before => before,
    };
    found.unsteady = meanwhile.is_some() || home.serial().await? != report.subject.serial;
    if found.unsteady {
        let another =
            || "another run ended meanwhile; what it did may show here as drift".to_owned();
        report.warnings.push(meanwhile.unwrap_or_else(another));
    }
    if was_in_doubt {
        report.warnings.push(
            "an earlier run left something in doubt: what became of it is looked up, and `stack refresh` records it"
                .to_owned(),
        );
    }
    Ok(found)
}
