//! Who we are at the clouds, compared with what is recorded and allowed before anything is read there.

use std::collections::HashSet;

use stack_model::{Map, Name, Problem, Value};
use stack_provider::trace;

use super::Session;
use crate::check::CheckedGraph;
use crate::error::{Error, Result};
use crate::state::{Delta, ProviderState};

impl Session<'_> {
    /// Makes the provider configurations of a checked graph known.
    pub fn declare(&mut self, graph: &CheckedGraph, config: &Map) -> Result<()> {
        let mut problems = Vec::new();
        for name in used_providers(graph) {
            let kind = crate::providers::kind_of(&graph.graph, &name);
            let settings =
                crate::providers::config_of(&graph.graph, &name, config).ok_or_else(|| {
                    Error::problem(
                        format!("provider configuration {name}"),
                        "its settings have no value",
                    )
                })?;
            let misfits = self.connections.misfits(&kind, &settings);
            problems.extend(misfits.into_iter().map(|message| Problem {
                subject: format!("provider configuration {name}"),
                at: None,
                message,
            }));
            self.connections.declare(&name, &kind, &settings);
        }
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Error::Problems(problems)),
        }
    }

    /// Refuses to act on what contradicts itself, and in other accounts than those that are recorded and allowed.
    /// To be asked before anything is read at a cloud.
    pub async fn identify(&mut self, graph: Option<&CheckedGraph>) -> Result<()> {
        self.refuse_contradictions()?;
        trace::phase("identify", self.compare_accounts(graph)).await
    }

    /// Refuses to act on a state that contradicts itself.
    pub(super) fn refuse_contradictions(&self) -> Result<()> {
        let problems = self.contradictions();
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Error::Unsound(problems)),
        }
    }

    /// Compares the accounts that the configurations lead to with those that are recorded and allowed, before
    /// anything is read.
    pub async fn compare_accounts(&mut self, graph: Option<&CheckedGraph>) -> Result<()> {
        let mut names: Vec<Name> = graph.map(used_providers).unwrap_or_default();
        for urn in self.state.resources.keys() {
            let objects = self.state.resources[urn]
                .object
                .iter()
                .chain(&self.state.resources[urn].deposed);
            names.extend(objects.map(|object| object.request.provider.clone()));
        }
        // What is in doubt is looked for next; in the wrong account it would seem never to have happened.
        let doubted = self.doubts.iter().map(|doubt| &doubt.intent.request);
        names.extend(doubted.map(|request| request.provider.clone()));
        names.sort();
        names.dedup();
        let connections = &self.connections;
        let found =
            futures::future::try_join_all(names.iter().map(|name| async move {
                Ok::<_, Error>((name, connections.recorded(name).await?))
            }))
            .await?;
        let mut problems = Vec::new();
        for (name, provider) in &found {
            let Some(identity) = &provider.identity else {
                continue;
            };
            let problem = |message| Problem {
                subject: format!("provider configuration {name}"),
                at: None,
                message,
            };
            let expected = provider.config.get("account").and_then(Value::as_str);
            if let Some(expected) = expected
                && identity.account.rsplit(':').next() != Some(expected)
            {
                problems.push(problem(format!(
                    "leads to the account {}, and the program expects {expected}: use the credentials of that account",
                    identity.account
                )));
            }
            let recorded = self
                .state
                .providers
                .get(*name)
                .and_then(|recorded| recorded.identity.as_ref());
            if let Some(recorded) = recorded.filter(|recorded| recorded.account != identity.account)
            {
                problems.push(problem(format!(
                    "leads to the account {}, and what is recorded here is in {}: use the credentials of that account",
                    identity.account, recorded.account
                )));
            } else if let Some(recorded) =
                recorded.filter(|recorded| recorded.region != identity.region)
            {
                let name =
                    |region: &Option<String>| region.clone().unwrap_or_else(|| "no region".into());
                problems.push(problem(format!(
                    "leads to {}, and what is recorded here is in {}: set the region, or declare it in the program",
                    name(&identity.region),
                    name(&recorded.region)
                )));
            }
            if !self.place.accounts.is_empty() && !self.place.accounts.contains(&identity.account) {
                problems.push(problem(format!(
                    "leads to the account {}, and this environment allows only {}",
                    identity.account,
                    self.place.accounts.join(", ")
                )));
            }
        }
        if !problems.is_empty() {
            return Err(Error::Problems(problems));
        }
        for (name, provider) in found {
            let state: ProviderState = provider;
            if self.state.providers.get(name) != Some(&state) {
                self.learn(Delta::Provider {
                    name: name.clone(),
                    state,
                });
            }
        }
        Ok(())
    }
}

/// The provider configurations that a graph's resources and lookups use.
fn used_providers(graph: &CheckedGraph) -> Vec<Name> {
    let resources = graph
        .graph
        .resources
        .iter()
        .map(|one| (&one.type_name, &one.options.provider));
    let lookups = graph
        .graph
        .lookups
        .iter()
        .map(|one| (&one.type_name, &one.provider));
    let mut names: Vec<Name> = Vec::new();
    let mut seen = HashSet::new();
    for (type_name, asked) in resources.chain(lookups) {
        if seen.insert((type_name.cloud(), asked)) {
            names.push(crate::providers::name_for(&graph.graph, type_name, asked));
        }
    }
    names.sort();
    names.dedup();
    names
}
