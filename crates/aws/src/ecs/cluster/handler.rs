//! How a cluster is made and kept.

use aws_sdk_ecs::types as sdk;

use super::*;
use crate::ecs::support::{managed, some, tag_map, tags, text, update_tags};
use crate::listed;
use crate::permit::first_use_of;
use crate::prelude::*;

impl Handler for Cluster {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read(["ecs:DescribeClusters"])
            .to_create(["ecs:CreateCluster"])
            .to_set(["ecs:PutClusterCapacityProviders"])
            .to_update(["ecs:UpdateCluster"])
            .to_tag("ecs:TagResource", "ecs:UntagResource")
            .to_delete(["ecs:DeleteCluster"])
            .implying([first_use_of("ecs.amazonaws.com")])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let cluster = look(aws, id).await?;
        Ok(cluster.map(|cluster| observed(id, &cluster)))
    }

    const BATCH: usize = 100;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        Ok(listed::under_ids(
            &described(aws, ids).await?,
            sdk::Cluster::cluster_arn,
            |id, cluster| Ok(observed(id, cluster)),
        ))
    }

    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &ClusterInputs) -> Result<Vec<String>> {
        let Some(name) = &inputs.name else {
            return Ok(Vec::new());
        };
        let cluster = look(aws, name).await?;
        let ours = cluster.filter(|cluster| whose.owns(&tag_map(cluster.tags())));
        Ok(ours
            .and_then(|cluster| cluster.cluster_arn)
            .into_iter()
            .collect())
    }

    async fn create(aws: &Aws, inputs: &ClusterInputs, context: &Context) -> Result<String> {
        let name = inputs.name.clone().unwrap_or_default();
        // A create with the name of a cluster that is there already answers with that cluster.
        if look(aws, &name).await?.is_some() {
            let message = format!("a cluster named {name} is there already");
            return Err(
                Error::new(ErrorKind::AlreadyExists, message).operation("ecs:CreateCluster")
            );
        }
        let answer = aws
            .ecs()
            .create_cluster()
            .cluster_name(name)
            .settings(insights(inputs))
            .configuration(configuration(inputs))
            .set_capacity_providers(some(inputs.capacity_providers.clone()))
            .set_default_capacity_provider_strategy(CapacityProviderShare::all_to_sdk(
                &inputs.default_capacity_provider_strategy,
            )?)
            .set_service_connect_defaults(
                text(inputs.service_connect_namespace.as_ref())
                    .map(|namespace| connect_defaults(&namespace))
                    .transpose()?,
            )
            .set_tags(tags(&context.owner.tags(&inputs.tags)))
            .send()
            .await
            .named("ecs:CreateCluster")?;
        let arn = answer.cluster.and_then(|cluster| cluster.cluster_arn);
        expected(arn, "ecs:CreateCluster", "ClusterArn")
    }

    async fn settle(aws: &Aws, id: &str, _: &ClusterInputs, context: &Context) -> Result<()> {
        wait(aws, id, context).await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, ClusterInputs>,
        context: &Context,
    ) -> Result<()> {
        let after = change.after;
        let mut request = aws.ecs().update_cluster().cluster(id);
        let mut differs = false;
        if change.of(|cluster| &cluster.container_insights).is_some() {
            request = request.settings(insights(after));
            differs = true;
        }
        if change.of(|cluster| &cluster.execute_command).is_some()
            || change
                .of(|cluster| &cluster.managed_storage_kms_key_id)
                .is_some()
            || change
                .of(|cluster| &cluster.fargate_ephemeral_storage_kms_key_id)
                .is_some()
        {
            request = request.configuration(configuration(after));
            differs = true;
        }
        if let Some(namespace) = change.of(|cluster| &cluster.service_connect_namespace) {
            // An empty name takes the namespace away.
            request = request
                .service_connect_defaults(connect_defaults(namespace.as_deref().unwrap_or(""))?);
            differs = true;
        }
        if differs {
            request.send().await.named("ecs:UpdateCluster")?;
        }
        if change.of(|cluster| &cluster.capacity_providers).is_some()
            || change
                .of(|cluster| &cluster.default_capacity_provider_strategy)
                .is_some()
        {
            // ECS refuses this while an earlier change of the same is under way.
            wait(aws, id, context).await?;
            let strategy =
                CapacityProviderShare::all_to_sdk(&after.default_capacity_provider_strategy)?;
            let request = aws
                .ecs()
                .put_cluster_capacity_providers()
                .cluster(id)
                .set_capacity_providers(Some(after.capacity_providers.clone()))
                .set_default_capacity_provider_strategy(Some(strategy.unwrap_or_default()));
            request
                .send()
                .await
                .named("ecs:PutClusterCapacityProviders")?;
        }
        update_tags(aws, id, TagChange::of(&change, |cluster| &cluster.tags)).await?;
        wait(aws, id, context).await
    }

    async fn delete(aws: &Aws, id: &str, _: &ClusterInputs, context: &Context) -> Result<()> {
        let request = aws.ecs().delete_cluster().cluster(id);
        request.send().await.named("ecs:DeleteCluster")?;
        context
            .wait_for("the cluster to be deleted", || async {
                Ok(match look(aws, id).await? {
                    None => Progress::Done(()),
                    Some(cluster) => {
                        Progress::Pending(cluster.status.unwrap_or_default().to_lowercase())
                    }
                })
            })
            .await
    }
}

