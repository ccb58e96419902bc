//! How a family of revisions is kept.

use aws_sdk_ecs::types as sdk;

use super::*;
use crate::ecs::support::{built, managed, some, tag_map, tags, text, update_tags};
use crate::permit::passing;
use crate::prelude::*;

mod container;
mod linux;
mod volume;

pub(in crate::ecs) use container::{log_configuration, of_log_configuration};

/// How many revisions of ours stay: the one in force, and those that a rollback may go back to.
const KEPT: usize = 5;

impl Handler for TaskDefinition {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read(["ecs:DescribeTaskDefinition"])
            .to_set(["ecs:RegisterTaskDefinition"])
            .to_update([
                "ecs:DeregisterTaskDefinition",
                "ecs:ListTagsForResource",
                "ecs:ListTaskDefinitions",
            ])
            .to_delete([
                "ecs:DeregisterTaskDefinition",
                "ecs:ListTagsForResource",
                "ecs:ListTaskDefinitions",
            ])
            // Registered with tags.
            .implying([Implied::by(Verb::Create, "ecs:TagResource")])
            .implying([
                passing("execution_role_arn", "ecs-tasks.amazonaws.com"),
                passing("task_role_arn", "ecs-tasks.amazonaws.com"),
            ])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let Some((definition, tags)) = look(aws, id).await? else {
            return Ok(None);
        };
        let platform = definition.runtime_platform();
        let arn = definition.task_definition_arn();
        let arn = expected(arn, "ecs:DescribeTaskDefinition", "TaskDefinitionArn")?.to_owned();
        let without_revision = arn.rsplit_once(':').map_or(arn.as_str(), |(arn, _)| arn);
        let containers = definition.container_definitions().iter();
        Ok(Some(TaskDefinition {
            family: definition.family().map(str::to_owned),
            container_definitions: containers.map(ContainerDefinition::of_sdk).collect(),
            cpu: definition.cpu().and_then(units),
            memory: definition.memory().and_then(units),
            network_mode: definition
                .network_mode()
                .and_then(|mode| mode.as_str().parse().ok()),
            requires_compatibilities: definition
                .requires_compatibilities()
                .iter()
                .filter_map(|one| one.as_str().parse().ok())
                .collect(),
            execution_role_arn: definition.execution_role_arn().map(str::to_owned),
            task_role_arn: definition.task_role_arn().map(str::to_owned),
            cpu_architecture: platform
                .and_then(|platform| platform.cpu_architecture()?.as_str().parse().ok()),
            operating_system_family: platform
                .and_then(|platform| Some(platform.operating_system_family()?.as_str().to_owned())),
            ephemeral_storage_gib: Some(
                definition
                    .ephemeral_storage()
                    .map_or(20, |storage| storage.size_in_gib()),
            ),
            volumes: definition.volumes().iter().map(Volume::of_sdk).collect(),
            placement_constraints: definition
                .placement_constraints()
                .iter()
                .filter_map(|constraint| constraint.expression().map(str::to_owned))
                .collect(),
            pid_mode: definition
                .pid_mode()
                .and_then(|mode| mode.as_str().parse().ok()),
            ipc_mode: definition
                .ipc_mode()
                .and_then(|mode| mode.as_str().parse().ok()),
            enable_fault_injection: Some(definition.enable_fault_injection().unwrap_or(false)),
            tags: managed(&tags),
            revision: definition.revision(),
            arn_without_revision: without_revision.to_owned(),
            arn,
        }))
    }

    async fn find(
        aws: &Aws,
        whose: Whose<'_>,
        inputs: &TaskDefinitionInputs,
    ) -> Result<Vec<String>> {
        let Some(family) = &inputs.family else {
            return Ok(Vec::new());
        };
        let found = look(aws, family).await?;
        let ours = found.is_some_and(|(_, tags)| whose.owns(&tag_map(&tags)));
        Ok(ours.then(|| family.clone()).into_iter().collect())
    }

    async fn create(aws: &Aws, inputs: &TaskDefinitionInputs, context: &Context) -> Result<String> {
        let family = inputs.family.clone().unwrap_or_default();
        // A registration would add a revision to somebody else's family.
        if look(aws, &family).await?.is_some() {
            let message = format!("a task definition named {family} is there already");
            return Err(Error::new(ErrorKind::AlreadyExists, message)
                .operation("ecs:RegisterTaskDefinition"));
        }
        register(aws, &family, inputs, context).await?;
        Ok(family)
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, TaskDefinitionInputs>,
        context: &Context,
    ) -> Result<()> {
        let only_tags = change.before().is_some_and(|before| {
            let tags = change.after.tags.clone();
            TaskDefinitionInputs {
                tags,
                ..before.clone()
            } == *change.after
        });
        if !only_tags {
            register(aws, id, change.after, context).await?;
            // A retry would register once more. What stays now goes with the next revision.
            return match prune(aws, id, context).await {
                Err(error) if error.kind.is_retryable() => Ok(()),
                result => result,
            };
        }
        let found = look(aws, id).await?;
        let (definition, _) = expected(found, "ecs:DescribeTaskDefinition", "revision")?;
        let arn = definition.task_definition_arn().unwrap_or_default();
        update_tags(aws, arn, TagChange::of(&change, |one| &one.tags)).await
    }

    /// All revisions of ours go, and the one in force, which after an import may not be ours.
    async fn delete(
        aws: &Aws,
        id: &str,
        _: &TaskDefinitionInputs,
        context: &Context,
    ) -> Result<()> {
        let Some((latest, tags)) = look(aws, id).await? else {
            return Ok(());
        };
        if is_nobodys(&tags) {
            deregister(aws, latest.task_definition_arn().unwrap_or_default()).await?;
        }
        for arn in ours(aws, id, context).await? {
            deregister(aws, &arn).await?;
        }
        Ok(())
    }
}

