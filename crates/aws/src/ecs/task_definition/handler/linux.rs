//! What Linux allows a container, to ECS and back.

use aws_sdk_ecs::types as sdk;

use super::*;

impl LinuxParameters {
    pub(super) fn to_sdk(&self) -> Result<sdk::LinuxParameters> {
        let devices = self.devices.iter().map(|device| {
            let permissions = device.permissions.iter();
            let device = sdk::Device::builder()
                .host_path(&device.host_path)
                .set_container_path(device.container_path.clone())
                .set_permissions(some(permissions.map(|one| one.as_str().into()).collect()));
            built(device.build())
        });
        let tmpfs = self.tmpfs.iter().map(|tmpfs| {
            let tmpfs = sdk::Tmpfs::builder()
                .container_path(&tmpfs.container_path)
                .size(tmpfs.size)
                .set_mount_options(some(tmpfs.mount_options.clone()));
            built(tmpfs.build())
        });
        let has_capabilities =
            !(self.capabilities_add.is_empty() && self.capabilities_drop.is_empty());
        let capabilities = sdk::KernelCapabilities::builder()
            .set_add(some(self.capabilities_add.clone()))
            .set_drop(some(self.capabilities_drop.clone()))
            .build();
        Ok(sdk::LinuxParameters::builder()
            .set_capabilities(has_capabilities.then_some(capabilities))
            .set_devices(some(devices.collect::<Result<_>>()?))
            .set_init_process_enabled(self.init_process_enabled)
            .set_shared_memory_size(self.shared_memory_size)
            .set_tmpfs(some(tmpfs.collect::<Result<_>>()?))
            .set_max_swap(self.max_swap)
            .set_swappiness(self.swappiness)
            .build())
    }

    pub(super) fn of_sdk(linux: &sdk::LinuxParameters) -> Self {
        let capabilities = linux.capabilities();
        Self {
            capabilities_add: capabilities.map_or(Vec::new(), |one| one.add().to_vec()),
            capabilities_drop: capabilities.map_or(Vec::new(), |one| one.drop().to_vec()),
            devices: linux
                .devices()
                .iter()
                .map(|device| Device {
                    host_path: device.host_path().to_owned(),
                    container_path: device.container_path().map(str::to_owned),
                    permissions: device
                        .permissions()
                        .iter()
                        .map(|one| one.as_str().to_owned())
                        .collect(),
                })
                .collect(),
            init_process_enabled: Some(linux.init_process_enabled().unwrap_or(false)),
            shared_memory_size: linux.shared_memory_size(),
            tmpfs: linux
                .tmpfs()
                .iter()
                .map(|tmpfs| Tmpfs {
                    container_path: tmpfs.container_path().to_owned(),
                    size: tmpfs.size(),
                    mount_options: tmpfs.mount_options().to_vec(),
                })
                .collect(),
            max_swap: linux.max_swap(),
            swappiness: linux.swappiness(),
        }
    }
}
