//! Waits for a deployment, and tells why it failed.

use super::*;
use crate::ecs::stopped;

/// How many events and how many stopped tasks an error tells of.
const TOLD: usize = 3;

/// The deployment that the service is on its way to.
pub(super) fn primary(service: &sdk::Service) -> Option<&sdk::Deployment> {
    let deployments = service.deployments().iter();
    deployments
        .into_iter()
        .find(|deployment| deployment.status() == Some("PRIMARY"))
}

pub(super) fn has_failed(deployment: &sdk::Deployment) -> bool {
    deployment.rollout_state() == Some(&sdk::DeploymentRolloutState::Failed)
}

/// Waits until a deployment is complete: the given one, or the one that is under way. The service has to be on the
/// wanted task definition then, and not back on an earlier one.
pub(super) async fn wait(
    aws: &Aws,
    id: &str,
    deployment: Option<String>,
    wanted: &str,
    context: &Context,
) -> Result<()> {
    let awaited = std::sync::Mutex::new(deployment);
    let look_once = || async {
        let Some(service) = look(aws, id).await? else {
            return Ok(Progress::Pending("not visible yet".into()));
        };
        // The one that is found first is the one to wait for; a rollback later has another id.
        let awaited = match awaited.lock() {
            Ok(mut awaited) => awaited
                .get_or_insert_with(|| {
                    let id = primary(&service).and_then(|deployment| deployment.id());
                    id.unwrap_or_default().to_owned()
                })
                .clone(),
            Err(_) => String::new(),
        };
        progress(&service, &awaited, wanted)
    };
    let waited = context
        .wait_for("the service's tasks to run and be healthy", look_once)
        .await;
    match waited {
        Err(error) if matches!(error.kind, ErrorKind::Failed | ErrorKind::TimedOut) => {
            let awaited = awaited.into_inner().unwrap_or_default().unwrap_or_default();
            Err(explained(aws, id, &awaited, error).await)
        }
        result => result,
    }
}

fn progress(service: &sdk::Service, awaited: &str, wanted: &str) -> Result<Progress<()>> {
    let failed = |message: String| {
        Err(Error::new(ErrorKind::Failed, message).operation("ecs:DescribeServices"))
    };
    let deployments = service.deployments();
    let Some(deployment) = deployments.iter().find(|one| one.id() == Some(awaited)) else {
        // The answer to an update may be ahead of what is described, or a rollback may have taken its place.
        return match primary(service) {
            Some(primary) if primary.task_definition() == Some(wanted) => Ok(Progress::Pending(
                "the deployment is not visible yet".into(),
            )),
            Some(_) => failed("the deployment failed, and the service is on another one".into()),
            None => Ok(Progress::Pending("there is no deployment yet".into())),
        };
    };
    if has_failed(deployment) {
        let reason = deployment
            .rollout_state_reason()
            .unwrap_or("no reason given");
        return failed(format!("the deployment failed: {reason}"));
    }
    if deployment.status() != Some("PRIMARY") {
        return failed("another deployment took the place of this one".into());
    }
    if deployment.task_definition() != Some(wanted) {
        let now = deployment.task_definition().unwrap_or_default();
        return failed(format!("the service is on {now}, and not on {wanted}"));
    }
    let (running, desired) = (deployment.running_count(), deployment.desired_count());
    let complete = match deployment.rollout_state() {
        Some(state) => *state == sdk::DeploymentRolloutState::Completed,
        None => deployments.len() == 1,
    };
    if complete && running == desired {
        return Ok(Progress::Done(()));
    }
    let mut doing = format!("{running} of {desired} running");
    if deployment.failed_tasks() > 0 {
        doing.push_str(&format!(", {} failed", deployment.failed_tasks()));
    }
    if complete || running == desired {
        doing.push_str(", not steady yet");
    }
    Ok(Progress::Pending(doing))
}

/// The error with what the service and its stopped tasks tell. What cannot be asked is left out: the error itself
/// matters more.
async fn explained(aws: &Aws, id: &str, deployment: &str, mut error: Error) -> Error {
    let service = look(aws, id).await.ok().flatten();
    let since = service.as_ref().and_then(|service| {
        let deployments = service.deployments().iter();
        let ours = deployments
            .into_iter()
            .find(|one| one.id() == Some(deployment))?;
        ours.created_at().copied()
    });
    let stopped = stopped_tasks(aws, id, deployment).await.unwrap_or_default();
    for task in stopped.iter().take(TOLD) {
        let definition = stopped::definition_of(aws, task).await;
        error.message.push('\n');
        error
            .message
            .push_str(&stopped::explain(task, definition.as_ref()));
    }
    let events = service.as_ref().map(|service| service.events());
    let events = events.unwrap_or_default().iter();
    let recent = events.filter(|event| match (since, event.created_at()) {
        (Some(since), Some(at)) => at.as_secs_f64() >= since.as_secs_f64(),
        _ => true,
    });
    for event in recent.take(TOLD) {
        error.message.push_str("\nevent: ");
        error.message.push_str(event.message().unwrap_or_default());
    }
    error
}