/// The latest revision that is active, and its tags.
pub(in crate::ecs) async fn look(
    aws: &Aws,
    family: &str,
) -> Result<Option<(sdk::TaskDefinition, Vec<sdk::Tag>)>> {
    let answer = aws
        .ecs()
        .describe_task_definition()
        .task_definition(family)
        .include(sdk::TaskDefinitionField::Tags)
        .send()
        .await
        .named("ecs:DescribeTaskDefinition");
    match answer {
        Ok(answer) => {
            let tags = answer.tags.unwrap_or_default();
            let active = answer
                .task_definition
                .filter(|one| one.status() != Some(&sdk::TaskDefinitionStatus::Inactive));
            Ok(active.map(|definition| (definition, tags)))
        }
        // ECS has no code of its own for a family without active revisions.
        Err(error)
            if error.code.as_deref() == Some("ClientException")
                && error.message.contains("Unable to describe task definition") =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// `256`, and what people register as `.25 vCPU` or `1 GB` comes back as a number as well.
fn units(text: &str) -> Option<i32> {
    text.trim().parse().ok()
}

async fn register(
    aws: &Aws,
    family: &str,
    inputs: &TaskDefinitionInputs,
    context: &Context,
) -> Result<()> {
    let number = |number: Option<i32>| number.filter(|number| *number != 0);
    let containers = inputs.container_definitions.iter();
    let volumes = inputs.volumes.iter();
    let constraints = inputs.placement_constraints.iter().map(|expression| {
        sdk::TaskDefinitionPlacementConstraint::builder()
            .r#type(sdk::TaskDefinitionPlacementConstraintType::MemberOf)
            .expression(expression)
            .build()
    });
    let compatibilities = inputs.requires_compatibilities.iter();
    let has_platform =
        inputs.cpu_architecture.is_some() || inputs.operating_system_family.is_some();
    let platform = sdk::RuntimePlatform::builder()
        .set_cpu_architecture(inputs.cpu_architecture.map(|one| one.as_str().into()))
        .set_operating_system_family(
            inputs
                .operating_system_family
                .as_deref()
                .map(sdk::OsFamily::from),
        )
        .build();
    // 20 GiB is what there is without asking; asking begins with 21.
    let storage = inputs.ephemeral_storage_gib.filter(|size| *size != 20);
    let storage = storage.map(|size| sdk::EphemeralStorage::builder().size_in_gib(size).build());
    aws.ecs()
        .register_task_definition()
        .family(family)
        .set_container_definitions(Some(
            containers
                .map(ContainerDefinition::to_sdk)
                .collect::<Result<_>>()?,
        ))
        .set_cpu(number(inputs.cpu).map(|units| units.to_string()))
        .set_memory(number(inputs.memory).map(|size| size.to_string()))
        .set_network_mode(inputs.network_mode.map(|mode| mode.as_str().into()))
        .set_requires_compatibilities(some(
            compatibilities.map(|one| one.as_str().into()).collect(),
        ))
        .set_execution_role_arn(text(inputs.execution_role_arn.as_ref()))
        .set_task_role_arn(text(inputs.task_role_arn.as_ref()))
        .set_runtime_platform(has_platform.then_some(platform))
        .set_ephemeral_storage(storage)
        .set_volumes(some(volumes.map(Volume::to_sdk).collect::<Result<_>>()?))
        .set_placement_constraints(some(constraints.collect()))
        .set_pid_mode(inputs.pid_mode.map(|mode| mode.as_str().into()))
        .set_ipc_mode(inputs.ipc_mode.map(|mode| mode.as_str().into()))
        .set_enable_fault_injection(inputs.enable_fault_injection.filter(|on| *on))
        .set_tags(tags(&context.owner.tags(&inputs.tags)))
        .send()
        .await
        .named("ecs:RegisterTaskDefinition")
        .map(drop)
}

/// Deregisters revisions of ours beyond those that are kept. Services go on with them; only new ones cannot use them.
async fn prune(aws: &Aws, family: &str, context: &Context) -> Result<()> {
    for arn in ours(aws, family, context).await?.iter().skip(KEPT) {
        deregister(aws, arn).await?;
    }
    Ok(())
}

async fn deregister(aws: &Aws, arn: &str) -> Result<()> {
    let request = aws.ecs().deregister_task_definition();
    request
        .task_definition(arn)
        .send()
        .await
        .named("ecs:DeregisterTaskDefinition")
        .map(drop)
}

/// The active revisions that this stack registered, newest first. Somebody else's, such as a pipeline's, are left
/// alone.
async fn ours(aws: &Aws, family: &str, context: &Context) -> Result<Vec<String>> {
    let request = aws
        .ecs()
        .list_task_definitions()
        .family_prefix(family)
        .status(sdk::TaskDefinitionStatus::Active);
    let all = pages!(request, "ecs:ListTaskDefinitions")?;
    let mut revisions: Vec<(u32, String)> = all
        .into_iter()
        .filter_map(|arn| {
            let (rest, revision) = arn.rsplit_once(':')?;
            let revision = revision.parse().ok()?;
            (crate::ecs::support::last_part(rest) == family).then(|| (revision, arn.clone()))
        })
        .collect();
    revisions.sort_by(|one, other| other.cmp(one));
    let mut ours = Vec::new();
    for (_, arn) in revisions {
        let request = aws.ecs().list_tags_for_resource().resource_arn(&arn);
        let answer = request.send().await.named("ecs:ListTagsForResource")?;
        let tags = tag_map(answer.tags());
        if tags.get(Owner::LINEAGE) == Some(&context.owner.lineage) {
            ours.push(arn);
        }
    }
    Ok(ours)
}

fn is_nobodys(tags: &[sdk::Tag]) -> bool {
    !tag_map(tags).contains_key(Owner::LINEAGE)
}