/// A cluster by name or ARN.
async fn look(aws: &Aws, cluster: &str) -> Result<Option<sdk::Cluster>> {
    Ok(described(aws, &[cluster]).await?.pop())
}

/// Clusters by name or ARN. ECS shows a deleted one for a while, as inactive.
async fn described(aws: &Aws, clusters: &[&str]) -> Result<Vec<sdk::Cluster>> {
    let answer = aws
        .ecs()
        .describe_clusters()
        .set_clusters(listed::sdk(clusters))
        .include(sdk::ClusterField::Configurations)
        .include(sdk::ClusterField::Settings)
        .include(sdk::ClusterField::Tags)
        .include(sdk::ClusterField::Attachments)
        .send()
        .await
        .named("ecs:DescribeClusters")?;
    let mut clusters = answer.clusters.unwrap_or_default();
    clusters.retain(|cluster| cluster.status() != Some("INACTIVE"));
    Ok(clusters)
}

fn observed(id: &str, cluster: &sdk::Cluster) -> Cluster {
    let configuration = cluster.configuration();
    let storage = configuration.and_then(|one| one.managed_storage_configuration());
    let insights = cluster
        .settings()
        .iter()
        .find(|setting| setting.name() == Some(&sdk::ClusterSettingName::ContainerInsights))
        .and_then(|setting| setting.value()?.parse().ok());
    Cluster {
        name: cluster.cluster_name().map(str::to_owned),
        container_insights: Some(insights.unwrap_or(ContainerInsights::Disabled)),
        capacity_providers: cluster.capacity_providers().to_vec(),
        default_capacity_provider_strategy: CapacityProviderShare::all_of_sdk(
            cluster.default_capacity_provider_strategy(),
        ),
        execute_command: configuration
            .and_then(|one| one.execute_command_configuration())
            .map(ExecuteCommand::of_sdk),
        managed_storage_kms_key_id: storage
            .and_then(|storage| storage.kms_key_id().map(str::to_owned)),
        fargate_ephemeral_storage_kms_key_id: storage
            .and_then(|storage| storage.fargate_ephemeral_storage_kms_key_id())
            .map(str::to_owned),
        service_connect_namespace: cluster
            .service_connect_defaults()
            .and_then(|defaults| defaults.namespace().map(str::to_owned)),
        tags: managed(cluster.tags()),
        arn: id.to_owned(),
    }
}

