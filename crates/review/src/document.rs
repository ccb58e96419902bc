//! A plan as versioned JSON: what programs, policies and pages read. No secret is in it.
//!
//! A value that is secret is `{"$secret": true}`; one that is not known before the apply is
//! `{"$unknown": {"after": […]}}` and names the answers that it waits for. A literal key that begins with `$` is
//! written `$$…`. [`FORMAT`] grows when a reader that knows the old form could misread the new one; new fields do not
//! count.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use stack_engine::check::Schemas;
use stack_engine::diff::Desired;
use stack_engine::plan::{self, Act, Plan};
use stack_engine::state::{Object, ProviderState, State};
use stack_engine::{CheckedGraph, providers};
use stack_model::Urn;
use stack_model::graph::ReplaceOrder;

use crate::parts::parts;
use crate::redact::redacted;
use crate::uncompared;

/// The version of the format.
pub const FORMAT: u32 = 1;

/// A plan, and what it was made for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Document {
    /// The version of the format.
    pub format: u32,
    /// What it is a plan of.
    #[serde(flatten)]
    pub subject: Subject,
    /// Whether it was made from a redacted snapshot: without the secrets, and without asking any cloud.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
    /// The digest of the changes and of the outputs: two plans with the same digest show the same. What is secret has
    /// no part in it.
    pub digest: String,
    /// Whether an apply would do nothing.
    pub empty: bool,
    /// How many changes there are of each kind.
    pub summary: Summary,
    /// The provider configurations of its resources, by name.
    pub providers: BTreeMap<String, Provider>,
    /// What happens to each resource, in the order in which it begins, and then the resources that stay as they are. A
    /// resource whose old object goes after its new one came has one entry.
    pub resources: Vec<Resource>,
    /// What changed outside since the last run.
    pub drift: Vec<Drift>,
    /// The outputs that change.
    pub outputs: Vec<Output>,
    /// The outputs whose secrets are not here to be compared, so that they may change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs_may_change: Vec<String>,
}

/// What a plan is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Subject {
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub environment: String,
    /// Whether `Stack.toml` or the recorded state calls it a production environment.
    pub production: bool,
    /// The newest committed state; 0 where there is none yet.
    pub serial: u64,
}

/// A provider configuration: which cloud, and where there.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Provider {
    /// The cloud: `aws`.
    pub kind: String,
    /// The account or subscription, as `aws:123456789012`. Absent when the cloud was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The region, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Its settings.
    pub config: Json,
}

/// How many changes there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// New objects.
    pub create: usize,
    /// Objects changed in place.
    pub update: usize,
    /// Objects that give way to new ones.
    pub replace: usize,
    /// Objects deleted.
    pub delete: usize,
    /// Acts.
    pub run: usize,
    /// Objects left in the cloud and forgotten here.
    pub forget: usize,
    /// Lookups answered only during the apply.
    pub ask: usize,
    /// What changes in the state alone.
    pub record: usize,
    /// Resources that stay as they are.
    pub unchanged: usize,
}

impl From<plan::Summary> for Summary {
    fn from(summary: plan::Summary) -> Self {
        let plan::Summary {
            create,
            update,
            replace,
            delete,
            run,
            forget,
            ask,
            record,
            unchanged,
        } = summary;
        Self {
            create,
            update,
            replace,
            delete,
            run,
            forget,
            ask,
            record,
            unchanged,
        }
    }
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It stays as it is.
    None,
    /// A new object.
    Create,
    /// A change in place.
    Update,
    /// A create that was accepted in an earlier run is brought to its end.
    Resume,
    /// A new object for the same urn.
    Replace,
    /// The object is deleted.
    Delete,
    /// An object that was replaced in an earlier run is deleted.
    DeleteDeposed,
    /// The act is done.
    Run,
    /// The object stays in the cloud and is forgotten here.
    Forget,
    /// A lookup is answered during the apply.
    Ask,
    /// Only what is recorded changes.
    Record,
    /// Only the urn changes.
    Rename,
    /// In a rollback: what is recorded becomes what it was.
    Restore,
}

impl From<plan::Action> for Action {
    fn from(action: plan::Action) -> Self {
        use plan::Action as A;
        match action {
            A::Create => Self::Create,
            A::Update => Self::Update,
            A::Resume => Self::Resume,
            A::Replace(_) => Self::Replace,
            A::Delete => Self::Delete,
            A::DeleteDeposed => Self::DeleteDeposed,
            A::Run => Self::Run,
            A::Forget => Self::Forget,
            A::Ask => Self::Ask,
            A::Record => Self::Record,
            A::Rename => Self::Rename,
            A::Restore => Self::Restore,
        }
    }
}

