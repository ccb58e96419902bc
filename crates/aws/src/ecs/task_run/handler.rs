//! How a task is run and waited for.

use aws_sdk_ecs::types as sdk;
use aws_smithy_types::date_time::Format;
use stack_provider::Effect;

use super::*;
use crate::ecs::stopped;
use crate::ecs::support::{built, some, tags};
use crate::permit::first_use_of;
use crate::prelude::*;

impl Effect for TaskRun {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_set(["ecs:DescribeTasks", "ecs:RunTask"])
            // Run with tags, and with the roles of its task definition.
            .implying([
                Implied::by(Verb::Create, "ecs:TagResource"),
                Implied::by(Verb::Create, "iam:PassRole").of("ecs-tasks.amazonaws.com"),
                first_use_of("ecs.amazonaws.com"),
            ])
    }

    async fn run(aws: &Aws, inputs: &TaskRunInputs, context: &Context) -> Result<(String, Self)> {
        let arn = run_task(aws, inputs, context).await?;
        let task = wait(aws, inputs, &arn, context).await?;
        let definition = stopped::definition_of(aws, &task).await;
        let exit_code =
            judge(&task, definition.as_ref(), inputs.container.as_deref()).ok_or_else(|| {
                let message = stopped::explain(&task, definition.as_ref());
                Error::new(ErrorKind::Failed, message).operation("ecs:RunTask")
            })?;
        let time = |at: Option<&aws_smithy_types::DateTime>| at?.fmt(Format::DateTime).ok();
        let TaskRunInputs {
            cluster,
            task_definition,
            launch_type,
            capacity_provider_strategy,
            platform_version,
            network_configuration,
            container_overrides,
            cpu,
            memory,
            execution_role_arn,
            task_role_arn,
            ephemeral_storage_gib,
            container,
            enable_execute_command,
            propagate_tags,
            triggers,
            tags,
        } = inputs.clone();
        let run = TaskRun {
            cluster,
            task_definition,
            launch_type,
            capacity_provider_strategy,
            platform_version,
            network_configuration,
            container_overrides,
            cpu,
            memory,
            execution_role_arn,
            task_role_arn,
            ephemeral_storage_gib,
            container,
            enable_execute_command,
            propagate_tags,
            triggers,
            tags,
            task_arn: arn.clone(),
            exit_code,
            stopped_reason: task.stopped_reason().map(str::to_owned),
            started_at: time(task.started_at()),
            stopped_at: time(task.stopped_at()),
        };
        Ok((arn, run))
    }
}

/// Runs the task. With the same token ECS answers a repeated call with the first task, so that neither a lost answer nor
/// a crash runs it twice.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html>
async fn run_task(aws: &Aws, inputs: &TaskRunInputs, context: &Context) -> Result<String> {
    let network = inputs.network_configuration.as_ref();
    let answer = aws
        .ecs()
        .run_task()
        .cluster(&inputs.cluster)
        .task_definition(&inputs.task_definition)
        .count(1)
        .client_token(&context.owner.token)
        .set_launch_type(inputs.launch_type.map(|kind| kind.as_str().into()))
        .set_capacity_provider_strategy(CapacityProviderShare::all_to_sdk(
            &inputs.capacity_provider_strategy,
        )?)
        .set_platform_version(inputs.platform_version.clone())
        .set_network_configuration(network.map(NetworkConfiguration::to_sdk).transpose()?)
        .overrides(overrides(inputs)?)
        .set_enable_execute_command(inputs.enable_execute_command)
        .set_propagate_tags(inputs.propagate_tags.map(|from| from.as_str().into()))
        .set_tags(tags(&context.owner.tags(&inputs.tags)))
        .send()
        .await
        .named("ecs:RunTask")?;
    if let Some(failure) = answer.failures().first() {
        let reason = failure.reason().unwrap_or("no reason given");
        let mut message = format!("ECS could not place the task: {reason}");
        if let Some(detail) = failure.detail() {
            message.push_str(&format!(" ({detail})"));
        }
        return Err(Error::new(ErrorKind::Failed, message).operation("ecs:RunTask"));
    }
    let task = answer.tasks().first().and_then(|task| task.task_arn());
    Ok(expected(task, "ecs:RunTask", "task")?.to_owned())
}

