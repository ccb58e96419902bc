//! Services on Fargate, the migration that has to succeed before them, and what each of them may do.

use std::collections::BTreeMap;

use saas::App;
use stack::prelude::*;
use stack_aws::{applicationautoscaling as autoscaling, ecs, elbv2, iam, logs};

use crate::cluster::ClusterHandle;
use crate::front::FrontHandle;
use crate::storage::{SecretsHandle, StorageHandle};

/// What every task of the application may use.
#[derive(Clone, Copy)]
pub struct Access<'a> {
    /// The region, for logs.
    pub region: &'a str,
    /// Files.
    pub storage: &'a StorageHandle,
    /// Secrets.
    pub secrets: &'a SecretsHandle,
    /// What it runs on.
    pub cluster: &'a ClusterHandle,
}

/// Variables that are not secret.
pub type Environment = BTreeMap<&'static str, Output<String>>;

/// A service that is kept running.
pub struct Service<'a> {
    name: &'static str,
    access: Access<'a>,
    environment: Environment,
    image: Output<String>,
    command: Vec<String>,
    cpu: u32,
    memory: u32,
    replicas: i32,
    max_replicas: Option<i32>,
    front: Option<(
        i32,
        &'a elbv2::TargetGroupHandle,
        &'a elbv2::ListenerRuleHandle,
    )>,
    after: Option<&'a ecs::TaskRunHandle>,
}

/// What the rest of the program needs of a service.
pub struct ServiceHandle {
    /// What it is called here.
    pub name: &'static str,
    /// What ECS calls its cluster.
    pub cluster_name: Output<String>,
    /// What ECS calls it.
    pub service_name: Output<String>,
}

impl<'a> Service<'a> {
    /// The API.
    pub fn api(
        access: Access<'a>,
        app: &App,
        environment: &Environment,
        front: &'a FrontHandle,
    ) -> Self {
        let image = app.api.image_in(&access.cluster.api_images);
        Self::behind(
            "api",
            access,
            &app.api,
            image,
            environment,
            (&front.api, &front.rule),
        )
    }

    /// The web app.
    pub fn web(
        access: Access<'a>,
        app: &App,
        environment: &Environment,
        front: &'a FrontHandle,
    ) -> Self {
        let image = app.web.image_in(&access.cluster.web_images);
        Self::behind(
            "web",
            access,
            &app.web,
            image,
            environment,
            (&front.web, &front.rule),
        )
    }

    /// The billing worker, of which there is exactly one, in the API's image.
    pub fn worker(access: Access<'a>, app: &App, environment: &Environment) -> Self {
        Self {
            name: "worker",
            access,
            environment: environment.clone(),
            image: app.api.image_in(&access.cluster.api_images),
            command: vec!["billing-worker".into()],
            cpu: app.worker.cpu,
            memory: app.worker.memory,
            replicas: 1,
            max_replicas: None,
            front: None,
            after: None,
        }
    }

    fn behind(
        name: &'static str,
        access: Access<'a>,
        service: &saas::Service,
        image: Output<String>,
        environment: &Environment,
        (group, rule): (&'a elbv2::TargetGroupHandle, &'a elbv2::ListenerRuleHandle),
    ) -> Self {
        let mut environment = environment.clone();
        environment.insert("PORT", Output::known(service.port.to_string()));
        Self {
            name,
            access,
            environment,
            image,
            command: Vec::new(),
            cpu: service.cpu,
            memory: service.memory,
            replicas: service.replicas,
            max_replicas: service.max_replicas,
            front: Some((service.port, group, rule)),
            after: None,
        }
    }

    /// Waits for the migration, so that no task of a new version starts before it has succeeded.
    pub fn after(mut self, migration: &'a ecs::TaskRunHandle) -> Self {
        self.after = Some(migration);
        self
    }
}

impl Component for Service<'_> {
    type Handle = ServiceHandle;

    fn build(self, stack: &mut Stack) -> Result<ServiceHandle> {
        let definition = Task {
            access: self.access,
            environment: &self.environment,
            image: self.image,
            command: self.command,
            cpu: self.cpu,
            memory: self.memory,
            port: self.front.map(|(port, ..)| port),
        }
        .define(stack);
        // Exactly one worker: the old one stops before the new one starts.
        let (most, least) = if self.front.is_some() {
            (200, 100)
        } else {
            (100, 0)
        };
        let service = ecs::Service::builder()
            .cluster(&self.access.cluster.arn)
            .task_definition(&definition.arn)
            .launch_type(ecs::LaunchType::Fargate)
            .network_configuration(self.access.cluster.placement.configuration())
            .deployment_maximum_percent(most)
            .deployment_minimum_healthy_percent(least)
            .circuit_breaker(ecs::CircuitBreaker::Fail)
            // Autoscaling changes the number; then it is not ours to set.
            .maybe_desired_count(self.max_replicas.is_none().then_some(self.replicas));
        let service = match self.front {
            None => service.build(),
            Some((port, group, rule)) => {
                let target = ecs::ServiceLoadBalancer::builder()
                    .target_group_arn(&group.arn)
                    .container_name("main")
                    .container_port(port)
                    .build();
                let service = service
                    .load_balancers(vec![target])
                    .health_check_grace_period_seconds(60);
                service.build().depends_on(rule)
            }
        };
        let service = match self.after {
            Some(migration) => service.depends_on(migration),
            None => service,
        };
        let service = stack.add("service", service);
        if let Some(max) = self.max_replicas {
            scale(stack, &service, self.replicas, max);
        }
        let part = |index| service.scalable_resource_id.split("/").index(index);
        Ok(ServiceHandle {
            name: self.name,
            cluster_name: part(1),
            service_name: part(2),
        })
    }
}

