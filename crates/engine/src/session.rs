//! One command's view of one environment.
//!
//! A session that reads takes no lock and writes nothing: what an earlier run left in doubt it settles in memory. A
//! session that writes holds the lock from its first read to its end.
//!
//! ```text
//! opening        the newest state, and what journals say beyond it
//! identity       is it sound, are these the accounts
//! settling       what earlier runs left in doubt
//! reading        refresh, answers of lookups
//! planning       a program -> Plan
//! preflight      what an apply of a plan would fail of
//! rolling_back   a checkpoint -> Plan
//! running        Plan -> Report
//! tearing_down   the end of everything that may end -> Plan
//! moving         to another backend
//! importing      objects that nobody recorded
//! repairing      what a person says of the record
//! ```

mod identity;
mod importing;
mod moving;
mod opening;
mod planning;
mod preflight;
mod reading;
mod repairing;
mod rolling_back;
mod running;
mod settling;
mod tearing_down;

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;
use stack_model::expr::StackOutput;
use stack_model::{Problem, Urn};
use tokio::time::Instant;

use crate::backend::{Backend, Keys, Lease, Seal};
use crate::codec::{count_resources, decode_preamble, decode_state, encode_state};
use crate::connections::Connections;
use crate::error::{Error, Result};
use crate::event::{Event, Listener};
use crate::journal::InDoubt;
use crate::partial::Partial;
use crate::plan::{Answers, Drift};
use crate::snapshot;
use crate::soundness;
use crate::state::{Delta, State};
use crate::surroundings::Surroundings;

pub use self::importing::Repair;
pub use self::preflight::Preflight;
pub use self::tearing_down::{Glance, Teardown};

/// How many committed states are kept.
pub const CHECKPOINTS: usize = 50;

/// Where an environment lives, and who works on it.
pub struct Place<'a> {
    /// The home of its state.
    pub backend: &'a dyn Backend,
    /// The keys to its secrets.
    pub keys: &'a dyn Keys,
    /// Who hears of what happens.
    pub listener: &'a dyn Listener,
    /// The time and chance.
    pub surroundings: &'a dyn Surroundings,
    /// The stack's name.
    pub stack: &'a str,
    /// The environment's name.
    pub environment: &'a str,
    /// The accounts that it may touch, as `aws:123456789012`. Any when empty.
    pub accounts: &'a [String],
    /// The version of stack, for the journal.
    pub version: &'a str,
}

/// One command's view of one environment.
pub struct Session<'a> {
    place: Place<'a>,
    /// The clouds.
    pub connections: Connections,
    state: State,
    seal: Box<dyn Seal>,
    lease: Option<Box<dyn Lease>>,
    /// When it was opened.
    opened: Instant,
    /// Changes that the journal does not have yet.
    facts: Vec<Delta>,
    /// Whether the run's journal has its first entry.
    begun: bool,
    doubts: Vec<InDoubt>,
    drift: Vec<Drift>,
    /// What got a new urn, as it was called and as it is called.
    renamed: Vec<(Urn, Urn)>,
    refreshed: bool,
    /// Whether all objects of a type may be gone.
    may_be_gone: bool,
    /// Whether no cloud may be asked anything.
    offline: bool,
    /// Whether what has no answer so far stays unknown while offline, instead of being an error.
    open_ended: bool,
    answers: Answers,
    /// Lookups that stay without an answer.
    unanswered: HashSet<Urn>,
    stacks: BTreeMap<StackOutput, Partial>,
    /// What is being run, for the states that it commits.
    command: String,
    /// What an earlier run did that came to no end, if there is one.
    interrupted: Option<String>,
}

/// What a committed state says of itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checkpoint {
    /// Its number.
    pub serial: u64,
    /// When it was committed, where known.
    pub at: Option<String>,
    /// What committed it, where known.
    pub command: Option<String>,
    /// How many resources it records, where it is whole.
    pub resources: Option<usize>,
    /// What is wrong with its bytes, if anything is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
}

