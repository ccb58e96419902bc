//! Volumes, to ECS and back.

use aws_sdk_ecs::types as sdk;

use super::container::sorted;
use super::*;

impl Volume {
    pub(super) fn to_sdk(&self) -> Result<sdk::Volume> {
        let host = self.host_path.as_ref().map(|path| {
            sdk::HostVolumeProperties::builder()
                .source_path(path)
                .build()
        });
        Ok(sdk::Volume::builder()
            .name(&self.name)
            .set_host(host)
            .set_efs_volume_configuration(self.efs.as_ref().map(EfsVolume::to_sdk).transpose()?)
            .set_docker_volume_configuration(self.docker.as_ref().map(DockerVolume::to_sdk))
            .set_configured_at_launch(self.configured_at_launch)
            .build())
    }

    pub(super) fn of_sdk(volume: &sdk::Volume) -> Self {
        Self {
            name: volume.name().unwrap_or_default().to_owned(),
            host_path: volume
                .host()
                .and_then(|host| host.source_path().map(str::to_owned)),
            efs: volume.efs_volume_configuration().map(EfsVolume::of_sdk),
            docker: volume
                .docker_volume_configuration()
                .map(DockerVolume::of_sdk),
            configured_at_launch: Some(volume.configured_at_launch().unwrap_or(false)),
        }
    }
}

impl EfsVolume {
    fn to_sdk(&self) -> Result<sdk::EfsVolumeConfiguration> {
        let iam = match self.iam {
            Some(true) => sdk::EfsAuthorizationConfigIam::Enabled,
            Some(false) | None => sdk::EfsAuthorizationConfigIam::Disabled,
        };
        let has_access = self.access_point_id.is_some() || self.iam.is_some();
        let access = sdk::EfsAuthorizationConfig::builder()
            .set_access_point_id(self.access_point_id.clone())
            .iam(iam)
            .build();
        let encryption = self.transit_encryption.map(|on| {
            if on {
                sdk::EfsTransitEncryption::Enabled
            } else {
                sdk::EfsTransitEncryption::Disabled
            }
        });
        let efs = sdk::EfsVolumeConfiguration::builder()
            .file_system_id(&self.file_system_id)
            .set_root_directory(self.root_directory.clone())
            .set_transit_encryption(encryption)
            .set_transit_encryption_port(self.transit_encryption_port)
            .set_authorization_config(has_access.then_some(access));
        built(efs.build())
    }

    fn of_sdk(efs: &sdk::EfsVolumeConfiguration) -> Self {
        let access = efs.authorization_config();
        Self {
            file_system_id: efs.file_system_id().to_owned(),
            root_directory: efs.root_directory().map(str::to_owned),
            transit_encryption: Some(
                efs.transit_encryption() == Some(&sdk::EfsTransitEncryption::Enabled),
            ),
            transit_encryption_port: efs.transit_encryption_port(),
            access_point_id: access.and_then(|one| one.access_point_id().map(str::to_owned)),
            iam: Some(
                access.and_then(|one| one.iam()) == Some(&sdk::EfsAuthorizationConfigIam::Enabled),
            ),
        }
    }
}

impl DockerVolume {
    fn to_sdk(&self) -> sdk::DockerVolumeConfiguration {
        let options = self.driver_options.clone().into_iter().collect();
        let labels = self.labels.clone().into_iter().collect();
        sdk::DockerVolumeConfiguration::builder()
            .set_scope(self.scope.map(|scope| scope.as_str().into()))
            .set_autoprovision(self.autoprovision)
            .set_driver(self.driver.clone())
            .set_driver_opts((!self.driver_options.is_empty()).then_some(options))
            .set_labels((!self.labels.is_empty()).then_some(labels))
            .build()
    }

    fn of_sdk(docker: &sdk::DockerVolumeConfiguration) -> Self {
        Self {
            scope: docker.scope().and_then(|scope| scope.as_str().parse().ok()),
            autoprovision: docker.autoprovision(),
            driver: docker.driver().map(str::to_owned),
            driver_options: sorted(docker.driver_opts()),
            labels: sorted(docker.labels()),
        }
    }
}
