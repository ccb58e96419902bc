//! Containers, to ECS and back.

use std::collections::BTreeMap;

use aws_sdk_ecs::types as sdk;

use super::*;

impl ContainerDefinition {
    pub(super) fn to_sdk(&self) -> Result<sdk::ContainerDefinition> {
        let environment = self
            .environment
            .iter()
            .map(|(name, value)| sdk::KeyValuePair::builder().name(name).value(value).build());
        let files = self.environment_files.iter().map(|arn| {
            let file = sdk::EnvironmentFile::builder().r#type(sdk::EnvironmentFileType::S3);
            built(file.value(arn).build())
        });
        let depends_on = self.depends_on.iter().map(|(name, condition)| {
            let dependency = sdk::ContainerDependency::builder().container_name(name);
            built(dependency.condition(condition.as_str().into()).build())
        });
        let ulimits = self.ulimits.iter().map(|limit| {
            let ulimit = sdk::Ulimit::builder()
                .name(limit.name.as_str().into())
                .soft_limit(limit.soft_limit)
                .hard_limit(limit.hard_limit);
            built(ulimit.build())
        });
        let mount_points = self.mount_points.iter().map(|mount| {
            sdk::MountPoint::builder()
                .source_volume(&mount.source_volume)
                .container_path(&mount.container_path)
                .set_read_only(mount.read_only)
                .build()
        });
        let volumes_from = self.volumes_from.iter().map(|from| {
            sdk::VolumeFrom::builder()
                .source_container(&from.source_container)
                .set_read_only(from.read_only)
                .build()
        });
        let hosts = self.extra_hosts.iter().map(|(name, address)| {
            let host = sdk::HostEntry::builder().hostname(name);
            built(host.ip_address(address).build())
        });
        let controls = self.system_controls.iter().map(|(name, value)| {
            sdk::SystemControl::builder()
                .namespace(name)
                .value(value)
                .build()
        });
        let gpus = self.gpus.map(|count| {
            let gpus = sdk::ResourceRequirement::builder().r#type(sdk::ResourceType::Gpu);
            built(gpus.value(count.to_string()).build())
        });
        let registry = self.repository_credentials.as_ref().map(|arn| {
            let credentials = sdk::RepositoryCredentials::builder();
            built(credentials.credentials_parameter(arn).build())
        });
        let labels = self.docker_labels.clone().into_iter().collect();
        Ok(sdk::ContainerDefinition::builder()
            .name(&self.name)
            .image(&self.image)
            .set_command(some(self.command.clone()))
            .set_entry_point(some(self.entry_point.clone()))
            .set_environment(some(environment.collect()))
            .set_environment_files(some(files.collect::<Result<_>>()?))
            .set_secrets(some(secrets(&self.secrets)?))
            .set_port_mappings(some(
                self.port_mappings.iter().map(PortMapping::to_sdk).collect(),
            ))
            .set_essential(self.essential)
            .set_depends_on(some(depends_on.collect::<Result<_>>()?))
            .set_health_check(
                self.health_check
                    .as_ref()
                    .map(HealthCheck::to_sdk)
                    .transpose()?,
            )
            .set_log_configuration(
                self.log_configuration
                    .as_ref()
                    .map(log_configuration)
                    .transpose()?,
            )
            .set_cpu(self.cpu)
            .set_memory(self.memory)
            .set_memory_reservation(self.memory_reservation)
            .set_resource_requirements(gpus.transpose()?.map(|gpus| vec![gpus]))
            .set_ulimits(some(ulimits.collect::<Result<_>>()?))
            .set_mount_points(some(mount_points.collect()))
            .set_volumes_from(some(volumes_from.collect()))
            .set_readonly_root_filesystem(self.readonly_root_filesystem)
            .set_user(self.user.clone())
            .set_working_directory(self.working_directory.clone())
            .set_hostname(self.hostname.clone())
            .set_start_timeout(self.start_timeout)
            .set_stop_timeout(self.stop_timeout)
            .set_restart_policy(
                self.restart_policy
                    .as_ref()
                    .map(RestartPolicy::to_sdk)
                    .transpose()?,
            )
            .set_linux_parameters(
                self.linux_parameters
                    .as_ref()
                    .map(LinuxParameters::to_sdk)
                    .transpose()?,
            )
            .set_system_controls(some(controls.collect()))
            .set_privileged(self.privileged)
            .set_interactive(self.interactive)
            .set_pseudo_terminal(self.pseudo_terminal)
            .set_docker_labels((!self.docker_labels.is_empty()).then_some(labels))
            .set_docker_security_options(some(self.docker_security_options.clone()))
            .set_credential_specs(some(self.credential_specs.clone()))
            .set_dns_servers(some(self.dns_servers.clone()))
            .set_dns_search_domains(some(self.dns_search_domains.clone()))
            .set_extra_hosts(some(hosts.collect::<Result<_>>()?))
            .set_links(some(self.links.clone()))
            .set_repository_credentials(registry.transpose()?)
            .set_firelens_configuration(self.firelens.as_ref().map(Firelens::to_sdk).transpose()?)
            .set_version_consistency(self.version_consistency.map(|one| one.as_str().into()))
            .build())
    }

