//! The way back to a checkpoint becomes a plan.

use std::collections::HashSet;

use stack_model::{Map, Urn};

use super::Session;
use crate::check::CheckedGraph;
use crate::error::{Error, Result};
use crate::plan::Change;
use crate::planner::Wishes;
use crate::rollback::{self, Past, Rollback, Terms};
use crate::state::State;

impl Session<'_> {
    /// A checkpoint as what should exist: the graph of a rollback.
    pub fn target(&self, checkpoint: State, terms: Terms) -> Result<CheckedGraph> {
        let schemas = self.connections.schemas();
        rollback::target(checkpoint, &self.state, schemas, terms).map_err(Error::Problems)
    }

    /// Plans the way back to a checkpoint: settles what is in doubt, puts back what needs no cloud, reads what is
    /// there, and plans the rest as for any graph.
    ///
    /// What is no undo is in [`Rollback::losses`], unless the graph's terms accept it.
    pub async fn plan_rollback(&mut self, graph: CheckedGraph, config: &Map) -> Result<Rollback> {
        self.plan_rollback_of(graph, config, &HashSet::new()).await
    }

    /// The same for these resources and what they depend on; for all when none is given. The others are not read, so
    /// that what became of them stays to be found.
    pub async fn plan_rollback_of(
        &mut self,
        graph: CheckedGraph,
        config: &Map,
        targets: &HashSet<Urn>,
    ) -> Result<Rollback> {
        self.declare(&graph, config)?;
        self.identify(Some(&graph)).await?;
        self.settle().await?;
        let before = (self.state.clone(), self.renamed.clone(), self.facts.len());
        let planned = self.plan_back(graph, config, targets).await;
        if !matches!(&planned, Ok(rollback) if rollback.losses.is_empty()) {
            // What is not rolled back stays recorded as it is.
            let facts;
            (self.state, self.renamed, facts) = before;
            self.facts.truncate(facts);
        }
        planned
    }

    async fn plan_back(
        &mut self,
        mut graph: CheckedGraph,
        config: &Map,
        targets: &HashSet<Urn>,
    ) -> Result<Rollback> {
        let restored = self.restore(&graph)?;
        let needed = (!targets.is_empty()).then(|| self.needed(&graph, targets, false));
        self.refresh(|urn| needed.as_ref().is_none_or(|needed| needed.contains(urn)))
            .await?;
        self.answer_as_then(&graph);
        let wishes = Wishes {
            targets: targets.clone(),
            ..Wishes::default()
        };
        let mut plan = self.plan(&graph, config, &wishes).await?;
        let accepts = past_of(&graph)?.terms.accept_loss;
        if accepts && rollback::leave_one_way(&mut graph, &plan) {
            plan = self.plan(&graph, config, &wishes).await?;
        }
        let past = past_of(&graph)?;
        let schemas = self.connections.schemas();
        let mut losses = rollback::judge(past, &self.state, schemas, &mut plan);
        if accepts {
            losses.clear();
        }
        plan.changes.splice(0..0, restored);
        Ok(Rollback {
            graph,
            plan,
            losses,
        })
    }

    fn restore(&mut self, graph: &CheckedGraph) -> Result<Vec<Change>> {
        let schemas = self.connections.schemas();
        let restored = rollback::restored(past_of(graph)?, &self.state, schemas);
        let restored = restored.map_err(Error::Problems)?;
        restored
            .deltas
            .into_iter()
            .for_each(|delta| self.learn(delta));
        self.renamed = restored.renamed;
        Ok(restored.changes)
    }

    /// Lookups are answered as they were at the checkpoint.
    fn answer_as_then(&mut self, graph: &CheckedGraph) {
        let past = graph.past.iter().flat_map(|past| &past.state.lookups);
        let answers = past
            .filter(|(urn, _)| graph.lookups.contains_key(*urn))
            .map(|(urn, lookup)| (urn.clone(), lookup.clone()))
            .collect();
        self.answers.clear();
        self.note_answers(answers);
    }
}

fn past_of(graph: &CheckedGraph) -> Result<&Past> {
    let past = graph.past.as_deref();
    past.ok_or_else(|| Error::Other("a rollback leads back to a checkpoint".into()))
}
