//! `azure:storage:ManagementPolicy`: when blobs move to cheaper tiers, and when they go.

use stack::resource::*;

/// When the blobs of an account move to cheaper tiers, and when they go. An account has one at most.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "azure:storage:ManagementPolicy",
    visibility_lag = "15s",
    unique("storage_account_id")
)]
pub struct ManagementPolicy {
    /// The id of the account.
    #[input(required, replaces, case_insensitive)]
    pub storage_account_id: String,
    /// Its rules.
    #[input(required)]
    pub rules: Vec<LifecycleRule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct LifecycleRule {
    /// Its name, unique in the policy.
    #[input(required)]
    pub name: String,
    /// Whether it counts. It does by default.
    #[input]
    pub enabled: Option<bool>,
    /// What the names of its blobs begin with: the container, and perhaps more. All blobs when there are none.
    #[input]
    pub prefix_match: Vec<String>,
    /// After how many days without a change a blob moves to the cool tier.
    #[input]
    pub tier_to_cool_after_days: Option<i64>,
    /// After how many days without a change a blob moves to the cold tier.
    #[input]
    pub tier_to_cold_after_days: Option<i64>,
    /// After how many days without a change a blob moves to the archive.
    #[input]
    pub tier_to_archive_after_days: Option<i64>,
    /// After how many days without a change a blob is deleted.
    #[input]
    pub delete_after_days: Option<i64>,
    /// After how many days an older version of a blob is deleted.
    #[input]
    pub delete_versions_after_days: Option<i64>,
    /// After how many days a snapshot of a blob is deleted.
    #[input]
    pub delete_snapshots_after_days: Option<i64>,
}

#[cfg(feature = "provider")]
mod handler {
    use super::super::VERSION;
    use super::*;
    use crate::prelude::*;
    use crate::storage::StorageAccount;

    const MODIFIED: &str = "daysAfterModificationGreaterThan";
    const CREATED: &str = "daysAfterCreationGreaterThan";

    /// What a field of ours is in Azure's rule.
    const ACTIONS: [(&str, &str, &str); 6] = [
        ("tierToCoolAfterDays", "baseBlob.tierToCool", MODIFIED),
        ("tierToColdAfterDays", "baseBlob.tierToCold", MODIFIED),
        ("tierToArchiveAfterDays", "baseBlob.tierToArchive", MODIFIED),
        ("deleteAfterDays", "baseBlob.delete", MODIFIED),
        ("deleteVersionsAfterDays", "version.delete", CREATED),
        ("deleteSnapshotsAfterDays", "snapshot.delete", CREATED),
    ];

    impl Arm for ManagementPolicy {
        const ARM: ArmType = ArmType::beneath::<StorageAccount>(
            "storage_account_id",
            "managementPolicies",
            VERSION,
            Update::Put { without: &[] },
        )
        .named(Naming::Fixed("default"));

        const PLACES: &[(&str, &str)] = &[("rules", "properties.policy.rules")];

        fn shape(body: &mut Json, _: &ManagementPolicyInputs) {
            each_item(body, "properties.policy.rules", |rule| {
                let mut definition =
                    json!({"filters": {"blobTypes": ["blockBlob"]}, "actions": {}});
                if let Some(prefixes) = take(rule, "prefixMatch") {
                    definition["filters"]["prefixMatch"] = prefixes;
                }
                for (ours, theirs, since) in ACTIONS {
                    if let Some(days) = take(rule, ours) {
                        put(&mut definition["actions"], theirs, json!({since: days}));
                    }
                }
                rule["type"] = json!("Lifecycle");
                rule["definition"] = definition;
            });
        }

        async fn observe(_: &Azure, _: &ResourceId, answer: &Json, values: &mut Map) -> Result<()> {
            let mut answer = answer.clone();
            each_item(&mut answer, "properties.policy.rules", |rule| {
                let definition = take(rule, "definition").unwrap_or_default();
                if let Some(prefixes) = at(&definition, "filters.prefixMatch") {
                    rule["prefixMatch"] = prefixes.clone();
                }
                for (ours, theirs, since) in ACTIONS {
                    // Azure answers with numbers that have a point.
                    let days =
                        at(&definition["actions"], theirs).and_then(|days| days[since].as_f64());
                    if let Some(days) = days {
                        rule[ours] = json!(days as i64);
                    }
                }
            });
            read_again::<Self>(&answer, "rules", values);
            Ok(())
        }
    }
}
