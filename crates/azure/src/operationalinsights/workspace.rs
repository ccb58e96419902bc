//! `azure:operationalinsights:Workspace`: a place for logs (Log Analytics).

use stack::resource::*;

use crate::ManagedIdentities;

/// A place for logs (Log Analytics). A deleted one is kept for 14 days; a new one of the same name in the same group
/// takes it back.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:operationalinsights:Workspace", visibility_lag = "15s")]
pub struct Workspace {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the group: 4 to 63 letters, digits and `-`. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 63))]
    pub name: Option<String>,
    /// Its region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// How it is paid. `PerGB2018` by default: by what comes in.
    #[input(reset = "PerGB2018")]
    pub sku: Option<WorkspaceSku>,
    /// For how many days logs are kept: 30 to 730. 30 by default.
    #[input(reset = 30)]
    pub retention_in_days: Option<i64>,
    /// How many GiB are taken in a day. -1, which is the default, for no limit.
    #[input(reset = -1)]
    pub daily_quota_gb: Option<f64>,
    /// Whether logs come in from the internet. On by default.
    #[input(reset = true)]
    pub public_network_access_for_ingestion: Option<bool>,
    /// Whether it is asked from the internet. On by default.
    #[input(reset = true)]
    pub public_network_access_for_query: Option<bool>,
    /// Whether its shared keys are refused. Off by default; container apps environments need them.
    #[input(reset = false)]
    pub disable_local_auth: Option<bool>,
    /// The identity that it acts as: one of its own, or user-assigned ones. A workspace takes no two kinds.
    #[input(reset = {})]
    pub identity: Option<ManagedIdentities>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// What senders name it by.
    #[output]
    pub customer_id: String,
    /// The key with which senders sign. Empty when keys are off.
    #[output(volatile)]
    pub primary_shared_key: Secret<String>,
}

/// How a workspace is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum WorkspaceSku {
    /// By what comes in.
    #[choice("PerGB2018")]
    PerGb2018,
    /// By the day, for much.
    #[choice("CapacityReservation")]
    CapacityReservation,
}

#[cfg(feature = "provider")]
mod handler {
    use azure_core::http::Method;

    use super::*;
    use crate::prelude::*;

    const VERSION: &str = "2025-07-01";

    impl Arm for Workspace {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.OperationalInsights/workspaces",
            VERSION,
            Update::Patch,
        );

        const PLACES: &[(&str, &str)] = &[
            ("sku", "properties.sku.name"),
            ("daily_quota_gb", "properties.workspaceCapping.dailyQuotaGb"),
            (
                "public_network_access_for_ingestion",
                "properties.publicNetworkAccessForIngestion?",
            ),
            (
                "public_network_access_for_query",
                "properties.publicNetworkAccessForQuery?",
            ),
            ("disable_local_auth", "properties.features.disableLocalAuth"),
        ];

        fn actions(usual: Actions, kind: &str) -> Actions {
            usual.to_read([format!("{kind}/sharedKeys/action")])
        }

        async fn observe(
            azure: &Azure,
            id: &ResourceId,
            answer: &Json,
            values: &mut Map,
        ) -> Result<()> {
            let keys = match at(answer, "properties.features.disableLocalAuth") {
                Some(Json::Bool(true)) => Json::Null,
                _ => {
                    let path = format!("{id}/sharedKeys");
                    azure.send(Method::Post, &path, VERSION).await?.body
                }
            };
            let key = keys["primarySharedKey"].as_str().unwrap_or_default();
            values.insert("primary_shared_key".to_owned(), Value::from(key).secret());
            Ok(())
        }
    }
}
