//! What an apply of a plan would fail of half-way, asked before it begins.

mod quotas;

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use futures::{StreamExt, stream};
use stack_model::graph::ReplaceOrder;
use stack_model::{Expr, Map, Name, Problem, TypeName, Urn, Value};
use stack_provider::{Error as CloudError, Finding, Found, Need, Purpose, Verb};

use super::Session;
use crate::check::CheckedGraph;
use crate::plan::{Action, Change, Plan};
use crate::providers::name_for;
use crate::refresh::retried;
use crate::state::Object;

/// How many names are asked about at once.
const AT_ONCE: usize = 32;

/// What was found before an apply.
#[derive(Debug, Default)]
pub struct Preflight {
    /// What it would fail of.
    pub findings: Vec<Problem>,
    /// What could not be told, and why.
    pub untold: Vec<String>,
}

/// A resource that a plan touches.
struct Touched<'a> {
    change: &'a Change,
    type_name: TypeName,
    provider: Name,
    verbs: Vec<Verb>,
    /// The cloud's name of what is there already.
    id: Option<String>,
    /// What is known of its inputs.
    known: Map,
    /// All of them, as the program writes what is not known yet.
    inputs: BTreeMap<String, Expr>,
}

impl Session<'_> {
    /// Asks what an apply of a plan would fail of: names that are taken and, where `everything`, what is not permitted to
    /// whoever we are and quotas that it would exceed. Only reads; to be asked once the accounts are compared.
    pub async fn preflight(
        &self,
        graph: &CheckedGraph,
        plan: &Plan,
        everything: bool,
    ) -> Preflight {
        let touched: Vec<Touched<'_>> = plan
            .changes
            .iter()
            .filter_map(|change| self.touched(graph, plan, change))
            .collect();
        let mut found = Preflight::default();
        let (names, further) = futures::join!(self.names(&touched), async {
            match everything {
                true => futures::join!(self.permitted(&touched), self.quotas(&touched)),
                false => Default::default(),
            }
        });
        let (permitted, quotas) = further;
        for (subject, at, answer) in names.into_iter().chain(permitted).chain(quotas) {
            let (findings, untold) = match answer {
                Ok(Found { findings, untold }) => (findings, untold),
                Err(error) => (Vec::new(), vec![error.to_string()]),
            };
            let problem = |finding: Finding| Problem {
                subject: subject.clone(),
                at: at.clone(),
                message: format!("{}\ntry: {}", finding.message, finding.hint),
            };
            found.findings.extend(findings.into_iter().map(problem));
            let untold = untold.iter().map(|why| format!("{subject}: {why}"));
            found.untold.extend(untold);
        }
        found
    }

    fn touched<'a>(
        &self,
        graph: &CheckedGraph,
        plan: &Plan,
        change: &'a Change,
    ) -> Option<Touched<'a>> {
        let verbs = verbs(change.action);
        let urn = &change.urn;
        let type_name: TypeName = urn.type_name().parse().ok()?;
        let declared = graph.resources.get(urn).filter(|_| !deletes(change.action));
        let recorded = self.state.resources.get(urn);
        let object = recorded.and_then(|one| one.object.as_ref().or(one.deposed.first()));
        let (provider, known, inputs) = match declared {
            Some(position) => {
                let resource = graph.graph.resources.get(*position)?;
                let provider = name_for(&graph.graph, &type_name, &resource.options.provider);
                let desired = plan.desired.get(*position).into_iter().flatten();
                let known = desired
                    .filter_map(|(field, value)| Some((field.clone(), value.known()?.clone())));
                (provider, known.collect(), resource.inputs.clone())
            }
            None => {
                let Object { request, .. } = object?;
                (
                    request.provider.clone(),
                    request.inputs.clone(),
                    BTreeMap::new(),
                )
            }
        };
        (!verbs.is_empty()).then_some(Touched {
            change,
            type_name,
            provider,
            verbs,
            id: object.map(|object| object.id.clone()),
            known,
            inputs,
        })
    }

    /// Whether each new object finds its name free.
    async fn names(&self, touched: &[Touched<'_>]) -> Vec<Answered> {
        let new = touched.iter().filter(|one| is_new(one.change.action));
        let asked = new.map(|one| async move {
            let mut answer = match self.connections.observer(&one.provider).await {
                Ok(observer) => match observer.resource(&one.type_name) {
                    Some(resource) => retried(|| resource.preflight(&one.known)).await,
                    None => Ok(Vec::new()),
                },
                // Said by what connects first.
                Err(_) => Ok(Vec::new()),
            };
            if let (Ok([found]), Some(urn)) = (answer.as_deref_mut(), self.has_its_name(one)) {
                found.hint =
                    format!("it is {urn}: where that becomes this one, say so with `moved`");
            }
            let answer = answer.map(Found::from);
            (one.change.urn.to_string(), one.change.at.clone(), answer)
        });
        stream::iter(asked).buffered(AT_ONCE).collect().await
    }

    /// The recorded resource that has the name that a new one is to have.
    fn has_its_name(&self, new: &Touched<'_>) -> Option<&Urn> {
        let schema = self.connections.schemas().get(&new.type_name)?;
        let mut fields = schema.inputs.iter();
        let (field, _) = fields.find(|(_, declared)| declared.physical_name.is_some())?;
        let wanted = new.known.get(field)?;
        let has = |object: &Object| object.value(field) == Some(wanted);
        let mut recorded = self.state.resources.iter();
        let (urn, _) = recorded.find(|(urn, one)| {
            urn.type_name() == new.type_name.as_str() && one.object.as_ref().is_some_and(has)
        })?;
        Some(urn)
    }

    /// Which quotas would be exceeded, by provider configuration. What the same plan deletes goes last, and frees nothing
    /// before.
    async fn quotas(&self, touched: &[Touched<'_>]) -> Vec<Answered> {
        let mut new: BTreeMap<(&Name, &TypeName), Vec<&Map>> = BTreeMap::new();
        for one in touched.iter().filter(|one| is_new(one.change.action)) {
            let of_type = new.entry((&one.provider, &one.type_name)).or_default();
            of_type.push(&one.known);
        }
        let asked = new.into_iter().map(|((name, type_name), new)| async move {
            // Said by what connects first.
            let observer = self.connections.observer(name).await.ok()?;
            Some((name, retried(|| observer.quotas(type_name, &new)).await))
        });
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let mut told: BTreeMap<&Name, Vec<_>> = BTreeMap::new();
        let mut refused = BTreeSet::new();
        let mut answered = Vec::new();
        for (name, answer) in answers.into_iter().flatten() {
            match answer {
                Ok(quotas) => told.entry(name).or_default().extend(quotas),
                // What is refused for one quota is refused for all of them, and said once.
                Err(error) => {
                    if refused.insert((name, error.operation.clone(), error.code.clone())) {
                        answered.push((configuration(name), None, Err(error)));
                    }
                }
            }
        }
        let exceeded = told.into_iter().map(|(name, quotas)| {
            let findings = quotas::exceeded(quotas);
            (configuration(name), None, Ok(findings.into()))
        });
        answered.extend(exceeded);
        answered
    }

    /// What would be refused to us, by provider configuration.
    async fn permitted(&self, touched: &[Touched<'_>]) -> Vec<Answered> {
        let mut needs: BTreeMap<&Name, Vec<Need>> = BTreeMap::new();
        for one in touched {
            needs.entry(&one.provider).or_default().push(one.need());
        }
        let asked = needs.into_iter().map(|(name, needs)| async move {
            let observer = self.connections.observer(name).await.ok()?;
            let identity = self.connections.identity(name).await.ok()?;
            let account = identity
                .as_ref()
                .and_then(|one| one.account.split_once(':'));
            let purpose = Purpose {
                name: name.to_string(),
                changing: true,
                account: account.map(|(_, account)| account.to_owned()),
                regions: identity
                    .iter()
                    .filter_map(|one| one.region.clone())
                    .collect(),
                needs,
            };
            let asks = self.connections.asks(name, &purpose);
            let answer = match asks.is_empty() {
                true => Ok(Found::default()),
                false => retried(|| observer.preflight(&asks)).await,
            };
            Some((configuration(name), None, answer))
        });
        join_all(asked).await.into_iter().flatten().collect()
    }
}

/// About what, where that is in the program, and what was found.
type Answered = (String, Option<String>, Result<Found, CloudError>);

/// What concerns a provider configuration as a whole.
fn configuration(name: &Name) -> String {
    format!("provider configuration {name}")
}

impl Touched<'_> {
    fn need(&self) -> Need {
        let known =
            |(field, value): (&String, &Value)| (field.clone(), Expr::Literal(value.clone()));
        let mut inputs = self.inputs.clone();
        inputs.extend(self.known.iter().map(known));
        Need {
            type_name: self.type_name.clone(),
            verbs: self.verbs.clone(),
            inputs,
            made_name: None,
            id: self.id.clone(),
        }
    }
}

/// What is done with a resource.
fn verbs(action: Action) -> Vec<Verb> {
    match action {
        Action::Create | Action::Resume | Action::Run => vec![Verb::Read, Verb::Create],
        Action::Update => vec![Verb::Read, Verb::Update],
        Action::Replace(_) => vec![Verb::Read, Verb::Create, Verb::Delete],
        Action::Delete | Action::DeleteDeposed => vec![Verb::Read, Verb::Delete],
        Action::Ask => vec![Verb::Read],
        Action::Forget | Action::Record | Action::Rename | Action::Restore => Vec::new(),
    }
}

fn deletes(action: Action) -> bool {
    matches!(action, Action::Delete | Action::DeleteDeposed)
}

/// Whether an object is made while no older one of the same resource can have its name.
fn is_new(action: Action) -> bool {
    matches!(
        action,
        Action::Create | Action::Replace(ReplaceOrder::CreateFirst)
    )
}
