//! Executions of jobs: started by a POST, and over when their operation is.

use serde_json::{Value, json};

use super::super::table;
use super::VERSIONS;
use crate::actions::{asked, begin};
use crate::clock::written;
use crate::exchange::Reply;
use crate::id::ResourceId;
use crate::json;
use crate::operation::{Begin, Verb};
use crate::random::letters;
use crate::refusal::Refusal;
use crate::rules::{Act, Rules, State, Style, later};
use crate::store::{Outcome, Resource};
use crate::world::World;

/// `Microsoft.App/jobs/executions`.
pub static EXECUTION: Rules = Rules {
    name: "Microsoft.App/jobs/executions",
    versions: VERSIONS,
    table: table!("Microsoft.App.jobs.executions"),
    state: State {
        path: "properties.status",
        creating: &["Running"],
        updating: &["Running"],
        ..State::USUAL
    },
    show,
    actions: &[("stop", stop_one)],
    ..Rules::READ_ONLY
};

fn show(_: &World, execution: &Resource, body: &mut Value) {
    if execution.outcome == Outcome::Canceled {
        json::set(body, "properties.status", "Stopped");
    }
    if execution.pending.is_none() {
        json::set(body, "properties.endTime", written(execution.changed));
    }
}

/// Starts a job. A fault that fails an operation fails the execution: the start itself is done at once.
pub fn start(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    let job = asked(world, act)?;
    let mut template = json::at(&job.body, "properties.template")
        .cloned()
        .unwrap_or_else(|| json!({}));
    for list in ["containers", "initContainers"] {
        if let Some(given) = json::at(act.body, list) {
            template[list] = given.clone();
        }
    }
    let template = only_what_runs(&template);
    let name = format!("{}-{}", job.id.name(), letters(7));
    let id = job.id.child("executions", &name);
    let body = json!({ "properties": { "startTime": written(act.now), "template": template } });
    world
        .store
        .put(Resource::new(id.clone(), EXECUTION.name, body, act.now));
    let running = Begin {
        about: &id,
        verb: Verb::Create,
        answer: later(202, Style::Location),
        result: None,
        time: None,
        base: &act.request.base,
        api_version: act.request.parameter("api-version").unwrap_or_default(),
    };
    world.start(running, act.now);
    Ok(begin(
        world,
        act,
        Some(0),
        Some(json!({ "id": id.as_str(), "name": name })),
    ))
}

/// Of a job's containers an execution shows what it runs, and neither probes nor mounts.
fn only_what_runs(template: &Value) -> Value {
    let mut shown = json!({});
    for list in ["containers", "initContainers"] {
        let containers: Vec<Value> = json::list(template, list)
            .iter()
            .map(|container| {
                let kept = ["name", "image", "command", "args", "env", "resources"].into_iter();
                let kept =
                    kept.filter_map(|key| Some((key.to_owned(), container.get(key)?.clone())));
                Value::Object(kept.collect())
            })
            .collect();
        if !containers.is_empty() {
            shown[list] = containers.into();
        }
    }
    shown
}

fn stop(world: &mut World, id: &ResourceId, now: u64) {
    if let Some(execution) = world.store.by_key_mut(&id.key())
        && execution.pending.take().is_some()
    {
        execution.outcome = Outcome::Canceled;
        execution.changed = now;
    }
}

fn stop_one(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    stop(world, act.id, act.now);
    Ok(begin(world, act, None, None))
}

/// Stops those that run, and tells which they are.
pub fn stop_all(world: &mut World, act: &Act) -> Result<Reply, Refusal> {
    let running = world
        .store
        .of_type(act.id, EXECUTION.name)
        .filter(|execution| execution.pending.is_some());
    let ids: Vec<ResourceId> = running.map(|execution| execution.id.clone()).collect();
    for id in &ids {
        stop(world, id, act.now);
    }
    let stopped = ids
        .iter()
        .filter_map(|id| world.store.get(id))
        .map(|execution| world.shown(execution, act.now));
    let value: Vec<Value> = stopped.collect();
    let mut reply = begin(world, act, None, Some(json!({ "value": value })));
    reply.body = None;
    Ok(reply)
}
