//! Why tasks stopped, for people.

use aws_sdk_ecs::types as sdk;

use super::support::last_part;
use crate::prelude::*;

/// The task definition that a task was started from. `None` when it can no longer be read, which makes what is told
/// poorer and is no reason to hide the rest.
pub(super) async fn definition_of(aws: &Aws, task: &sdk::Task) -> Option<sdk::TaskDefinition> {
    let request = aws.ecs().describe_task_definition();
    let request = request.task_definition(task.task_definition_arn()?);
    request.send().await.ok()?.task_definition
}

/// Why a task stopped: the reason that ECS gives, and what became of each container that did not end well.
pub(super) fn explain(task: &sdk::Task, definition: Option<&sdk::TaskDefinition>) -> String {
    let id = last_part(task.task_arn().unwrap_or_default());
    let mut text = match (task.stopped_reason(), task.stop_code()) {
        (Some(reason), _) => format!("task {id} stopped: {reason}"),
        (None, Some(code)) => format!("task {id} stopped: {}", code.as_str()),
        (None, None) => format!("task {id} stopped"),
    };
    for container in task.containers() {
        let name = container.name().unwrap_or_default();
        let ended = match (container.exit_code(), container.reason()) {
            (Some(0), None) => continue,
            (Some(code), None) => format!("container {name} exited with {code}"),
            (Some(code), Some(reason)) => format!("container {name} exited with {code}: {reason}"),
            (None, Some(reason)) => format!("container {name} never ran: {reason}"),
            (None, None) => format!("container {name} never ran"),
        };
        text.push_str("; ");
        text.push_str(&ended);
        if container.exit_code().is_some()
            && let Some(logs) = definition.and_then(|definition| logs(definition, name, id))
        {
            text.push_str(&format!(" (its logs: {logs})"));
        }
    }
    text
}

/// Where a container of a task logs to, as far as CloudWatch Logs is concerned. ECS names a stream
/// `PREFIX/CONTAINER/TASK`.
fn logs(definition: &sdk::TaskDefinition, name: &str, task: &str) -> Option<String> {
    let containers = definition.container_definitions().iter();
    let container = containers
        .into_iter()
        .find(|container| container.name() == Some(name))?;
    let log = container.log_configuration()?;
    let group = log.options()?.get("awslogs-group")?;
    Some(match log.options()?.get("awslogs-stream-prefix") {
        Some(prefix) => format!("{group}, stream {prefix}/{name}/{task}"),
        None => group.clone(),
    })
}