fn overrides(inputs: &TaskRunInputs) -> Result<sdk::TaskOverride> {
    let containers = inputs.container_overrides.iter().map(|container| {
        let environment = container
            .environment
            .iter()
            .map(|(name, value)| sdk::KeyValuePair::builder().name(name).value(value).build());
        let files = container.environment_files.iter().map(|arn| {
            let file = sdk::EnvironmentFile::builder().r#type(sdk::EnvironmentFileType::S3);
            built(file.value(arn).build())
        });
        Ok(sdk::ContainerOverride::builder()
            .name(&container.name)
            .set_command(some(container.command.clone()))
            .set_environment(some(environment.collect()))
            .set_environment_files(some(files.collect::<Result<_>>()?))
            .set_cpu(container.cpu)
            .set_memory(container.memory)
            .set_memory_reservation(container.memory_reservation)
            .build())
    });
    let storage = inputs
        .ephemeral_storage_gib
        .map(|size| sdk::EphemeralStorage::builder().size_in_gib(size).build());
    Ok(sdk::TaskOverride::builder()
        .set_container_overrides(some(containers.collect::<Result<_>>()?))
        .set_cpu(inputs.cpu.map(|units| units.to_string()))
        .set_memory(inputs.memory.map(|size| size.to_string()))
        .set_execution_role_arn(inputs.execution_role_arn.clone())
        .set_task_role_arn(inputs.task_role_arn.clone())
        .set_ephemeral_storage(storage)
        .build())
}

/// Waits until the task has stopped. It is not stopped when the wait is cut short: half a migration may be worse than
/// a whole one that nobody waited for.
async fn wait(
    aws: &Aws,
    inputs: &TaskRunInputs,
    arn: &str,
    context: &Context,
) -> Result<sdk::Task> {
    let waited = context
        .wait_for("the task to stop", || async {
            Ok(match look(aws, inputs, arn).await? {
                None => Progress::Pending("not visible yet".into()),
                Some(task) if task.last_status() == Some("STOPPED") => Progress::Done(task),
                Some(task) => {
                    Progress::Pending(task.last_status().unwrap_or("not known").to_lowercase())
                }
            })
        })
        .await;
    match waited {
        Err(error) if matches!(error.kind, ErrorKind::TimedOut | ErrorKind::Cancelled) => {
            let message = format!("{}; the task {arn} goes on running", error.message);
            Err(Error { message, ..error }
                .hint("stop it, or wait for its end before the next apply"))
        }
        result => result,
    }
}

async fn look(aws: &Aws, inputs: &TaskRunInputs, arn: &str) -> Result<Option<sdk::Task>> {
    let request = aws.ecs().describe_tasks().cluster(&inputs.cluster);
    let answer = request.tasks(arn).send().await.named("ecs:DescribeTasks")?;
    Ok(answer.tasks.and_then(|tasks| tasks.into_iter().next()))
}

/// The exit code of a run that succeeded: every container that counts ran, and exited with 0.
fn judge(
    task: &sdk::Task,
    definition: Option<&sdk::TaskDefinition>,
    named: Option<&str>,
) -> Option<i32> {
    let is_essential = |name: &str| {
        let containers = definition.map(|definition| definition.container_definitions());
        containers
            .unwrap_or_default()
            .iter()
            .find(|container| container.name() == Some(name))
            .is_none_or(|container| container.essential().unwrap_or(true))
    };
    let mut counted = task
        .containers()
        .iter()
        .filter(|container| match (container.name(), named) {
            (Some(name), Some(named)) => name == named,
            (Some(name), None) => is_essential(name),
            (None, _) => true,
        })
        .peekable();
    counted.peek()?;
    counted
        .all(|container| container.exit_code() == Some(0))
        .then_some(0)
}