/// The stopped tasks of a deployment, the latest first. ECS keeps them for an hour.
async fn stopped_tasks(aws: &Aws, id: &str, deployment: &str) -> Result<Vec<sdk::Task>> {
    let request = aws
        .ecs()
        .list_tasks()
        .cluster(cluster_of(id))
        .service_name(last_part(id))
        .desired_status(sdk::DesiredStatus::Stopped);
    let listed = request.send().await.named("ecs:ListTasks")?;
    let arns = listed.task_arns.unwrap_or_default();
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let request = aws.ecs().describe_tasks().cluster(cluster_of(id));
    let request = request.set_tasks(Some(arns));
    let answer = request.send().await.named("ecs:DescribeTasks")?;
    let mut tasks = answer.tasks.unwrap_or_default();
    // ECS starts a service's tasks in the name of the deployment.
    tasks.retain(|task| deployment.is_empty() || task.started_by() == Some(deployment));
    tasks.sort_by_key(|task| std::cmp::Reverse(task.stopped_at().map(|at| at.secs())));
    Ok(tasks)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::DeploymentRolloutState as State;

    use super::*;

    /// A deployment: its id, its place, its revision, and how far it is.
    fn deployment(
        id: &str,
        status: &str,
        revision: &str,
        state: State,
        running: i32,
    ) -> sdk::Deployment {
        sdk::Deployment::builder()
            .id(id)
            .status(status)
            .task_definition(revision)
            .rollout_state(state)
            .rollout_state_reason("tasks failed to start")
            .running_count(running)
            .desired_count(2)
            .failed_tasks(3)
            .build()
    }

    fn service(deployments: impl IntoIterator<Item = sdk::Deployment>) -> sdk::Service {
        let deployments = deployments.into_iter().collect();
        sdk::Service::builder()
            .set_deployments(Some(deployments))
            .build()
    }

    /// How the wait for deployment `new` of revision `web:2` goes on.
    fn goes_on(deployments: impl IntoIterator<Item = sdk::Deployment>) -> String {
        match progress(&service(deployments), "new", "web:2") {
            Ok(Progress::Done(())) => "done".to_owned(),
            Ok(Progress::Pending(what) | Progress::NotBefore(_, what)) => what,
            Err(error) => format!("{:?}: {}", error.kind, error.message),
        }
    }

    #[test]
    fn it_ends_when_all_tasks_of_the_deployment_run() {
        let old = deployment("old", "ACTIVE", "web:1", State::Completed, 2);
        let new = |state, running| deployment("new", "PRIMARY", "web:2", state, running);
        assert_eq!(
            goes_on([new(State::InProgress, 1), old.clone()]),
            "1 of 2 running, 3 failed"
        );
        assert_eq!(
            goes_on([new(State::InProgress, 2), old]),
            "2 of 2 running, 3 failed, not steady yet"
        );
        assert_eq!(goes_on([new(State::Completed, 2)]), "done");
    }

    #[test]
    fn a_failed_deployment_is_an_error_with_the_reason() {
        let failed = deployment("new", "PRIMARY", "web:2", State::Failed, 0);
        assert_eq!(
            goes_on([failed]),
            "Failed: the deployment failed: tasks failed to start"
        );
    }

    #[test]
    fn a_rollback_by_ecs_is_not_taken_for_success() {
        let back = || deployment("back", "PRIMARY", "web:1", State::Completed, 2);
        let was = deployment("new", "ACTIVE", "web:2", State::InProgress, 0);
        assert!(goes_on([back(), was]).contains("another deployment took the place"));
        assert!(goes_on([back()]).contains("the service is on another one"));
    }

    #[test]
    fn a_deployment_that_does_not_show_yet_is_waited_for() {
        let same = deployment("other", "PRIMARY", "web:2", State::InProgress, 0);
        assert!(goes_on([same]).contains("not visible yet"));
        assert!(goes_on([]).contains("no deployment yet"));
    }
}