impl Session<'_> {
    /// What is recorded.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What the last refresh found changed outside.
    pub fn drift(&self) -> &[Drift] {
        &self.drift
    }

    /// What contradicts itself in what is recorded. While anything does, nothing is planned or done.
    pub fn contradictions(&self) -> Vec<Problem> {
        soundness::contradictions(&self.state, self.connections.schemas())
    }

    /// What an earlier run did that came to no end, if there is one: `apply`. Its changes are recorded here, and in no
    /// checkpoint yet.
    pub fn interrupted(&self) -> Option<&str> {
        self.interrupted.as_deref()
    }

    /// Every committed state that is kept, oldest first. Needs no key. One that is damaged says so, and hides no other.
    pub async fn history(backend: &dyn Backend) -> Result<Vec<Checkpoint>> {
        let mut found = Vec::new();
        for serial in backend.serials().await? {
            let name = format!("{}, state {serial}", backend.place());
            let bytes = backend.state(serial).await?;
            let preamble = decode_preamble(&bytes, &name).ok();
            if preamble
                .as_ref()
                .is_some_and(|one| snapshot::is_redacted(&one.sealing))
            {
                return Err(snapshot::unopened().into());
            }
            let resources = count_resources(&bytes, &name);
            let header = preamble.map(|preamble| preamble.header).unwrap_or_default();
            found.push(Checkpoint {
                serial,
                at: header.at,
                command: header.command,
                damage: resources.as_ref().err().map(ToString::to_string),
                resources: resources.ok(),
            });
        }
        Ok(found)
    }

    /// One committed state, opened with the key that it was sealed with.
    pub async fn checkpoint(&self, serial: u64) -> Result<State> {
        let name = format!("{}, state {serial}", self.place.backend.place());
        let bytes = self.place.backend.state(serial).await?;
        let preamble = decode_preamble(&bytes, &name)?;
        if preamble.header.lineage != self.state.header.lineage {
            let message = "is of another lineage than the newest: it was never a state of this one";
            return Err(Error::problem(name, message));
        }
        // The data key of a lineage stays the same, however it is kept: an old state opens with today's key.
        Ok(decode_state(&bytes, self.seal(), &name)?)
    }

    /// The state as it was when this run began: refreshed, and before the run changed anything. What a rollback of this
    /// run leads back to.
    pub fn start(&self) -> State {
        let mut start = self.state.clone();
        for (from, to) in self.renamed.iter().rev() {
            let (from, to) = (to.clone(), from.clone());
            start.apply(&Delta::Rename { from, to });
        }
        start
    }

    /// The key that the environment's secrets are sealed with.
    pub fn seal(&self) -> &dyn Seal {
        self.seal.as_ref()
    }

    /// Whether an earlier run left something in doubt that is not settled yet.
    pub fn is_in_doubt(&self) -> bool {
        !self.doubts.is_empty()
    }

    /// Whether something was learned that is not written down yet: drift, an account, answers, new names.
    pub fn has_news(&self) -> bool {
        !self.facts.is_empty()
    }

    /// Takes it from the person that all objects of a type may be gone.
    pub fn accept_gone(&mut self) {
        self.may_be_gone = true;
    }

    /// Asks no cloud anything: what has not been looked up before is an error.
    pub fn stay_offline(&mut self) {
        self.offline = true;
    }

    /// Asks no cloud anything: what has not been looked up before stays unknown. For a plan that is only looked at.
    pub fn leave_unanswered(&mut self) {
        self.offline = true;
        self.open_ended = true;
    }

    /// Gives outputs of other stacks. What is to be carried out needs them known.
    pub fn know_stacks(&mut self, stacks: BTreeMap<StackOutput, Partial>) {
        self.stacks = stacks;
    }

    fn learn(&mut self, delta: Delta) {
        self.state.apply(&delta);
        self.facts.push(delta);
    }

    /// Commits what was learned besides an apply: drift that is accepted, an import, options.
    ///
    /// A committed state takes the place of all journals before it, so what is in doubt in them is settled first.
    pub async fn save(&mut self) -> Result<()> {
        self.settle().await?;
        let lease = self.lease.as_deref().ok_or_else(no_lock)?;
        let epoch = lease.epoch();
        self.facts.clear();
        self.commit(epoch).await
    }

    /// Records whether this is a production environment.
    pub fn set_production(&mut self, production: bool) {
        if self.state.header.production != production {
            self.learn(Delta::Production { production });
        }
    }

    /// Records when the environment is to be torn down, if ever. What is made from then on carries it as a tag.
    pub fn set_expiry(&mut self, at: Option<Timestamp>) {
        if self.state.header.expires != at {
            self.learn(Delta::Expiry { at });
        }
    }

    /// Commits a state that the journals up to `epoch` are part of.
    async fn commit(&mut self, epoch: u64) -> Result<()> {
        let lease = self.lease.as_deref().ok_or_else(no_lock)?;
        let header = &mut self.state.header;
        let before = header.clone();
        // A state is never written over, so that the last of all numbers is refused.
        (header.serial, header.epoch) = (header.serial.saturating_add(1), epoch);
        header.command = Some(self.command.clone());
        if self.state.resources.is_empty() {
            // Where nothing is, nothing is to be torn down.
            header.expires = None;
        }
        header.at = Some(self.place.surroundings.now().to_string());
        let bytes = encode_state(&self.state, self.seal.as_ref())?;
        if let Err(error) = lease.commit(self.state.header.serial, &bytes).await {
            self.state.header = before;
            return Err(error.into());
        }
        if let Err(error) = lease.prune(self.state.header.epoch, CHECKPOINTS).await {
            let message = format!("old states could not be removed: {error}");
            self.place
                .listener
                .on(Event::Warning { urn: None, message });
        }
        Ok(())
    }

    /// Gives the lock back.
    pub async fn close(self) -> Result<()> {
        match self.lease {
            Some(lease) => Ok(lease.release().await?),
            None => Ok(()),
        }
    }
}

fn no_lock() -> Error {
    Error::Other("only a run with the lock may write".into())
}
