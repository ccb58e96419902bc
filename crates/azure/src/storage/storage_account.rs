//! `azure:storage:StorageAccount`: a place for blobs, files, queues and tables.

use stack::resource::*;

use crate::{ManagedIdentities, NetworkRules};

/// A place for blobs, files, queues and tables.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:storage:StorageAccount", visibility_lag = "15s", holds_data)]
pub struct StorageAccount {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the world: 3 to 24 lower-case letters and digits. Made by the engine when it is not set.
    #[input(
        replaces,
        case_insensitive,
        name(max_length = 24, lowercase, separator = "")
    )]
    pub name: Option<String>,
    /// Its region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// How often data is kept, such as `Standard_LRS` or `Standard_ZRS`.
    #[input(required)]
    pub sku_name: String,
    /// What it is. `StorageV2` by default.
    #[input(replaces)]
    pub kind: Option<StorageKind>,
    /// How blobs are kept that do not say. `Hot` by default.
    #[input(reset = "Hot")]
    pub access_tier: Option<AccessTier>,
    /// Whether plain http is refused. On by default.
    #[input(reset = true)]
    pub https_traffic_only: Option<bool>,
    /// The oldest version of TLS that is let in. `TLS1_2` by default.
    #[input(reset = "TLS1_2")]
    pub minimum_tls_version: Option<MinimumTlsVersion>,
    /// Whether containers may be open to everyone. Off by default.
    #[input(reset = false)]
    pub allow_blob_public_access: Option<bool>,
    /// Whether clients may use the account's keys. On by default.
    #[input(reset = true)]
    pub allow_shared_key_access: Option<bool>,
    /// Whether it is reached from the internet. On by default.
    #[input(reset = true)]
    pub public_network_access: Option<bool>,
    /// Who may reach it. Everyone by default.
    #[input(follows)]
    pub network_rules: Option<NetworkRules>,
    /// Whether folders are real (Data Lake Storage). Off by default.
    #[input(replaces)]
    pub is_hns_enabled: Option<bool>,
    /// Whether data is encrypted twice. Off by default.
    #[input(replaces)]
    pub require_infrastructure_encryption: Option<bool>,
    /// Whether older versions of a blob are kept. Off by default.
    #[input(reset = false)]
    pub blob_versioning: Option<bool>,
    /// For how many days a deleted blob can be had again: 1 to 365. 0, which is the default, for not at all.
    #[input(reset = 0)]
    pub blob_delete_retention_days: Option<i64>,
    /// For how many days a deleted container can be had again: 1 to 365. 0, which is the default, for not at all.
    #[input(reset = 0)]
    pub container_delete_retention_days: Option<i64>,
    /// The identities that it acts as.
    #[input(reset = {})]
    pub identity: Option<ManagedIdentities>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Where its blobs are: `https://NAME.blob.core.windows.net/`.
    #[output]
    pub primary_blob_endpoint: String,
    /// Where its queues are.
    #[output]
    pub primary_queue_endpoint: String,
    /// Its key. Empty when keys are off.
    #[output(volatile)]
    pub primary_key: Secret<String>,
    /// Its other key, for changing them without a pause.
    #[output(volatile)]
    pub secondary_key: Secret<String>,
}

/// What an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum StorageKind {
    /// For everything.
    #[choice("StorageV2")]
    StorageV2,
    /// For block blobs, on fast disks.
    #[choice("BlockBlobStorage")]
    BlockBlobStorage,
    /// For files, on fast disks.
    #[choice("FileStorage")]
    FileStorage,
}

/// How blobs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum AccessTier {
    /// Often used.
    #[choice("Hot")]
    Hot,
    /// Seldom used.
    #[choice("Cool")]
    Cool,
    /// Very seldom used.
    #[choice("Cold")]
    Cold,
    /// On fast disks.
    #[choice("Premium")]
    Premium,
}

/// The oldest version of TLS that is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum MinimumTlsVersion {
    /// 1.2.
    #[choice("TLS1_2")]
    Tls12,
    /// 1.3.
    #[choice("TLS1_3")]
    Tls13,
}

#[cfg(feature = "provider")]
mod handler {
    use azure_core::http::Method;

    use super::super::VERSION;
    use super::*;
    use crate::arm::raw::laid_over;
    use crate::client::Call;
    use crate::prelude::*;

    impl Arm for StorageAccount {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.Storage/storageAccounts",
            VERSION,
            Update::Patch,
        );

        const NAME_CHECK: Option<&str> = Some("Microsoft.Storage/checkNameAvailability/read");