/// Keeps the processors at 60 %.
fn scale(stack: &mut Stack, service: &ecs::ServiceHandle, least: i32, most: i32) {
    let target = stack.add(
        "scale",
        autoscaling::Target::builder()
            .service_namespace("ecs")
            .resource_id(&service.scalable_resource_id)
            .scalable_dimension("ecs:service:DesiredCount")
            .min_capacity(least)
            .max_capacity(most)
            .build(),
    );
    let load = autoscaling::PredefinedMetric::builder()
        .metric_type("ECSServiceAverageCPUUtilization")
        .build();
    let cpu = autoscaling::TargetTracking::builder()
        .predefined_metric(load)
        .target_value(60.0)
        .build();
    stack.add(
        "scale",
        autoscaling::Policy::builder()
            .service_namespace("ecs")
            .resource_id(&target.resource_id)
            .scalable_dimension(&target.scalable_dimension)
            .target_tracking(cpu)
            .build(),
    );
}

/// The migration: it runs in the API's image whenever that changes, and has to succeed.
pub struct Migration<'a> {
    /// What it may use.
    pub access: Access<'a>,
    /// The application.
    pub app: &'a App,
    /// Variables that are not secret.
    pub environment: &'a Environment,
}

impl Component for Migration<'_> {
    type Handle = ecs::TaskRunHandle;

    fn build(self, stack: &mut Stack) -> Result<ecs::TaskRunHandle> {
        let image = self.app.api.image_in(&self.access.cluster.api_images);
        let definition = Task {
            access: self.access,
            environment: self.environment,
            image: image.clone(),
            command: self.app.migrate.clone(),
            cpu: 256,
            memory: 512,
            port: None,
        }
        .define(stack);
        let run = ecs::TaskRun::builder()
            .cluster(&self.access.cluster.arn)
            .task_definition(&definition.arn)
            .launch_type(ecs::LaunchType::Fargate)
            .network_configuration(self.access.cluster.placement.configuration())
            .triggers([("image", image)])
            .build();
        Ok(stack.add("run", run))
    }
}

/// One container, its log, and its two roles: what starts it, and what it may do.
struct Task<'a> {
    access: Access<'a>,
    environment: &'a Environment,
    image: Output<String>,
    command: Vec<String>,
    cpu: u32,
    memory: u32,
    port: Option<i32>,
}

impl Task<'_> {
    fn define(self, stack: &mut Stack) -> ecs::TaskDefinitionHandle {
        let log = stack.add(
            "log",
            logs::LogGroup::builder().retention_in_days(30).build(),
        );
        let secrets = self
            .access
            .secrets
            .variables
            .iter()
            .map(|(name, secret)| (*name, secret.arn.clone()));
        let log_options = [
            ("awslogs-group", log.id.clone()),
            ("awslogs-region", Output::known(self.access.region)),
            ("awslogs-stream-prefix", Output::known("main")),
        ];
        let logs = ecs::LogConfiguration::builder()
            .log_driver(ecs::LogDriver::Awslogs)
            .options(log_options)
            .build();
        let ports = self
            .port
            .map(|port| ecs::PortMapping::builder().container_port(port).build());
        let container = ecs::ContainerDefinition::builder()
            .name("main")
            .image(&self.image)
            .command(self.command.clone())
            .environment(self.environment.clone())
            .secrets(secrets.collect::<BTreeMap<_, _>>())
            .port_mappings(ports.into_iter().collect::<Vec<_>>())
            .log_configuration(logs)
            .build();
        let starts = role(stack, "start");
        policy(stack, "start", &starts, self.may_start(&log));
        let acts = role(stack, "act");
        policy(stack, "act", &acts, self.may_act());
        let definition = ecs::TaskDefinition::builder()
            .container_definitions(vec![container])
            .cpu(self.cpu as i32)
            .memory(self.memory as i32)
            .network_mode(ecs::NetworkMode::Awsvpc)
            .requires_compatibilities([ecs::Compatibility::Fargate])
            .execution_role_arn(&starts.arn)
            .task_role_arn(&acts.arn);
        stack.add("task", definition.build())
    }

    /// What ECS needs to start the container: its image, its secrets, its log.
    fn may_start(&self, log: &logs::LogGroupHandle) -> Output<String> {
        let secrets: Vec<_> = self
            .access
            .secrets
            .variables
            .iter()
            .map(|(_, secret)| secret.arn.clone())
            .collect();
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
            {"Effect": "Allow", "Resource": self.access.cluster.registries,
             "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]},
            {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secrets},
            {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
             "Resource": interpolate!("{}:*", log.arn)},
        ]})
        .to_json()
    }

    /// What the program in the container may do: use the bucket.
    fn may_act(&self) -> Output<String> {
        let bucket = &self.access.storage.arn;
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket},
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
             "Resource": interpolate!("{}/*", bucket)},
        ]})
        .to_json()
    }
}

fn role(stack: &mut Stack, name: &str) -> iam::RoleHandle {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}},
    ]});
    stack.add(
        name,
        iam::Role::builder()
            .assume_role_policy(trust.to_json())
            .build(),
    )
}

fn policy(stack: &mut Stack, name: &str, role: &iam::RoleHandle, policy: Output<String>) {
    stack.add(
        name,
        iam::RolePolicy::builder()
            .role(&role.id)
            .policy(policy)
            .build(),
    );
}
