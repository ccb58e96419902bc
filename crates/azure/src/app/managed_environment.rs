//! `azure:app:ManagedEnvironment`: where container apps and jobs run.

use stack::resource::*;

use crate::ManagedIdentities;

/// Where container apps and jobs run: a network, a place for logs, a domain.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "azure:app:ManagedEnvironment",
    create = "40m",
    update = "40m",
    delete = "40m",
    visibility_lag = "15s",
    unique("infrastructure_subnet_id")
)]
pub struct ManagedEnvironment {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the group: up to 32 lower-case letters, digits and `-`. Made by the engine when it is not
    /// set. A name stays taken for some time after a delete.
    #[input(replaces, case_insensitive, name(max_length = 32, lowercase))]
    pub name: Option<String>,
    /// Its region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// Where logs go. Nowhere when it is not set, unless `log_analytics_customer_id` is.
    #[input(reset = "none")]
    pub logs_destination: Option<LogsDestination>,
    /// The customer id of the Log Analytics workspace that gets the logs.
    #[input(follows)]
    pub log_analytics_customer_id: Option<String>,
    /// The workspace's shared key.
    #[input(write_only, follows)]
    pub log_analytics_shared_key: Option<Secret<String>>,
    /// The id of the subnet that it is in, which no other environment can be in: at least a /27, delegated to `Microsoft.App/environments`. A network of
    /// Azure's own when it is not set.
    #[input(replaces, case_insensitive)]
    pub infrastructure_subnet_id: Option<String>,
    /// Whether it is reached from its network alone. Off by default.
    #[input(replaces)]
    pub internal: Option<bool>,
    /// What its apps can run on. `Consumption` alone by default.
    #[input(follows)]
    pub workload_profiles: Vec<WorkloadProfile>,
    /// Whether it is spread over availability zones. Needs a subnet. Off by default.
    #[input(replaces)]
    pub zone_redundant: Option<bool>,
    /// Whether apps prove to each other who they are (mutual TLS). Off by default.
    #[input(reset = false)]
    pub peer_authentication: Option<bool>,
    /// Whether what apps say to each other is encrypted. Off by default.
    #[input(reset = false)]
    pub peer_encryption: Option<bool>,
    /// Whether it is reached from the internet.
    #[input(follows)]
    pub public_network_access: Option<bool>,
    /// The name of the resource group in which Azure keeps what the environment needs.
    #[input(replaces, case_insensitive)]
    pub infrastructure_resource_group: Option<String>,
    /// The identities that it acts as.
    #[input(reset = {})]
    pub identity: Option<ManagedIdentities>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// What the names of its apps end in.
    #[output]
    pub default_domain: String,
    /// The address that its apps are reached at.
    #[output]
    pub static_ip: String,
    /// What a DNS TXT record has to hold to prove that a custom domain is ours.
    #[output]
    pub custom_domain_verification_id: String,
}

/// Where logs go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum LogsDestination {
    /// To a Log Analytics workspace.
    #[choice("log-analytics")]
    LogAnalytics,
    /// To Azure Monitor, by diagnostic settings.
    #[choice("azure-monitor")]
    AzureMonitor,
    /// Nowhere: they can be followed live.
    #[choice("none")]
    None,
}

/// What apps can run on.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct WorkloadProfile {
    /// Its name, by which apps ask for it.
    #[input(required)]
    pub name: String,
    /// Its kind: `Consumption`, or a size such as `D4`.
    #[input(required)]
    pub workload_profile_type: String,
    /// How many machines there are at least. Not for `Consumption`.
    #[input]
    pub minimum_count: Option<i64>,
    /// How many machines there are at most. Not for `Consumption`.
    #[input]
    pub maximum_count: Option<i64>,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::prelude::*;

    impl Arm for ManagedEnvironment {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.App/managedEnvironments",
            "2025-07-01",
            Update::Patch,
        );

        const PLACES: &[(&str, &str)] = &[
            (
                "logs_destination",
                "properties.appLogsConfiguration.destination",
            ),
            (
                "log_analytics_customer_id",
                "properties.appLogsConfiguration.logAnalyticsConfiguration.customerId",
            ),
            (
                "log_analytics_shared_key",
                "properties.appLogsConfiguration.logAnalyticsConfiguration.sharedKey",
            ),
            (
                "infrastructure_subnet_id",
                "properties.vnetConfiguration.infrastructureSubnetId",
            ),
            ("internal", "properties.vnetConfiguration.internal"),
            (
                "peer_authentication",
                "properties.peerAuthentication.mtls.enabled",
            ),
            (
                "peer_encryption",
                "properties.peerTrafficConfiguration.encryption.enabled",
            ),
            ("public_network_access", "properties.publicNetworkAccess?"),
            (
                "custom_domain_verification_id",
                "properties.customDomainConfiguration.customDomainVerificationId",
            ),
        ];

        /// The workspace and its key go together.
        fn amend(patch: &mut Json, after: &Json) {
            let workspace = "properties.appLogsConfiguration.logAnalyticsConfiguration";
            if let (Some(_), Some(whole)) = (at(patch, workspace), at(after, workspace)) {
                put(patch, workspace, whole.clone());
            }
        }

        fn shape(body: &mut Json, inputs: &ManagedEnvironmentInputs) {
            let destination = "properties.appLogsConfiguration.destination";
            match inputs.logs_destination {
                // The portal shows "none"; the API says it by saying nothing.
                Some(LogsDestination::None) => put(body, destination, Json::Null),
                Some(LogsDestination::LogAnalytics | LogsDestination::AzureMonitor) => {}
                None if inputs.log_analytics_customer_id.is_some() => {
                    put(body, destination, json!("log-analytics"));
                }
                None => {}
            }
        }
    }
}
