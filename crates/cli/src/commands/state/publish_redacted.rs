//! `stack state publish-redacted`.

use std::path::PathBuf;

use stack_backend::FileBackend;
use stack_engine::codec::decode_preamble;
use stack_engine::state::Header;
use stack_engine::{Backend, snapshot};

use crate::environment::Home;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::project::{Environment, Project};
use crate::render::style::talk;

/// `stack state publish-redacted`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder; an older snapshot of the same state in it gives way
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Every environment that Stack.toml has, instead of one
    #[arg(long)]
    all_environments: bool,
}

/// Writes the newest committed states to a folder without their secrets, for previews of forks. Opens nothing that is
/// sealed, so it needs no key; takes no lock.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    let project = invocation.project()?;
    for environment in invocation.environments(&project, args.all_environments)? {
        let name = &environment.name;
        match publish(&project, &environment, &args).await? {
            Some(serial) => talk(&format!(
                "{name}: state {serial}, without its secrets, is in {}",
                args.to.display()
            )),
            None if args.all_environments => talk(&format!("{name}: nothing is recorded yet")),
            None => return Err(super::nothing_recorded()),
        }
    }
    Ok(Exit::Done)
}

/// Publishes one environment. Nothing when it has no state.
async fn publish(project: &Project, environment: &Environment, args: &Args) -> Result<Option<u64>> {
    let home = Home::of(project, environment)?;
    let backend = home.backend.as_ref();
    let Some(serial) = engine(backend.serials().await)?.last().copied() else {
        return Ok(None);
    };
    let place = backend.place();
    let name = format!("{place}, state {serial}");
    let bytes = engine(backend.state(serial).await)?;
    let preamble = engine(decode_preamble(&bytes, &name))?;
    if let Some(to) = preamble.header.moved_to {
        return Err(stack_engine::Error::Moved { place, to }.into());
    }
    if snapshot::is_redacted(&preamble.sealing) {
        return engine(Err(snapshot::unopened()));
    }
    if !engine(backend.journals(preamble.header.epoch).await)?.is_empty() {
        talk(&format!(
            "warning: what a run of {} did since state {serial} is not in the snapshot",
            environment.name
        ));
    }
    let redacted = engine(snapshot::redacted(&bytes, &name))?;
    let target = stack_backend::snapshot(&args.to, &project.name, &environment.name)?;
    gives_way(&target, &preamble.header).await?;
    engine(target.publish(serial, redacted).await)?;
    Ok(Some(serial))
}

/// Refuses to take the place of anything but an older snapshot of the same state.
async fn gives_way(target: &FileBackend, header: &Header) -> Result<()> {
    let place = target.place();
    for serial in engine(target.serials().await)? {
        let name = format!("{place}, state {serial}");
        let there = decode_preamble(&engine(target.state(serial).await)?, &name);
        let there = engine(there)?;
        if !snapshot::is_redacted(&there.sealing) {
            return Err(Error::refused(
                format!("{name} is a real state, and nothing takes its place"),
                "name another folder",
            ));
        }
        if there.header.lineage != header.lineage {
            return Err(Error::refused(
                format!(
                    "{name} is a snapshot of another state, which was born as {}",
                    there.header.lineage
                ),
                "remove it, or name another folder",
            ));
        }
    }
    Ok(())
}

fn engine<T>(done: stack_engine::backend::Result<T>) -> Result<T> {
    Ok(done.map_err(stack_engine::Error::from)?)
}
