//! The cells, each on what the one before left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map as JsonMap, Value as Json};
use stack_engine::diff::{at_rest, reset_of, same};
use stack_engine::plan::Action;
use stack_engine::state::{Object, State};
use stack_model::schema::Nature;
use stack_model::{Map, Schema};
use stack_provider::{
    Context, ErrorKind, Observer, Owner, Provider, Recorded, Report, Verb, Whose, covers,
};
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, Complaint, told};
use super::case::Case;
use super::watch::{Calls, Watched};

type Cell = Result<(), Complaint>;

/// Runs a case through all cells, and panics with a table if any of them fails. `calls` are those of the provider.
pub async fn run(case: &Case, provider: Arc<dyn Provider>, calls: &Calls) {
    let provider: Arc<dyn Provider> = Arc::new(Watched(provider));
    let schema = provider
        .schemas()
        .into_iter()
        .find(|schema| schema.type_name.as_str() == case.urn.type_name())
        .unwrap_or_else(|| panic!("the provider has no type {}", case.urn.type_name()));
    assert_ne!(schema.nature, Nature::Lookup, "a lookup has no cells");
    let mut kit = Kit {
        case,
        schema,
        bench: Bench::new(Arc::clone(&provider)),
        inputs: case.inputs.clone(),
        provider,
    };

    let mut table: Vec<(&str, Cell)> = vec![("fields", kit.fields())];
    let created = kit.create().await;
    let goes_on = created.is_ok();
    table.push(("create", created));
    if goes_on {
        let graph = kit.graph();
        table.push(("again", kit.bench.settled(&graph).await));
        table.push(("list", kit.list().await));
        table.push(("update", kit.update().await));
        if kit.schema.nature == Nature::Object {
            table.push(("drift", kit.drift().await));
        }
        table.push(("reset", kit.reset().await));
        if kit.schema.nature == Nature::Object {
            table.push(("replace", kit.replace().await));
            table.push(("import", kit.import().await));
        }
    }
    table.push(("delete", kit.delete().await));
    if kit.schema.nature == Nature::Object {
        table.push(("adopt", kit.adopt().await));
    }
    table.push(("actions", kit.actions(calls)));
    if table.iter().any(|(_, cell)| cell.is_err()) {
        let mut text = format!("{} does not pass:\n", case.urn.type_name());
        for (name, cell) in table {
            let _ = match cell {
                Ok(()) => writeln!(text, "  {name:8} passes"),
                Err(complaint) => writeln!(text, "  {name:8} FAILS: {complaint}"),
            };
        }
        panic!("{text}");
    }
}

struct Kit<'c> {
    case: &'c Case,
    schema: Schema,
    provider: Arc<dyn Provider>,
    bench: Bench,
    /// The subject's inputs as they are now.
    inputs: JsonMap<String, Json>,
}

/// Nobody to tell.
struct Nobody;

#[async_trait::async_trait]
impl Report for Nobody {
    async fn accepted(&self, _: &str) -> stack_provider::Result<()> {
        Ok(())
    }
    fn waiting(&self, _: &str) {}
}