        const PLACES: &[(&str, &str)] = &[
            ("sku_name", "sku.name"),
            ("kind", "kind"),
            ("https_traffic_only", "properties.supportsHttpsTrafficOnly"),
            ("public_network_access", "properties.publicNetworkAccess?"),
            ("network_rules", "properties.networkAcls"),
            (
                "require_infrastructure_encryption",
                "properties.encryption.requireInfrastructureEncryption",
            ),
            ("blob_versioning", ""),
            ("blob_delete_retention_days", ""),
            ("container_delete_retention_days", ""),
            ("primary_blob_endpoint", "properties.primaryEndpoints.blob"),
            (
                "primary_queue_endpoint",
                "properties.primaryEndpoints.queue",
            ),
        ];

        fn actions(usual: Actions, kind: &str) -> Actions {
            let blobs = format!("{kind}/blobServices");
            let keys = format!("{kind}/listKeys/action");
            usual
                .to_read([format!("{blobs}/read")])
                .to_set([format!("{blobs}/write")])
                .implying([Implied::by(Verb::Read, keys).unless_off("allow_shared_key_access")])
        }

        /// Azure's own defaults for `kind` and these two are the weaker ones of years ago.
        async fn complete(_: &Azure, body: &mut Json) -> Result<()> {
            for (place, default) in [
                ("kind", json!("StorageV2")),
                ("properties.minimumTlsVersion", json!("TLS1_2")),
                ("properties.allowBlobPublicAccess", json!(false)),
            ] {
                if at(body, place).is_none() {
                    put(body, place, default);
                }
            }
            Ok(())
        }

        async fn observe(
            azure: &Azure,
            id: &ResourceId,
            answer: &Json,
            values: &mut Map,
        ) -> Result<()> {
            let blobs = azure
                .send(Method::Get, blobs(id).as_str(), VERSION)
                .await?
                .body;
            let properties = &blobs["properties"];
            let days = |policy: &Json| match policy["enabled"].as_bool() {
                Some(true) => policy["days"].as_i64().unwrap_or_default(),
                _ => 0,
            };
            let versioning = properties["isVersioningEnabled"].as_bool().unwrap_or(false);
            values.insert("blob_versioning".to_owned(), Value::Bool(versioning));
            for (field, policy) in [
                ("blob_delete_retention_days", "deleteRetentionPolicy"),
                (
                    "container_delete_retention_days",
                    "containerDeleteRetentionPolicy",
                ),
            ] {
                values.insert(field.to_owned(), Value::Int(days(&properties[policy])));
            }
            let keys = match answer["properties"]["allowSharedKeyAccess"].as_bool() {
                Some(false) => Json::Null,
                _ => {
                    let list = format!("{id}/listKeys");
                    azure.send(Method::Post, &list, VERSION).await?.body
                }
            };
            let key = |index: usize| {
                Value::from(keys["keys"][index]["value"].as_str().unwrap_or_default()).secret()
            };
            values.insert("primary_key".to_owned(), key(0));
            values.insert("secondary_key".to_owned(), key(1));
            Ok(())
        }

        async fn settle(
            azure: &Azure,
            id: &ResourceId,
            change: Change<'_, StorageAccountInputs>,
            _: &Context,
        ) -> Result<()> {
            let mut properties = json!({});
            if let Some(on) = change.some(|account| &account.blob_versioning) {
                properties["isVersioningEnabled"] = json!(on);
            }
            let policy = |days: &i64| match days {
                0 => json!({"enabled": false}),
                days => json!({"enabled": true, "days": days}),
            };
            if let Some(days) = change.some(|account| &account.blob_delete_retention_days) {
                properties["deleteRetentionPolicy"] = policy(days);
            }
            if let Some(days) = change.some(|account| &account.container_delete_retention_days) {
                properties["containerDeleteRetentionPolicy"] = policy(days);
            }
            if properties == json!({}) {
                return Ok(());
            }
            let blobs = blobs(id);
            // A PUT gives Azure's values to what it leaves out.
            let now = azure.send(Method::Get, blobs.as_str(), VERSION).await?;
            let body = laid_over(now.body, json!({"properties": properties}), &[]);
            let call = Call::new(Method::Put, blobs.as_str(), VERSION).body(&body);
            azure.call(call).await.map(drop)
        }
    }

    /// The account's blob service.
    fn blobs(id: &ResourceId) -> ResourceId {
        id.child("blobServices", "default")
    }
}