/// Waits until the cluster is active and its capacity providers are attached.
async fn wait(aws: &Aws, id: &str, context: &Context) -> Result<()> {
    context
        .wait_for("the cluster to be active", || async {
            let Some(cluster) = look(aws, id).await? else {
                return Ok(Progress::Pending("not visible yet".into()));
            };
            let status = cluster.status().unwrap_or_default();
            match (status, cluster.attachments_status()) {
                ("FAILED", _) | (_, Some("UPDATE_FAILED")) => Err(Error::new(
                    ErrorKind::Failed,
                    "ECS could not attach the cluster's capacity providers",
                )
                .operation("ecs:DescribeClusters")),
                ("ACTIVE", None | Some("UPDATE_COMPLETE")) => Ok(Progress::Done(())),
                (status, attachments) => Ok(Progress::Pending(
                    attachments
                        .unwrap_or(status)
                        .to_lowercase()
                        .replace('_', " "),
                )),
            }
        })
        .await
}

fn insights(inputs: &ClusterInputs) -> sdk::ClusterSetting {
    let insights = inputs.container_insights;
    sdk::ClusterSetting::builder()
        .name(sdk::ClusterSettingName::ContainerInsights)
        .value(insights.unwrap_or(ContainerInsights::Disabled).as_str())
        .build()
}

fn connect_defaults(namespace: &str) -> Result<sdk::ClusterServiceConnectDefaultsRequest> {
    let defaults = sdk::ClusterServiceConnectDefaultsRequest::builder();
    crate::ecs::support::built(defaults.namespace(namespace).build())
}

/// One call sets all of it, so all of it is always sent.
fn configuration(inputs: &ClusterInputs) -> sdk::ClusterConfiguration {
    let managed = text(inputs.managed_storage_kms_key_id.as_ref());
    let fargate = text(inputs.fargate_ephemeral_storage_kms_key_id.as_ref());
    let had_storage = inputs.managed_storage_kms_key_id.is_some()
        || inputs.fargate_ephemeral_storage_kms_key_id.is_some();
    let storage = had_storage.then(|| {
        sdk::ManagedStorageConfiguration::builder()
            .set_kms_key_id(managed)
            .set_fargate_ephemeral_storage_kms_key_id(fargate)
            .build()
    });
    sdk::ClusterConfiguration::builder()
        .set_execute_command_configuration(
            inputs.execute_command.as_ref().map(ExecuteCommand::to_sdk),
        )
        .set_managed_storage_configuration(storage)
        .build()
}

impl ExecuteCommand {
    fn to_sdk(&self) -> sdk::ExecuteCommandConfiguration {
        let logging = self.logging.unwrap_or(ExecuteCommandLogging::Default);
        let log = sdk::ExecuteCommandLogConfiguration::builder()
            .set_cloud_watch_log_group_name(self.log_group.clone())
            .cloud_watch_encryption_enabled(self.log_group_encrypted.unwrap_or(false))
            .set_s3_bucket_name(self.bucket.clone())
            .s3_encryption_enabled(self.bucket_encrypted.unwrap_or(false))
            .set_s3_key_prefix(self.bucket_prefix.clone())
            .build();
        sdk::ExecuteCommandConfiguration::builder()
            .set_kms_key_id(self.kms_key_id.clone())
            .logging(logging.as_str().into())
            .set_log_configuration((logging == ExecuteCommandLogging::Override).then_some(log))
            .build()
    }

    fn of_sdk(command: &sdk::ExecuteCommandConfiguration) -> Self {
        let log = command.log_configuration();
        Self {
            logging: command
                .logging()
                .and_then(|logging| logging.as_str().parse().ok()),
            kms_key_id: command.kms_key_id().map(str::to_owned),
            log_group: log
                .and_then(|log| log.cloud_watch_log_group_name())
                .map(str::to_owned),
            log_group_encrypted: Some(log.is_some_and(|log| log.cloud_watch_encryption_enabled())),
            bucket: log.and_then(|log| log.s3_bucket_name()).map(str::to_owned),
            bucket_encrypted: Some(log.is_some_and(|log| log.s3_encryption_enabled())),
            bucket_prefix: log.and_then(|log| log.s3_key_prefix()).map(str::to_owned),
        }
    }
}
