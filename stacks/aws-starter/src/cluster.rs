//! What services run on: the cluster, its images, and who may talk to whom. And the alarms over all of it.

use stack::prelude::*;
use stack_aws::{cloudwatch, ecr, ecs};

use crate::cache::{self, CacheHandle};
use crate::database::{self, DatabaseHandle};
use crate::front::FrontHandle;
use crate::network::{NetworkHandle, allow};
use crate::service::ServiceHandle;
use crate::settings::{self, Settings};

/// A Fargate cluster with its registry.
pub struct Cluster<'a> {
    /// Where tasks run.
    pub network: &'a NetworkHandle,
    /// Who calls them.
    pub front: &'a FrontHandle,
    /// What they call.
    pub database: &'a DatabaseHandle,
    /// What they call.
    pub cache: &'a CacheHandle,
    /// The environment's settings.
    pub settings: &'a Settings,
}

/// What services need of the cluster.
pub struct ClusterHandle {
    /// Its ARN.
    pub arn: Output<String>,
    /// Where their images are.
    pub api_images: Output<String>,
    /// Where their images are.
    pub web_images: Output<String>,
    /// The ARNs of the registries.
    pub registries: Vec<Output<String>>,
    /// Where tasks run, and as whom they call others.
    pub placement: Placement,
}

/// Where tasks run, and as whom they call others.
#[derive(Clone)]
pub struct Placement {
    subnets: Vec<Output<String>>,
    group: Output<String>,
}

impl Placement {
    /// As ECS wants to hear it.
    pub fn configuration(&self) -> Input<ecs::NetworkConfiguration> {
        ecs::NetworkConfiguration::builder()
            .subnets(self.subnets.clone())
            .security_groups([&self.group])
            .build()
    }
}

impl Component for Cluster<'_> {
    type Handle = ClusterHandle;

    fn build(self, stack: &mut Stack) -> Result<ClusterHandle> {
        let cluster = stack.add(
            "tasks",
            ecs::Cluster::builder()
                .container_insights(ecs::ContainerInsights::Enabled)
                .build(),
        );
        let group = self.network.group(stack, "services");
        allow(
            stack,
            "from-balancer-to-api",
            &group,
            &self.front.group.id,
            self.settings.app.api.port,
        );
        if self.settings.app.web.port != self.settings.app.api.port {
            allow(
                stack,
                "from-balancer-to-web",
                &group,
                &self.front.group.id,
                self.settings.app.web.port,
            );
        }
        allow(
            stack,
            "to-database",
            &self.database.group,
            &group.id,
            database::PORT,
        );
        allow(stack, "to-cache", &self.cache.group, &group.id, cache::PORT);

        let mut images = |name: &str| {
            stack.add(
                name,
                ecr::Repository::builder()
                    .image_tag_mutability(ecr::ImageTagMutability::Mutable)
                    .scan_on_push(true)
                    .lifecycle_policy(keep_images(30))
                    .force_delete(self.settings.delete_data)
                    .build(),
            )
        };
        let (api, web) = (images("api"), images("web"));
        let subnets = self
            .network
            .private
            .iter()
            .map(|subnet| subnet.id.clone())
            .collect();
        Ok(ClusterHandle {
            arn: cluster.arn,
            registries: vec![api.arn, web.arn],
            api_images: api.repository_url,
            web_images: web.repository_url,
            placement: Placement {
                subnets,
                group: group.id,
            },
        })
    }
}

/// A lifecycle policy that keeps the newest images.
fn keep_images(count: i64) -> Output<String> {
    json!({"rules": [{
        "rulePriority": 1,
        "description": "keep the newest images",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count},
        "action": {"type": "expire"},
    }]})
    .to_json()
}

/// Alarms that mean somebody should look.
pub struct Alarms<'a> {
    /// Who hears of them.
    pub settings: &'a settings::Alarms,
    /// Watched for errors.
    pub front: &'a FrontHandle,
    /// Watched for full disks and load.
    pub database: &'a DatabaseHandle,
    /// Watched for load.
    pub services: &'a [&'a ServiceHandle],
}

impl Component for Alarms<'_> {
    type Handle = ();

    fn build(self, stack: &mut Stack) -> Result<()> {
        let mut alarm = |name: &str, metric: Metric<'_>| {
            stack.add(
                name,
                cloudwatch::Alarm::builder()
                    .description(metric.means)
                    .namespace(metric.namespace)
                    .metric_name(metric.name)
                    .dimensions(metric.dimensions)
                    .statistic(metric.statistic)
                    .comparison_operator(metric.comparison)
                    .threshold(metric.threshold)
                    .period(60)
                    .evaluation_periods(5)
                    .treat_missing_data(cloudwatch::TreatMissingData::NotBreaching)
                    .alarm_actions([self.settings.topic_arn.as_str()])
                    .build(),
            );
        };
        alarm(
            "errors",
            Metric {
                means: "the load balancer answers with errors",
                namespace: "AWS/ApplicationELB",
                name: "HTTPCode_ELB_5XX_Count",
                dimensions: vec![("LoadBalancer", self.front.load_balancer.arn_suffix.clone())],
                statistic: cloudwatch::Statistic::Sum,
                comparison: cloudwatch::ComparisonOperator::GreaterThanThreshold,
                threshold: 10.0,
            },
        );
        alarm(
            "database-disk",
            Metric {
                means: "less than 2 GiB are left on the database's disk",
                namespace: "AWS/RDS",
                name: "FreeStorageSpace",
                dimensions: vec![("DBInstanceIdentifier", self.database.server.id.clone())],
                statistic: cloudwatch::Statistic::Minimum,
                comparison: cloudwatch::ComparisonOperator::LessThanThreshold,
                threshold: 2.0 * 1024.0 * 1024.0 * 1024.0,
            },
        );
        for service in self.services {
            alarm(
                &format!("{}-load", service.name),
                Metric {
                    means: "the service's tasks are busy",
                    namespace: "AWS/ECS",
                    name: "CPUUtilization",
                    dimensions: vec![
                        ("ClusterName", service.cluster_name.clone()),
                        ("ServiceName", service.service_name.clone()),
                    ],
                    statistic: cloudwatch::Statistic::Average,
                    comparison: cloudwatch::ComparisonOperator::GreaterThanThreshold,
                    threshold: 90.0,
                },
            );
        }
        Ok(())
    }
}

struct Metric<'a> {
    means: &'a str,
    namespace: &'a str,
    name: &'a str,
    dimensions: Vec<(&'a str, Output<String>)>,
    statistic: cloudwatch::Statistic,
    comparison: cloudwatch::ComparisonOperator,
    threshold: f64,
}