/// Which object of a replacement comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The new one.
    CreateFirst,
    /// The old one goes before the new one comes.
    DeleteFirst,
}

/// One resource, and what happens to it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Resource {
    /// `aws:ec2:Vpc/main`.
    pub urn: String,
    /// `aws:ec2:Vpc`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// `main`.
    pub name: String,
    /// What happens.
    pub action: Action,
    /// Which object of a replacement comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace_order: Option<Order>,
    /// The cloud's name of the object that is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where the program declares it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The components around it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
    /// What it depends on directly.
    pub depends_on: Vec<String>,
    /// Whether deleting or replacing it is refused.
    pub protect: bool,
    /// Whether its object stays in the cloud when it is no longer declared.
    pub retain: bool,
    /// Whether its object holds data that a new one would not have.
    pub holds_data: bool,
    /// Whether its type has an input `tags`.
    pub taggable: bool,
    /// The name of its provider configuration.
    pub provider: String,
    /// All of it as the cloud has it now; null when there is nothing.
    pub before: Json,
    /// All of it as it will be, as far as that is known; null when it goes. What the program does not set and the cloud
    /// has not told yet is not there.
    pub after: Json,
    /// The smallest parts that differ.
    pub changes: Vec<FieldChange>,
    /// The fields whose secrets are not here to be compared, so that they may change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_change: Vec<String>,
    /// Why, where the parts do not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why it could not be undone by a rollback, if it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub irreversible: Option<String>,
    /// Whether it happens only after the point of no return, when everything else has succeeded.
    pub late: bool,
}

/// A part that differs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FieldChange {
    /// Where: keys, and indices of lists.
    pub path: Vec<Json>,
    /// The same for people's eyes: `ingress[0].port`.
    pub field: String,
    /// What the cloud has. Null when nothing.
    pub before: Json,
    /// What the program asks for. Null when nothing.
    pub after: Json,
    /// Whether it needs a new object. Where `after` is not known: whether it may.
    pub replaces: bool,
    /// Whether it cannot be put back.
    pub one_way: bool,
}

/// What changed outside since the last run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Drift {
    /// Of which resource.
    pub urn: String,
    /// Whether the whole object is gone.
    pub gone: bool,
    /// What differs from what was recorded.
    pub fields: Vec<DriftedField>,
}

/// A field that is not as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DriftedField {
    /// Which.
    pub field: String,
    /// As recorded.
    pub recorded: Json,
    /// As the cloud has it.
    pub observed: Json,
}

/// An output that changes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// Which.
    pub name: String,
    /// What it was. Null when it is new.
    pub before: Json,
    /// What it will be. Null when it goes.
    pub after: Json,
}

/// What a plan was made from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// What is recorded, refreshed.
    pub state: &'a State,
    /// The program; none for a destroy.
    pub graph: Option<&'a CheckedGraph>,
    /// What is known of the types.
    pub schemas: &'a Schemas,
}

impl Document {
    /// A plan as a document.
    pub fn of(plan: &Plan, sources: Sources<'_>, production: bool) -> Self {
        let header = &sources.state.header;
        let late = late(plan);
        let mut resources = Vec::with_capacity(plan.changes.len() + plan.unchanged);
        let mut changing: HashSet<&Urn> = HashSet::with_capacity(plan.changes.len());
        for change in &plan.changes {
            changing.insert(&change.urn);
            resources.push(sources.changed(plan, change, &late));
        }
        if let Some(graph) = sources.graph {
            let declared = graph.graph.resources.iter().map(stack_model::Resource::urn);
            let stays = declared.filter(|urn| !changing.contains(urn));
            resources.extend(stays.map(|urn| sources.resource(plan, &urn, Action::None)));
        }
        let outputs: Vec<Output> = plan.outputs.iter().map(output).collect();
        let outputs_may_change = uncompared::outputs(plan, sources.state);
        Self {
            format: FORMAT,
            subject: Subject {
                stack: header.stack.clone(),
                environment: header.environment.clone(),
                production: production || header.production,
                serial: header.serial,
            },
            redacted: false,
            digest: digest(&resources, &outputs, &outputs_may_change),
            empty: plan.is_empty(),
            summary: plan.summary().into(),
            providers: sources.providers(&resources),
            resources,
            drift: plan.drift.iter().map(drift).collect(),
            outputs,
            outputs_may_change,
        }
    }

