//! Disks of tasks, to ECS and back.

use super::*;
use crate::ecs::support::built;

impl VolumeConfiguration {
    pub(super) fn to_sdk(&self) -> Result<sdk::ServiceVolumeConfiguration> {
        let tags = tags(&self.tags).map(|tags| {
            let specification = sdk::EbsTagSpecification::builder();
            let specification = specification.resource_type(sdk::EbsResourceType::Volume);
            built(specification.set_tags(Some(tags)).build())
        });
        let disk = sdk::ServiceManagedEbsVolumeConfiguration::builder()
            .role_arn(&self.role_arn)
            .set_size_in_gib(self.size_in_gib)
            .set_snapshot_id(self.snapshot_id.clone())
            .set_volume_type(self.volume_type.clone())
            .set_iops(self.iops)
            .set_throughput(self.throughput)
            .set_volume_initialization_rate(self.volume_initialization_rate)
            .set_encrypted(self.encrypted)
            .set_kms_key_id(self.kms_key_id.clone())
            .set_filesystem_type(self.filesystem_type.as_deref().map(Into::into))
            .set_tag_specifications(tags.transpose()?.map(|tags| vec![tags]));
        let volume = sdk::ServiceVolumeConfiguration::builder()
            .name(&self.name)
            .managed_ebs_volume(built(disk.build())?);
        built(volume.build())
    }

    pub(super) fn of_sdk(volume: &sdk::ServiceVolumeConfiguration) -> Option<Self> {
        let disk = volume.managed_ebs_volume()?;
        Some(Self {
            name: volume.name().to_owned(),
            role_arn: disk.role_arn().to_owned(),
            size_in_gib: disk.size_in_gib(),
            snapshot_id: disk.snapshot_id().map(str::to_owned),
            volume_type: disk.volume_type().map(str::to_owned),
            iops: disk.iops(),
            throughput: disk.throughput(),
            volume_initialization_rate: disk.volume_initialization_rate(),
            encrypted: disk.encrypted(),
            kms_key_id: disk.kms_key_id().map(str::to_owned),
            filesystem_type: disk.filesystem_type().map(|kind| kind.as_str().to_owned()),
            tags: disk
                .tag_specifications()
                .first()
                .map(|specification| managed(specification.tags()))
                .unwrap_or_default(),
        })
    }
}