    pub(super) fn of_sdk(container: &sdk::ContainerDefinition) -> Self {
        let pairs = |name: Option<&str>, value: Option<&str>| {
            Some((name?.to_owned(), value.unwrap_or_default().to_owned()))
        };
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let gpus = container.resource_requirements().iter();
        let gpus = gpus
            .filter(|one| *one.r#type() == sdk::ResourceType::Gpu)
            .find_map(|one| one.value().parse().ok());
        Self {
            name: container.name().unwrap_or_default().to_owned(),
            image: container.image().unwrap_or_default().to_owned(),
            command: container.command().to_vec(),
            entry_point: container.entry_point().to_vec(),
            environment: container
                .environment()
                .iter()
                .filter_map(|pair| pairs(pair.name(), pair.value()))
                .collect(),
            environment_files: container
                .environment_files()
                .iter()
                .map(|file| file.value().to_owned())
                .collect(),
            secrets: of_secrets(container.secrets()),
            port_mappings: container
                .port_mappings()
                .iter()
                .map(PortMapping::of_sdk)
                .collect(),
            essential: Some(container.essential().unwrap_or(true)),
            depends_on: container
                .depends_on()
                .iter()
                .filter_map(|one| {
                    let condition = one.condition().as_str().parse().ok()?;
                    Some((one.container_name().to_owned(), condition))
                })
                .collect(),
            health_check: container.health_check().map(HealthCheck::of_sdk),
            log_configuration: container.log_configuration().and_then(of_log_configuration),
            cpu: Some(container.cpu()),
            memory: container.memory(),
            memory_reservation: container.memory_reservation(),
            gpus,
            ulimits: container
                .ulimits()
                .iter()
                .map(|limit| Ulimit {
                    name: limit.name().as_str().to_owned(),
                    soft_limit: limit.soft_limit(),
                    hard_limit: limit.hard_limit(),
                })
                .collect(),
            mount_points: container
                .mount_points()
                .iter()
                .map(|mount| MountPoint {
                    source_volume: mount.source_volume().unwrap_or_default().to_owned(),
                    container_path: mount.container_path().unwrap_or_default().to_owned(),
                    read_only: Some(mount.read_only().unwrap_or(false)),
                })
                .collect(),
            volumes_from: container
                .volumes_from()
                .iter()
                .map(|from| VolumeFrom {
                    source_container: from.source_container().unwrap_or_default().to_owned(),
                    read_only: Some(from.read_only().unwrap_or(false)),
                })
                .collect(),
            readonly_root_filesystem: Some(container.readonly_root_filesystem().unwrap_or(false)),
            user: owned(container.user()),
            working_directory: owned(container.working_directory()),
            hostname: owned(container.hostname()),
            start_timeout: container.start_timeout(),
            stop_timeout: container.stop_timeout(),
            restart_policy: container.restart_policy().map(RestartPolicy::of_sdk),
            linux_parameters: container.linux_parameters().map(LinuxParameters::of_sdk),
            system_controls: container
                .system_controls()
                .iter()
                .filter_map(|one| pairs(one.namespace(), one.value()))
                .collect(),
            privileged: Some(container.privileged().unwrap_or(false)),
            interactive: Some(container.interactive().unwrap_or(false)),
            pseudo_terminal: Some(container.pseudo_terminal().unwrap_or(false)),
            docker_labels: sorted(container.docker_labels()),
            docker_security_options: container.docker_security_options().to_vec(),
            credential_specs: container.credential_specs().to_vec(),
            dns_servers: container.dns_servers().to_vec(),
            dns_search_domains: container.dns_search_domains().to_vec(),
            extra_hosts: container
                .extra_hosts()
                .iter()
                .map(|host| (host.hostname().to_owned(), host.ip_address().to_owned()))
                .collect(),
            links: container.links().to_vec(),
            repository_credentials: container
                .repository_credentials()
                .map(|credentials| credentials.credentials_parameter().to_owned()),
            firelens: container
                .firelens_configuration()
                .and_then(Firelens::of_sdk),
            version_consistency: container
                .version_consistency()
                .and_then(|one| one.as_str().parse().ok()),
        }
    }
}

impl PortMapping {
    fn to_sdk(&self) -> sdk::PortMapping {
        sdk::PortMapping::builder()
            .set_container_port(self.container_port)
            .set_host_port(self.host_port)
            .set_protocol(self.protocol.map(|protocol| protocol.as_str().into()))
            .set_name(self.name.clone())
            .set_app_protocol(self.app_protocol.map(|protocol| protocol.as_str().into()))
            .set_container_port_range(self.container_port_range.clone())
            .build()
    }