    /// The resources to which something happens.
    pub fn changed(&self) -> impl Iterator<Item = &Resource> {
        let changes = |resource: &&Resource| resource.action != Action::None;
        self.resources.iter().filter(changes)
    }

    /// What has secrets that are not here to be compared: resources by their urn, and `outputs`, each with its fields.
    pub fn uncertain(&self) -> Vec<(&str, &[String])> {
        let resources = self.resources.iter();
        let resources = resources.map(|one| (one.urn.as_str(), one.may_change.as_slice()));
        let outputs = std::iter::once(("outputs", self.outputs_may_change.as_slice()));
        let all = resources.chain(outputs);
        all.filter(|(_, fields)| !fields.is_empty()).collect()
    }
}

impl Sources<'_> {
    fn changed(&self, plan: &Plan, change: &plan::Change, late: &HashSet<&Urn>) -> Resource {
        let action = Action::from(change.action);
        let mut resource = self.resource(plan, &change.urn, action);
        resource.replace_order = match change.action {
            plan::Action::Replace(ReplaceOrder::CreateFirst) => Some(Order::CreateFirst),
            plan::Action::Replace(ReplaceOrder::DeleteFirst) => Some(Order::DeleteFirst),
            _ => None,
        };
        resource.late = action.removes() && late.contains(&change.urn);
        resource.id.clone_from(&change.id);
        resource.at.clone_from(&change.at);
        resource.group.clone_from(&change.group);
        resource.changes = change.fields.iter().flat_map(field_changes).collect();
        resource.reason.clone_from(&change.reason);
        resource.irreversible.clone_from(&change.irreversible);
        resource
    }

    /// A resource as it is recorded and as it is declared.
    fn resource(&self, plan: &Plan, urn: &Urn, action: Action) -> Resource {
        let schema = self.schemas.get(urn.type_name());
        let recorded = self.state.resources.get(urn);
        let object = recorded.and_then(|recorded| recorded.object.as_ref());
        let place = self.graph.and_then(|graph| {
            let position = *graph.resources.get(urn)?;
            Some((graph, position, &graph.graph.resources[position]))
        });
        let (protect, retain) = match (place, recorded) {
            (Some((_, _, declared)), _) => (declared.options.protect, declared.options.retain),
            (None, Some(recorded)) => (recorded.kept.protect, recorded.kept.retain),
            (None, None) => (false, false),
        };
        let dependencies = match place {
            Some((graph, position, _)) => graph.dependencies[position].as_slice(),
            None => object.map_or(&[][..], |object| &object.request.dependencies),
        };
        let provider = match place {
            Some((graph, _, declared)) => {
                let asked = &declared.options.provider;
                Some(providers::name_for(
                    &graph.graph,
                    &declared.type_name,
                    asked,
                ))
            }
            None => object.map(|object| object.request.provider.clone()),
        };
        let is_new = matches!(action, Action::Create | Action::Replace);
        let desired = place.and_then(|(_, position, _)| plan.desired.get(position));
        let desired = desired.filter(|_| !action.removes());
        let after = desired.map(|desired| after(object.filter(|_| !is_new), desired));
        let compared = object.filter(|_| action != Action::Create).zip(desired);
        let may_change = compared.map(|(object, desired)| uncompared::fields(object, desired));
        Resource {
            urn: urn.to_string(),
            type_name: urn.type_name().to_owned(),
            name: urn.name().to_owned(),
            action,
            replace_order: None,
            id: object.map(|object| object.id.clone()),
            at: place.and_then(|(_, _, declared)| declared.at.clone()),
            group: place.map_or_else(Vec::new, |(_, _, declared)| declared.group.clone()),
            depends_on: dependencies.iter().map(ToString::to_string).collect(),
            protect,
            retain,
            holds_data: schema.is_some_and(|schema| schema.holds_data),
            taggable: schema.is_some_and(|schema| schema.inputs.contains_key("tags")),
            provider: provider.map_or_else(String::new, |name| name.to_string()),
            before: object.map_or(Json::Null, |object| redacted(&object.values())),
            after: after.unwrap_or_default(),
            changes: Vec::new(),
            may_change: may_change.unwrap_or_default(),
            reason: None,
            irreversible: None,
            late: false,
        }
    }

    fn providers(&self, resources: &[Resource]) -> BTreeMap<String, Provider> {
        let names: HashSet<&str> = resources.iter().map(|one| one.provider.as_str()).collect();
        let recorded = self.state.providers.iter().filter_map(|(name, provider)| {
            let name = names.get(name.as_str())?;
            let ProviderState {
                kind,
                config,
                identity,
            } = provider;
            let provider = Provider {
                kind: kind.clone(),
                account: identity.as_ref().map(|identity| identity.account.clone()),
                region: identity
                    .as_ref()
                    .and_then(|identity| identity.region.clone()),
                config: redacted(config),
            };
            Some(((*name).to_owned(), provider))
        });
        recorded.collect()
    }
}

