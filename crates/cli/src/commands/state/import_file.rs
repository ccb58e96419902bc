//! `stack state import-file`.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde_json::Value as Json;
use stack_backend::KeyRing;
use stack_engine::document::Document;
use stack_engine::{BackendError, Keys, Seal, Session, State, soundness};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::locking::{self, Lock};
use crate::opened::Opened;
use crate::render::recorded;
use crate::render::style::{print, talk};
use crate::{confirm, providers};

/// `stack state import-file`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file, as `stack state export-file` wrote it
    file: PathBuf,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Put back what was exported from an older state than the newest
    #[arg(long)]
    older: bool,
    /// How to take the lock.
    #[command(flatten)]
    lock: Lock,
}

/// Records what a file says from now on, in place of what is recorded. No cloud is touched by it.
///
/// Where nothing is recorded, the state is born again: of the same lineage, and with the same data key.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    confirm::possible("state import-file", args.yes)?;
    let document = read(&args.file)?;
    let mut opened = Opened::of(invocation, "state import-file")?;
    let newest = opened.serial().await?;
    let exported = document.header().clone();
    fits(&opened, &args, newest, &document)?;
    if newest == 0 {
        // Before anything is born of it.
        let seal = Keys::open(&opened.home.keys, &exported.lineage, document.sealing()).await;
        let seal = seal.map_err(stack_engine::Error::from)?;
        let name = args.file.display().to_string();
        document
            .open(seal.as_ref(), &name)
            .map_err(not_understood)?;
    }
    opened.home.surroundings.promised = Some(exported.lineage.clone());
    let (home, progress) = (&opened.home, opened.progress.as_ref());
    let keys = SameKey {
        ring: &home.keys,
        sealing: document.sealing(),
    };
    let backend = home.backend.as_ref();
    let lease = locking::take(
        invocation,
        backend,
        "state import-file",
        args.lock,
        progress,
    )
    .await?;
    let place = home.with_keys(progress, &keys);
    let mut session =
        Session::with_lease(place, providers::connections(), lease, "state import-file").await?;
    let done = async {
        let recorded = &session.state().header;
        if newest > 0 && recorded.lineage != exported.lineage {
            return Err(Error::refused(
                format!(
                    "{} is of the lineage {}, and what is recorded is of {}: it was never a state of this environment",
                    args.file.display(),
                    exported.lineage,
                    recorded.lineage
                ),
                "put it back where it was exported, or into an environment where nothing is recorded",
            ));
        }
        let name = args.file.display().to_string();
        let content = document.open(session.seal(), &name);
        let content = content.map_err(not_understood)?;
        show(&session, &content)?;
        if same(session.state(), &content) {
            talk("this is recorded already");
            return Ok(Exit::Done);
        }
        let question = "Record this from now on? [y/N]";
        if !args.yes && !confirm::ask(invocation, question, &["y", "Y", "yes"]).await? {
            talk("nothing was changed");
            return Ok(Exit::Cancelled);
        }
        super::know_where(&mut session).await?;
        session.replace(content).await?;
        talk(&format!(
            "recorded as state {}; `stack plan` compares it with what is there",
            session.state().header.serial
        ));
        Ok(Exit::Done)
    }
    .await;
    opened.end(session, done).await
}

fn read(path: &Path) -> Result<Document> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::File {
        doing: "read",
        path: path.to_owned(),
        source,
    })?;
    Document::read(&text, &path.display().to_string()).map_err(not_understood)
}

/// A file that a person may have edited is no damaged backend.
fn not_understood(error: BackendError) -> Error {
    match error {
        BackendError::Damaged { place, reason } => Error::refused(
            format!("{place}: {reason}"),
            "nothing was changed; correct it, or export anew",
        ),
        error => stack_engine::Error::from(error).into(),
    }
}

/// Whether a file belongs here. What it holds is not looked at yet.
fn fits(opened: &Opened<'_>, args: &Args, newest: u64, document: &Document) -> Result<()> {
    let exported = document.header();
    let (stack, environment) = (&opened.project.name, &opened.environment.name);
    if exported.stack != *stack || exported.environment != *environment {
        return Err(Error::usage(
            format!(
                "{} is of {} of {}, and this is {environment} of {stack}",
                args.file.display(),
                exported.environment,
                exported.stack
            ),
            "import it where it was exported",
        ));
    }
    if exported.serial < newest && !args.older {
        return Err(Error::refused(
            format!(
                "{} was exported from state {}, and the newest is {newest}: what was recorded since would be forgotten",
                args.file.display(),
                exported.serial
            ),
            "export anew and edit that; if the older one is what you want, add --older",
        ));
    }
    Ok(())
}

/// Says what would be recorded otherwise than now, and what contradicts itself in it.
fn show(session: &Session<'_>, content: &State) -> Result<()> {
    print(&recorded::difference(session.state(), content)).map_err(Error::Output)?;
    let problems = soundness::contradictions(content, session.connections.schemas());
    for problem in &problems {
        talk(&format!("warning: {problem}"));
    }
    if !problems.is_empty() {
        talk("warning: nothing can be planned or done by it until that is mended");
    }
    Ok(())
}

fn same(one: &State, other: &State) -> bool {
    let header = |state: &State| state.header.production;
    let content = |state: &State| State {
        header: Default::default(),
        ..state.clone()
    };
    header(one) == header(other) && content(one) == content(other)
}

/// Keys for a state that is born again: its data key is the one that it had.
struct SameKey<'a> {
    ring: &'a KeyRing,
    sealing: &'a Json,
}

#[async_trait]
impl Keys for SameKey<'_> {
    async fn create(&self, lineage: &str) -> stack_engine::backend::Result<Box<dyn Seal>> {
        self.ring.open(lineage, self.sealing).await
    }

    async fn open(
        &self,
        lineage: &str,
        header: &Json,
    ) -> stack_engine::backend::Result<Box<dyn Seal>> {
        self.ring.open(lineage, header).await
    }
}
