//! What the clouds have: the refresh, and the answers of lookups.

use stack_model::graph::Lookup;
use stack_model::{Expr, Map, Urn};
use stack_provider::trace::{self, Work};

use super::Session;
use crate::check::CheckedGraph;
use crate::connections::{cloud, no_handler};
use crate::error::{Error, Result};
use crate::partial::evaluate;
use crate::plan::Drift;
use crate::refresh;
use crate::state::{Delta, LookupState, State};

impl Session<'_> {
    /// Reads what the cloud has, of the chosen resources.
    pub async fn refresh(&mut self, chosen: impl Fn(&Urn) -> bool) -> Result<&[Drift]> {
        trace::phase("refresh", self.read_all(None, chosen)).await
    }

    /// Reads what the cloud has, of the chosen resources, and asks beside it what a program looks up and no resource
    /// has to be known for.
    pub async fn refresh_for(
        &mut self,
        graph: &CheckedGraph,
        config: &Map,
        chosen: impl Fn(&Urn) -> bool,
    ) -> Result<&[Drift]> {
        trace::phase("refresh", self.read_all(Some((graph, config)), chosen)).await
    }

    async fn read_all(
        &mut self,
        program: Option<(&CheckedGraph, &Map)>,
        chosen: impl Fn(&Urn) -> bool,
    ) -> Result<&[Drift]> {
        self.settle().await?;
        let refreshing =
            refresh::refresh(&self.state, &self.connections, self.place.listener, chosen);
        let asking = async {
            match program {
                None => Ok(Vec::new()),
                Some((graph, config)) => {
                    self.answers(graph, self.open_questions(graph, config))
                        .await
                }
            }
        };
        let (refreshed, answers) = futures::future::try_join(refreshing, asking).await?;
        if let Some((type_name, count)) = refreshed.all_gone.filter(|_| !self.may_be_gone) {
            return Err(Error::AllGone { type_name, count });
        }
        refreshed
            .deltas
            .into_iter()
            .for_each(|delta| self.learn(delta));
        self.drift = refreshed.drift;
        self.refreshed = true;
        self.answers.clear();
        self.note_answers(answers);
        Ok(&self.drift)
    }

    /// The lookups whose questions are known whatever becomes of the resources.
    fn open_questions(&self, graph: &CheckedGraph, config: &Map) -> Vec<(Urn, Map)> {
        let nothing = State::default();
        let scope = crate::scope::Actual {
            state: &nothing,
            config,
            stacks: &self.stacks,
        };
        let asks_of_its_own = |expr: &Expr| {
            let mut waits = false;
            expr.visit_leaves(&mut |leaf| waits |= matches!(leaf, Expr::Ref(_) | Expr::Lookup(_)));
            !waits
        };
        let question = |lookup: &Lookup| {
            let known = lookup.inputs.iter().map(|(field, expr)| {
                let partial = evaluate(expr, &scope)
                    .ok()
                    .filter(|_| asks_of_its_own(expr))?;
                Some((field.clone(), partial.into_known()?))
            });
            Some((lookup.urn(), known.collect::<Option<Map>>()?))
        };
        graph.graph.lookups.iter().filter_map(question).collect()
    }

    pub(super) async fn ask(
        &mut self,
        graph: &CheckedGraph,
        questions: Vec<(Urn, Map)>,
    ) -> Result<()> {
        let answers = self.answers(graph, questions).await?;
        self.note_answers(answers);
        Ok(())
    }

    async fn answers(
        &self,
        graph: &CheckedGraph,
        questions: Vec<(Urn, Map)>,
    ) -> Result<Vec<(Urn, LookupState)>> {
        let connections = &self.connections;
        let answers = questions.into_iter().map(|(urn, inputs)| async move {
            let lookup = &graph.graph.lookups[graph.lookups[&urn]];
            let name =
                crate::providers::name_for(&graph.graph, &lookup.type_name, &lookup.provider);
            let observer = connections.observer(&name).await?;
            let answer = match observer.lookup(&lookup.type_name) {
                Some(lookup) => trace::attempt(Work::Read(&urn), lookup.answer(&inputs)).await,
                None => Err(no_handler(&urn)),
            };
            let answer = answer.map_err(|error| cloud("look up", &urn, error))?;
            Ok::<_, Error>((urn, LookupState { inputs, answer }))
        });
        futures::future::try_join_all(answers).await
    }

    pub(super) fn note_answers(&mut self, answers: Vec<(Urn, LookupState)>) {
        for (urn, state) in answers {
            self.answers.insert(urn.clone(), state.clone());
            if self.state.lookups.get(&urn) != Some(&state) {
                self.learn(Delta::Lookup { urn, state });
            }
        }
    }
}