impl Action {
    /// Whether the object is no longer the stack's afterwards.
    pub fn removes(self) -> bool {
        matches!(self, Self::Delete | Self::DeleteDeposed | Self::Forget)
    }
}

/// What is deleted only when everything else has succeeded.
fn late(plan: &Plan) -> HashSet<&Urn> {
    let barrier = plan.steps.iter().position(|step| step.act == Act::Barrier);
    let after = barrier.map_or(&[][..], |barrier| &plan.steps[barrier..]);
    after.iter().filter_map(|step| step.urn.as_ref()).collect()
}

/// What an object that stays will be: as the cloud has it, and over that what the program asks for.
fn after(object: Option<&Object>, desired: &Desired) -> Json {
    let mut after = object.map_or_else(|| json!({}), |object| redacted(&object.values()));
    for (field, wanted) in desired {
        match wanted.is_null() {
            true => {}
            false => after[field] = redacted(wanted),
        }
    }
    after
}

fn field_changes(field: &stack_engine::diff::FieldChange) -> Vec<FieldChange> {
    let hidden = field.before.has_secret() || field.after.has_secret();
    let shown = |value: Json| match hidden && !value.is_null() {
        true => json!({"$secret": true}),
        false => value,
    };
    let change = |part: crate::parts::Part<'_>| FieldChange {
        path: part.keys(),
        field: part.path.to_string(),
        before: shown(redacted(part.before.as_ref())),
        after: shown(redacted(part.after.as_ref())),
        replaces: field.replaces,
        one_way: field.one_way,
    };
    let parts = parts(&field.path, &field.before, &field.after);
    parts.into_iter().map(change).collect()
}

fn drift(drift: &plan::Drift) -> Drift {
    let field = |field: &plan::DriftedField| {
        let hidden = field.recorded.has_secret() || field.observed.has_secret();
        let shown = |value| match hidden {
            true => json!({"$secret": true}),
            false => redacted(value),
        };
        DriftedField {
            field: field.field.clone(),
            recorded: shown(&field.recorded),
            observed: shown(&field.observed),
        }
    };
    Drift {
        urn: drift.urn.to_string(),
        gone: drift.gone,
        fields: drift.fields.iter().map(field).collect(),
    }
}

fn output(output: &plan::OutputChange) -> Output {
    let hidden = output.before.has_secret() || output.after.has_secret();
    let shown = |value: Json| match hidden && !value.is_null() {
        true => json!({"$secret": true}),
        false => value,
    };
    Output {
        name: output.name.clone(),
        before: shown(redacted(&output.before)),
        after: shown(redacted(&output.after)),
    }
}

/// What a reviewer approves: what happens to what, and how it and the outputs change. Where in the program it is said
/// and what stays as it is have no part in it.
fn digest(resources: &[Resource], outputs: &[Output], outputs_may_change: &[String]) -> String {
    let changed = resources.iter().filter(|one| one.action != Action::None);
    let mut shown: Vec<Json> = changed
        .map(|one| {
            let (order, changes) = (&one.replace_order, &one.changes);
            json!([one.urn, one.action, order, one.id, changes, one.reason])
        })
        .collect();
    // The order in which they begin follows from how long they took so far.
    shown.sort_by_cached_key(Json::to_string);
    let mut outputs: Vec<&Output> = outputs.iter().collect();
    outputs.sort_by(|one, other| one.name.cmp(&other.name));
    let mut parts = vec![json!(shown), json!(outputs)];
    let uncertain = resources.iter().filter(|one| !one.may_change.is_empty());
    let mut uncertain: Vec<Json> = uncertain
        .map(|one| json!([one.urn, one.may_change]))
        .collect();
    if !uncertain.is_empty() || !outputs_may_change.is_empty() {
        uncertain.sort_by_cached_key(Json::to_string);
        parts.push(json!([uncertain, outputs_may_change]));
    }
    hex::encode(Sha256::digest(json!(parts).to_string().as_bytes()))
}