impl Kit<'_> {
    fn graph(&self) -> stack_model::Graph {
        self.case.graph(&self.inputs)
    }

    /// Every input has to be covered by a cell.
    fn fields(&self) -> Cell {
        let named = |list: &[(String, Json)]| {
            list.iter()
                .map(|(field, _)| field.clone())
                .collect::<BTreeSet<_>>()
        };
        let (updates, replaces) = (named(&self.case.updates), named(&self.case.replaces));
        let mut missing = Vec::new();
        for (field, declared) in &self.schema.inputs {
            let covered = if declared.replaces {
                replaces.contains(field)
            } else {
                updates.contains(field)
            };
            if !covered && !self.case.left_out.contains_key(field) {
                missing.push(field.as_str());
            }
        }
        for field in updates
            .iter()
            .chain(&replaces)
            .chain(self.case.left_out.keys())
        {
            if !self.schema.inputs.contains_key(field) {
                return Err(format!("the case speaks of {field}, which is no input"));
            }
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(format!("no cell covers {}", missing.join(", ")))
        }
    }

    /// What was called has to be declared by the type that called it, for what the engine did; and what the subject
    /// declares has to be called.
    fn actions(&self, calls: &Calls) -> Cell {
        let seen = calls.seen();
        let undeclared = seen.iter().filter(|(type_name, verb, action)| {
            let declared = self.provider.actions(type_name);
            !declared.is_some_and(|declared| declared.covers(*verb, action))
        });
        let mut complaints: Vec<Complaint> = undeclared
            .map(|(type_name, verb, action)| {
                format!("{type_name} calls {action} to {verb:?}, and does not declare it")
            })
            .collect();
        let subject = &self.schema.type_name;
        let declared = self.provider.actions(subject);
        // By action: whether a setting goes out with the create or with an update is the case's to choose.
        let mut verbs: BTreeMap<&str, Vec<Verb>> = BTreeMap::new();
        for (verb, action) in declared.iter().flat_map(|declared| declared.called()) {
            verbs.entry(action).or_default().push(verb);
        }
        for (action, verbs) in verbs {
            let called = seen.iter().any(|(type_name, verb, name)| {
                type_name == subject && verbs.contains(verb) && covers(action, name)
            });
            if !called && !self.case.uncalled.contains_key(action) {
                complaints.push(format!("it never calls {action} to {verbs:?}"));
            }
        }
        complained(complaints)
    }

    async fn create(&mut self) -> Cell {
        let plan = self.bench.apply(&self.graph()).await?;
        let change = plan
            .changes
            .iter()
            .find(|change| change.urn == self.case.urn);
        match change.map(|change| change.action) {
            Some(Action::Create | Action::Run) => Ok(()),
            other => Err(format!("the plan says {other:?}")),
        }
    }

    /// Changes the subject's inputs, and expects one update of it and nothing else.
    async fn change(&mut self, inputs: JsonMap<String, Json>, what: &str) -> Cell {
        let graph = self.case.graph(&inputs);
        let before = self.bench.id(&self.case.urn).await?;
        let plan = self
            .bench
            .apply(&graph)
            .await
            .map_err(|complaint| format!("{what}: {complaint}"))?;
        let actions: Vec<_> = plan
            .changes
            .iter()
            .map(|change| (change.urn.as_str(), change.action))
            .collect();
        if !matches!(actions.as_slice(), [(urn, Action::Update | Action::Run)] if *urn == self.case.urn.as_str())
        {
            return Err(format!(
                "{what}: the plan has {actions:?} instead of one update"
            ));
        }
        self.inputs = inputs;
        self.bench
            .settled(&graph)
            .await
            .map_err(|complaint| format!("{what}: {complaint}"))?;
        let after = self.bench.id(&self.case.urn).await?;
        if self.schema.nature == Nature::Object && before != after {
            return Err(format!("{what}: the id changed from {before} to {after}"));
        }
        Ok(())
    }

    /// What a list shows of the object is what reading it by itself shows.
    async fn list(&self) -> Cell {
        let (object, state) = self.object().await?;
        let observer = self.observer(&state, &object).await?;
        let handler = observer
            .resource(&self.schema.type_name)
            .ok_or("the provider has no handler")?;
        if handler.batch() < 2 {
            return Ok(());
        }
        let values = object.values();
        let recorded = Recorded {
            id: &object.id,
            values: &values,
        };
        let read = handler.read(recorded).await;
        let listed = handler.read_many(&[recorded]).await;
        let told = |error: stack_provider::Error| error.to_string();
        let (read, mut listed) = (read.map_err(told)?, listed.map_err(told)?);
        match listed.pop() {
            Some(listed) if listed == read => Ok(()),
            listed => Err(format!("the list shows {listed:?}, and a read {read:?}")),
        }
    }

    async fn update(&mut self) -> Cell {
        let mut complaints = Vec::new();
        for (field, value) in self.case.updates.clone() {
            let mut inputs = self.inputs.clone();
            inputs.insert(field.clone(), value);
            complaints.extend(self.change(inputs, &field).await.err());
        }
        complained(complaints)
    }

    async fn reset(&mut self) -> Cell {
        let may_be_left_out = |field: &String| {
            let declared = &self.schema.inputs[field];
            let resettable = reset_of(declared).is_some();
            !declared.required && resettable && !self.case.inputs.contains_key(field)
        };
        let fields = self.case.updates.iter().map(|(field, _)| field);
        let left_out: Vec<String> = fields
            .filter(|field| may_be_left_out(field))
            .cloned()
            .collect();
        if left_out.is_empty() {
            return Ok(());
        }
        let (before, _) = self.object().await?;
        let mut inputs = self.inputs.clone();
        inputs.retain(|field, _| !left_out.contains(field));
        self.change(inputs, "leaving out what may be left out")
            .await?;
        let (object, _) = self.object().await?;
        let stayed = left_out.iter().filter_map(|field| {
            let declared = &self.schema.inputs[field];
            let (before, now) = (before.value(field)?, object.value(field)?);
            // What it goes back to is the cloud's to choose where the reset only says that nothing is asked for.
            let stays = same(before, now, &declared.kind, declared.equality);
            (stays && !declared.write_only && !at_rest(declared, Some(now)))
                .then(|| format!("{field} is no longer set, and is {now:?} still"))
        });
        complained(stayed.collect())
    }

    async fn object(&self) -> Result<(Object, State), Complaint> {
        let session = self.bench.open().await?;
        let state = session.state().clone();
        let object = state
            .object(&self.case.urn)
            .cloned()
            .ok_or("the subject is not recorded")?;
        Ok((object, state))
    }

    fn context(&self, state: &State, token: &str) -> Context {
        let header = &state.header;
        Context {
            owner: Owner {
                lineage: header.lineage.clone(),
                stack: header.stack.clone(),
                environment: header.environment.clone(),
                expires: None,
                urn: self.case.urn.clone(),
                token: token.to_owned(),
            },
            deadline: tokio::time::Instant::now() + self.schema.timeouts.delete,
            cancelled: CancellationToken::new(),
            report: Arc::new(Nobody),
        }
    }

    fn settings(state: &State, object: &Object) -> Map {
        state
            .providers
            .get(&object.request.provider)
            .map(|provider| provider.config.clone())
            .unwrap_or_default()
    }

    async fn observer(
        &self,
        state: &State,
        object: &Object,
    ) -> Result<Arc<dyn Observer>, Complaint> {
        self.provider
            .observe(&Self::settings(state, object))
            .await
            .map_err(|error| error.to_string())
    }

    /// Changes the object behind the engine's back, with the handler itself as the stranger. A type that cannot be
    /// changed in place is deleted behind its back.
    async fn drift(&mut self) -> Cell {
        let (object, state) = self.object().await?;
        let mutator = self
            .provider
            .mutate(&Self::settings(&state, &object))
            .await
            .map_err(|error| error.to_string())?;
        let handler = mutator
            .resource(&self.schema.type_name)
            .ok_or("the provider has no handler")?;
        let context = self.context(&state, &object.request.token);
        // A field that the program sets now, and something else for it that needs no reference.
        let stranger = self.case.updates.iter().find_map(|(field, _)| {
            let declared = &self.schema.inputs[field];
            let first = self.case.inputs.get(field).cloned();
            let other = first.or_else(|| serde_json::to_value(reset_of(declared)?).ok())?;
            let is_plain = !declared.write_only && !other.to_string().contains("\"$ref\"");
            (is_plain && self.inputs.get(field) != Some(&other)).then(|| (field.clone(), other))
        });
        let expected = match &stranger {
            Some((field, value)) => {
                let mut before = object.values();
                before.retain(|name, _| self.schema.inputs.contains_key(name));
                let mut after = before.clone();
                let value =
                    serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
                after.insert(field.clone(), value);
                let change = || handler.update(&object.id, &before, &after, &context);
                let changed = patiently(change).await;
                changed.map_err(|error| format!("changing {field} from outside: {error}"))?;
                Action::Update
            }
            None => {
                let values = object.values();
                let gone = patiently(|| handler.delete(&object.id, &values, &context)).await;
                gone.map_err(|error| format!("deleting it from outside: {error}"))?;
                Action::Create
            }
        };
        let graph = self.graph();
        let plan = self.bench.apply(&graph).await?;
        if !plan.drift.iter().any(|drift| drift.urn == self.case.urn) {
            return Err(format!(
                "what was changed from outside is not seen ({stranger:?})"
            ));
        }
        match plan
            .changes
            .iter()
            .find(|change| change.urn == self.case.urn)
            .map(|change| change.action)
        {
            Some(action) if action == expected => {}
            other => {
                return Err(format!(
                    "what was changed from outside leads to {other:?}, not {expected:?}"
                ));
            }
        }
        self.bench.settled(&graph).await
    }

    async fn replace(&mut self) -> Cell {
        let mut carried_out = false;
        for (field, value) in self.case.replaces.clone() {
            let mut inputs = self.inputs.clone();
            inputs.insert(field.clone(), value);
            let graph = self.case.graph(&inputs);
            let plan = if carried_out {
                self.bench.plan(&graph).await
            } else {
                self.bench.apply(&graph).await
            };
            let plan = plan.map_err(|complaint| format!("{field}: {complaint}"))?;
            let change = plan
                .changes
                .iter()
                .find(|change| change.urn == self.case.urn);
            match change.map(|change| change.action) {
                Some(Action::Replace(_)) => {}
                other => {
                    return Err(format!(
                        "a change of {field} leads to {other:?}, not to a new object"
                    ));
                }
            }
            if !carried_out {
                self.inputs = inputs;
                self.bench
                    .settled(&graph)
                    .await
                    .map_err(|complaint| format!("{field}: {complaint}"))?;
                let (_, state) = self.object().await?;
                let left = state.resources[&self.case.urn].deposed.len();
                if left > 0 {
                    return Err(format!("{field}: {left} old objects are still there"));
                }
                carried_out = true;
            }
        }
        Ok(())
    }

    async fn import(&mut self) -> Cell {
        let id = self.bench.id(&self.case.urn).await?;
        let graph = self.graph();
        {
            let mut session = self.bench.open().await?;
            let checked = session.check(graph.clone(), &Map::new()).map_err(told)?;
            session.forget(&self.case.urn).await.map_err(told)?;
            session
                .import(&checked, &Map::new(), &self.case.urn, &id)
                .await
                .map_err(told)?;
        }
        let plan = self.bench.apply(&graph).await?;
        let change = plan
            .changes
            .iter()
            .find(|change| change.urn == self.case.urn);
        if let Some(change) =
            change.filter(|change| !matches!(change.action, Action::Update | Action::Record))
        {
            return Err(format!(
                "after an import the plan has {:?}: {:?}",
                change.action, change.fields
            ));
        }
        self.bench.settled(&graph).await?;
        let after = self.bench.id(&self.case.urn).await?;
        if after == id {
            Ok(())
        } else {
            Err(format!("the import of {id} led to {after}"))
        }
    }

    async fn delete(&mut self) -> Cell {
        let before = self.object().await.ok();
        self.bench.destroy().await?;
        let Some((object, state)) = before.filter(|_| self.schema.nature == Nature::Object) else {
            return Ok(());
        };
        let observer = self.observer(&state, &object).await?;
        let observe = observer
            .resource(&self.schema.type_name)
            .ok_or("the provider has no handler")?;
        let read = observe
            .read(Recorded {
                id: &object.id,
                values: &object.values(),
            })
            .await;
        if read
            .map_err(|error| format!("reading what was deleted: {error}"))?
            .is_some()
        {
            return Err(format!("{} is still there", object.id));
        }
        let mutator = self
            .provider
            .mutate(&Self::settings(&state, &object))
            .await
            .map_err(|error| error.to_string())?;
        let handler = mutator
            .resource(&self.schema.type_name)
            .ok_or("the provider has no handler")?;
        let context = self.context(&state, &object.request.token);
        let values = object.values();
        match patiently(|| handler.delete(&object.id, &values, &context)).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind == ErrorKind::Gone => Ok(()),
            Err(error) => Err(format!("deleting it once more: {error}")),
        }
    }

    /// The process dies after the create was sent and before its answer was written down.
    async fn adopt(&mut self) -> Cell {
        self.bench = Bench::new(Arc::clone(&self.provider));
        self.inputs = self.case.inputs.clone();
        self.bench
            .apply(&self.case.surroundings())
            .await
            .map_err(|complaint| format!("before: {complaint}"))?;
        let graph = self.graph();
        // The intent is written; nothing after it is.
        self.bench.backend.fail_after(1);
        let died = self.bench.apply(&graph).await;
        self.bench.backend.heal();
        if died.is_ok() {
            return Err("the journal was lost, and the apply went on".into());
        }
        let plan = self
            .bench
            .apply(&graph)
            .await
            .map_err(|complaint| format!("after: {complaint}"))?;
        match plan
            .changes
            .iter()
            .find(|change| change.urn == self.case.urn)
            .map(|change| change.action)
        {
            Some(Action::Resume) => {}
            other => {
                return Err(format!(
                    "the object was not found again: the plan has {other:?}"
                ));
            }
        }
        self.bench.settled(&graph).await?;
        let (object, state) = self.object().await?;
        let observer = self.observer(&state, &object).await?;
        let observe = observer
            .resource(&self.schema.type_name)
            .ok_or("the provider has no handler")?;
        let owner = self.context(&state, &object.request.token).owner;
        let (lineage, urn) = (owner.lineage.as_str(), &owner.urn);
        for whose in [Whose::Create(&owner), Whose::Resource { lineage, urn }] {
            let found = observe
                .find(whose, &object.request.inputs)
                .await
                .map_err(|error| error.to_string())?;
            if found != [object.id.clone()] {
                return Err(format!(
                    "{} is recorded, and these are found by {whose:?}: {found:?}",
                    object.id
                ));
            }
        }
        self.bench.destroy().await
    }
}

/// One complaint of all of them.
fn complained(complaints: Vec<Complaint>) -> Cell {
    match complaints.is_empty() {
        true => Ok(()),
        false => Err(complaints.join("; ")),
    }
}

/// Calls again what may pass, as the engine does: a cloud throttles strangers too.
async fn patiently<T, F>(mut call: impl FnMut() -> F) -> Result<T, stack_provider::Error>
where
    F: Future<Output = Result<T, stack_provider::Error>>,
{
    for _ in 0..20 {
        match call().await {
            Err(error) if error.kind.is_retryable() => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            result => return result,
        }
    }
    call().await
}
