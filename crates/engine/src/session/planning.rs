//! What a program asks for becomes a plan.

use std::collections::HashSet;

use stack_model::{Expr, Graph, Map, Problem, Urn};

use super::Session;
use crate::check::{CheckedGraph, check};
use crate::error::{Error, Result};
use crate::plan::{Change, Plan};
use crate::planner::{self, Outcome, Sources, Wishes};
use crate::state::Delta;

impl Session<'_> {
    /// Checks a graph, and makes its provider configurations known.
    pub fn check(&mut self, graph: Graph, config: &Map) -> Result<CheckedGraph> {
        let graph = check(graph, self.connections.schemas()).map_err(Error::Problems)?;
        self.declare(&graph, config)?;
        Ok(graph)
    }

    /// Plans what a program asks for.
    pub async fn plan(
        &mut self,
        graph: &CheckedGraph,
        config: &Map,
        wishes: &Wishes,
    ) -> Result<Plan> {
        self.refuse_contradictions()?;
        self.rename(graph);
        if !self.refreshed {
            let recorded = self
                .state
                .lookups
                .iter()
                .map(|(urn, lookup)| (urn.clone(), lookup.clone()));
            self.answers = recorded.collect();
        }
        loop {
            let sources = Sources {
                state: &self.state,
                graph,
                schemas: self.connections.schemas(),
                config,
                stacks: &self.stacks,
                answers: &self.answers,
                unanswered: &self.unanswered,
                wishes,
            };
            match planner::plan(&sources, self.drift.clone()).map_err(Error::Problems)? {
                Outcome::Planned(mut plan) => {
                    let renamed = self.renamed.iter().filter_map(|(from, to)| {
                        let object = self.state.object(to)?;
                        Some(Change::renamed(from, to, object))
                    });
                    plan.changes.splice(0..0, renamed);
                    return Ok(plan);
                }
                Outcome::Ask(questions) if self.open_ended => {
                    for (urn, _) in questions {
                        // What was answered to another question is no answer to this one.
                        self.answers.remove(&urn);
                        self.unanswered.insert(urn);
                    }
                }
                Outcome::Ask(questions) if self.offline => {
                    let problem = |(urn, _): (Urn, Map)| Problem {
                        subject: urn.to_string(),
                        at: None,
                        message:
                            "is a lookup without an answer so far: plan once without --offline"
                                .to_owned(),
                    };
                    return Err(Error::Problems(
                        questions.into_iter().map(problem).collect(),
                    ));
                }
                Outcome::Ask(questions) => self.ask(graph, questions).await?,
                Outcome::Outdated(urns) => self.answers.retain(|urn, _| !urns.contains(urn)),
            }
        }
    }

    /// Plans the end of everything, or of the targets and what depends on them.
    pub fn plan_destroy(&self, targets: &HashSet<Urn>) -> Result<Plan> {
        let mut plan = planner::plan_destroy(&self.state, self.connections.schemas(), targets)
            .map_err(Error::Problems)?;
        plan.drift.clone_from(&self.drift);
        Ok(plan)
    }

    /// Some resources and all that they depend on, as declared and as recorded; and, where asked for, what outputs refer
    /// to.
    pub fn needed(
        &self,
        graph: &CheckedGraph,
        chosen: &HashSet<Urn>,
        with_outputs: bool,
    ) -> HashSet<Urn> {
        let mut open: Vec<Urn> = chosen.iter().cloned().collect();
        if with_outputs {
            for output in graph.graph.outputs.values() {
                output.value.visit_leaves(&mut |leaf| {
                    if let Expr::Ref(reference) = leaf {
                        open.push(reference.urn.clone());
                    }
                });
            }
        }
        let mut needed = HashSet::new();
        while let Some(urn) = open.pop() {
            if needed.contains(&urn) {
                continue;
            }
            if let Some(position) = graph.resources.get(&urn) {
                open.extend(graph.dependencies[*position].iter().cloned());
            }
            if let Some(object) = self.state.object(&urn) {
                open.extend(object.request.dependencies.iter().cloned());
            }
            needed.insert(urn);
        }
        needed
    }

    /// Gives resources their new urns.
    fn rename(&mut self, graph: &CheckedGraph) {
        for moved in &graph.graph.moved {
            let from = self.state.resources.contains_key(&moved.from);
            if from && !self.state.resources.contains_key(&moved.to) {
                self.learn(Delta::Rename {
                    from: moved.from.clone(),
                    to: moved.to.clone(),
                });
                self.renamed.push((moved.from.clone(), moved.to.clone()));
            }
        }
    }
}