    fn of_sdk(port: &sdk::PortMapping) -> Self {
        Self {
            container_port: port.container_port(),
            host_port: port.host_port(),
            protocol: port
                .protocol()
                .and_then(|protocol| protocol.as_str().parse().ok()),
            name: port.name().map(str::to_owned),
            app_protocol: port
                .app_protocol()
                .and_then(|protocol| protocol.as_str().parse().ok()),
            container_port_range: port.container_port_range().map(str::to_owned),
        }
    }
}

impl HealthCheck {
    fn to_sdk(&self) -> Result<sdk::HealthCheck> {
        let check = sdk::HealthCheck::builder()
            .set_command(Some(self.command.clone()))
            .set_interval(self.interval)
            .set_timeout(self.timeout)
            .set_retries(self.retries)
            .set_start_period(self.start_period);
        built(check.build())
    }

    fn of_sdk(check: &sdk::HealthCheck) -> Self {
        Self {
            command: check.command().to_vec(),
            interval: Some(check.interval().unwrap_or(30)),
            timeout: Some(check.timeout().unwrap_or(5)),
            retries: Some(check.retries().unwrap_or(3)),
            start_period: Some(check.start_period().unwrap_or(0)),
        }
    }
}

impl RestartPolicy {
    fn to_sdk(&self) -> Result<sdk::ContainerRestartPolicy> {
        let policy = sdk::ContainerRestartPolicy::builder()
            .enabled(self.enabled)
            .set_ignored_exit_codes(some(self.ignored_exit_codes.clone()))
            .set_restart_attempt_period(self.restart_attempt_period);
        built(policy.build())
    }

    fn of_sdk(policy: &sdk::ContainerRestartPolicy) -> Self {
        Self {
            enabled: policy.enabled(),
            ignored_exit_codes: policy.ignored_exit_codes().to_vec(),
            restart_attempt_period: policy.restart_attempt_period(),
        }
    }
}

impl Firelens {
    fn to_sdk(&self) -> Result<sdk::FirelensConfiguration> {
        let options = self.options.clone().into_iter().collect();
        let firelens = sdk::FirelensConfiguration::builder()
            .r#type(self.r#type.as_str().into())
            .set_options((!self.options.is_empty()).then_some(options));
        built(firelens.build())
    }

    fn of_sdk(firelens: &sdk::FirelensConfiguration) -> Option<Self> {
        Some(Self {
            r#type: firelens.r#type().as_str().parse().ok()?,
            options: sorted(firelens.options()),
        })
    }
}

/// Where a container's output goes, to ECS.
pub(in crate::ecs) fn log_configuration(log: &LogConfiguration) -> Result<sdk::LogConfiguration> {
    let options = log.options.clone().into_iter().collect();
    let configuration = sdk::LogConfiguration::builder()
        .log_driver(log.log_driver.as_str().into())
        .set_options((!log.options.is_empty()).then_some(options))
        .set_secret_options(some(secrets(&log.secret_options)?));
    built(configuration.build())
}

/// Where a container's output goes, from ECS.
pub(in crate::ecs) fn of_log_configuration(
    log: &sdk::LogConfiguration,
) -> Option<LogConfiguration> {
    Some(LogConfiguration {
        log_driver: log.log_driver().as_str().parse().ok()?,
        options: sorted(log.options()),
        secret_options: of_secrets(log.secret_options()),
    })
}

fn secrets(secrets: &BTreeMap<String, String>) -> Result<Vec<sdk::Secret>> {
    let secrets = secrets.iter();
    secrets
        .map(|(name, arn)| built(sdk::Secret::builder().name(name).value_from(arn).build()))
        .collect()
}

fn of_secrets(secrets: &[sdk::Secret]) -> BTreeMap<String, String> {
    let secrets = secrets.iter();
    secrets
        .map(|secret| (secret.name().to_owned(), secret.value_from().to_owned()))
        .collect()
}

pub(super) fn sorted(
    map: Option<&std::collections::HashMap<String, String>>,
) -> BTreeMap<String, String> {
    map.into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
