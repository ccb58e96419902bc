//! What is there of clusters, services and task definitions. ECS does not tell when a cluster was made.

use aws_sdk_ecs::types as sdk;
use futures::FutureExt;

use super::*;
use crate::prelude::*;
use crate::strays::{List, Listed, all_of};

/// How many clusters, and how many services, are described at once.
const CLUSTERS: usize = 100;
const SERVICES: usize = 10;

/// What ECS calls what is deleted and shown for a while.
const GONE: &str = "INACTIVE";

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![
        List::of::<Cluster>(clusters(aws)),
        List::of::<Service>(services(aws)),
        List::of::<TaskDefinition>(task_definitions(aws)),
    ]
}

async fn clusters(aws: &Aws) -> Result<Vec<Listed>> {
    let arns = pages!(aws.ecs().list_clusters(), "ecs:ListClusters")?;
    let mut listed = Vec::new();
    for some in arns.chunks(CLUSTERS) {
        let request = aws
            .ecs()
            .describe_clusters()
            .set_clusters(Some(some.to_vec()));
        let answer = request.send().await.named("ecs:DescribeClusters")?;
        let there = answer.clusters.unwrap_or_default().into_iter();
        let there = there.filter(|cluster| cluster.status() != Some(GONE));
        listed.extend(
            there
                .filter_map(|cluster| cluster.cluster_arn)
                .map(Listed::new),
        );
    }
    Ok(listed)
}

async fn services(aws: &Aws) -> Result<Vec<Listed>> {
    let clusters = pages!(aws.ecs().list_clusters(), "ecs:ListClusters")?;
    let of_each = clusters.iter();
    all_of(of_each.map(|cluster| services_of(aws, cluster).boxed())).await
}

async fn services_of(aws: &Aws, cluster: &str) -> Result<Vec<Listed>> {
    let request = aws.ecs().list_services().cluster(cluster);
    let Some(arns) = pages!(request, "ecs:ListServices").found()? else {
        return Ok(Vec::new());
    };
    let mut listed = Vec::new();
    for some in arns.chunks(SERVICES) {
        let request = aws.ecs().describe_services().cluster(cluster);
        let request = request.set_services(Some(some.to_vec()));
        let answer = request.send().await.named("ecs:DescribeServices")?;
        let there = answer.services.unwrap_or_default().into_iter();
        let there = there.filter(|service| service.status() != Some(GONE));
        listed.extend(there.filter_map(|service| {
            Some(Listed::new(service.service_arn?).created(service.created_at.as_ref()))
        }));
    }
    Ok(listed)
}

/// One a family: its revisions go together.
async fn task_definitions(aws: &Aws) -> Result<Vec<Listed>> {
    let request = aws.ecs().list_task_definition_families();
    let request = request.status(sdk::TaskDefinitionFamilyStatus::Active);
    let families = pages!(request, "ecs:ListTaskDefinitionFamilies")?;
    let newest = families.iter();
    all_of(newest.map(|family| newest_of(aws, family).boxed())).await
}

async fn newest_of(aws: &Aws, family: &str) -> Result<Option<Listed>> {
    let newest = super::task_definition::look(aws, family).await?;
    Ok(newest.map(|(newest, _)| Listed::new(family).created(newest.registered_at.as_ref())))
}
