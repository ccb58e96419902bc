//! What services run on: the environment with its log, the images, and the identity that services act as.

use stack::prelude::*;
use stack_azure::resources::ResourceGroupHandle;
use stack_azure::{app, authorization, containerregistry, managedidentity, operationalinsights};

use crate::network::NetworkHandle;
use crate::settings::Settings;

/// A Container Apps environment.
pub struct Platform<'a> {
    /// Where it lies.
    pub group: &'a ResourceGroupHandle,
    /// What it is in.
    pub network: &'a NetworkHandle,
    /// The environment's settings.
    pub settings: &'a Settings,
}

/// What services need of the platform.
pub struct PlatformHandle {
    /// Where they run.
    pub environment: app::ManagedEnvironmentHandle,
    /// Where their images are.
    pub registry: containerregistry::RegistryHandle,
    /// Whom they act as.
    pub identity: managedidentity::UserAssignedIdentityHandle,
    /// That they may pull images.
    pub may_pull: authorization::RoleAssignmentHandle,
}

impl PlatformHandle {
    /// Where a service is reached. Known before the service is there, so that each can know the other.
    pub fn url_of(&self, service: &str) -> Output<String> {
        interpolate!("https://{}.{}", service, self.environment.default_domain)
    }

    /// Gives the identity that services act as a role.
    pub fn may(
        &self,
        stack: &mut Stack,
        name: &str,
        role: &str,
        scope: &Output<String>,
    ) -> authorization::RoleAssignmentHandle {
        assign(stack, name, role, scope, &self.identity)
    }
}

impl Component for Platform<'_> {
    type Handle = PlatformHandle;

    fn build(self, stack: &mut Stack) -> Result<PlatformHandle> {
        let group = &self.group.id;
        let log = stack.add(
            "log",
            operationalinsights::Workspace::builder()
                .resource_group_id(group)
                .retention_in_days(30)
                .build(),
        );
        let consumption = app::WorkloadProfile::builder()
            .name("Consumption")
            .workload_profile_type("Consumption");
        let environment = stack.add(
            "services",
            app::ManagedEnvironment::builder()
                .resource_group_id(group)
                .infrastructure_subnet_id(&self.network.services.id)
                .workload_profiles(vec![consumption.build()])
                .zone_redundant(self.settings.network.zone_redundant)
                .logs_destination(app::LogsDestination::LogAnalytics)
                .log_analytics_customer_id(&log.customer_id)
                .log_analytics_shared_key(&log.primary_shared_key)
                .peer_encryption(true)
                .build(),
        );
        let registry = stack.add(
            "images",
            containerregistry::Registry::builder()
                .resource_group_id(group)
                .sku(self.settings.registry.sku)
                .maybe_zone_redundancy(self.settings.registry.zone_redundant.then_some(true))
                .build(),
        );
        let identity = stack.add(
            "services",
            managedidentity::UserAssignedIdentity::builder()
                .resource_group_id(group)
                .build(),
        );
        let may_pull = assign(stack, "pull", "AcrPull", &registry.id, &identity);
        Ok(PlatformHandle {
            environment,
            registry,
            identity,
            may_pull,
        })
    }
}

fn assign(
    stack: &mut Stack,
    name: &str,
    role: &str,
    scope: &Output<String>,
    identity: &managedidentity::UserAssignedIdentityHandle,
) -> authorization::RoleAssignmentHandle {
    let role = stack.lookup(
        name,
        authorization::RoleDefinition::builder().name(role).build(),
    );
    stack.add(
        name,
        authorization::RoleAssignment::builder()
            .scope(scope)
            .role_id(&role.role_id)
            .principal_id(&identity.principal_id)
            .build(),
    )
}
