//! A plan is carried out under the lock.

use stack_model::Map;
use stack_provider::trace::{self, Fact};
use tokio_util::sync::CancellationToken;

use super::{Session, no_lock};
use crate::apply::{self, Report, Run};
use crate::check::CheckedGraph;
use crate::error::{Error, Result};
use crate::journal::{self, Entry};
use crate::plan::Plan;

impl Session<'_> {
    /// The first entry of the run's journal, unless it has one.
    pub(super) fn begin(&self, command: &str) -> Option<Entry> {
        (!self.begun).then(|| Entry::Begin {
            format: journal::FORMAT,
            command: command.to_owned(),
            at: self.place.surroundings.now().to_string(),
            version: self.place.version.to_owned(),
        })
    }

    fn opening(&mut self, command: &str) -> Vec<Entry> {
        let facts = std::mem::take(&mut self.facts);
        let mut entries = Vec::from_iter(self.begin(command));
        self.begun = true;
        if !facts.is_empty() {
            entries.push(Entry::Facts { deltas: facts });
        }
        entries
    }

    /// Applies a plan, and commits the state. What fails is in the report.
    pub async fn apply(
        &mut self,
        plan: &Plan,
        graph: Option<&CheckedGraph>,
        config: &Map,
        cancelled: CancellationToken,
        parallelism: Option<usize>,
    ) -> Result<Report> {
        let mut report = self
            .carry_out(plan, graph, config, cancelled, parallelism)
            .await?;
        self.conclude(&mut report).await?;
        Ok(report)
    }

    /// Commits what a run came to. Where something is in doubt, the journal stays instead.
    pub async fn conclude(&mut self, report: &mut Report) -> Result<()> {
        if self.doubts.is_empty() {
            let lease = self.lease.as_deref().ok_or_else(no_lock)?;
            let epoch = lease.epoch();
            trace::phase("commit", self.commit(epoch)).await?;
            report.writes += 1;
        }
        Ok(())
    }

    /// Applies a plan and commits nothing, so that a rollback can follow in the same run.
    /// [`conclude`](Self::conclude) ends it.
    pub async fn carry_out(
        &mut self,
        plan: &Plan,
        graph: Option<&CheckedGraph>,
        config: &Map,
        cancelled: CancellationToken,
        parallelism: Option<usize>,
    ) -> Result<Report> {
        if self.is_in_doubt() {
            // The state that this commits would take the place of the journals that hold the doubts.
            return Err(Error::Other(
                "an apply needs what is in doubt to be settled".into(),
            ));
        }
        let command = match graph {
            Some(graph) if graph.past.is_some() => {
                self.command = "rollback".into();
                "rollback"
            }
            Some(_) => "apply",
            None => "destroy",
        };
        let opening = self.opening(command);
        let lease = self.lease.as_deref().ok_or_else(no_lock)?;
        let run = Run {
            plan,
            graph,
            config,
            stacks: &self.stacks,
            connections: &self.connections,
            lease,
            seal: self.seal.as_ref(),
            listener: self.place.listener,
            surroundings: self.place.surroundings,
            cancelled,
            parallelism,
        };
        let report = apply::apply(&run, &mut self.state, opening).await?;
        if !report.is_complete() {
            trace::learn(Fact::Failed(None));
        }
        // A state has no room for doubts: the journal stays, and the next run settles them.
        self.doubts.clone_from(&report.in_doubt);
        Ok(report)
    }
}
