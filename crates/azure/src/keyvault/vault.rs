//! `azure:keyvault:Vault`: a place for secrets and keys.

use stack::resource::*;

use crate::NetworkRules;

/// A place for secrets and keys.
///
/// A deleted vault is kept for `soft_delete_retention_in_days`, and its name with it. Names that the engine makes never
/// meet that; for a name of your own, set `recover_deleted`, or choose another.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:keyvault:Vault", visibility_lag = "15s", holds_data)]
pub struct Vault {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the world: 3 to 24 letters, digits and `-`. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 24, lowercase))]
    pub name: Option<String>,
    /// Its region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// The tenant whose identities may use it. The subscription's when it is not set.
    #[input(replaces)]
    pub tenant_id: Option<String>,
    /// Whether keys are kept in hardware. `standard` by default: they are not.
    #[input(reset = "standard")]
    pub sku: Option<VaultSku>,
    /// Whether roles decide who may use it, instead of access policies. On by default.
    #[input(reset = true)]
    pub enable_rbac_authorization: Option<bool>,
    /// For how many days what is deleted is kept: 7 to 90. 90 by default.
    #[input(replaces)]
    pub soft_delete_retention_in_days: Option<i64>,
    /// Whether nobody can delete for good what is kept. Off by default; once on, it stays on.
    #[input(one_way, follows)]
    pub enable_purge_protection: Option<bool>,
    /// Whether it is reached from the internet. On by default.
    #[input(reset = true)]
    pub public_network_access: Option<bool>,
    /// Who may reach it. Everyone by default.
    #[input(follows)]
    pub network_rules: Option<NetworkRules>,
    /// Whether deployments of templates may read its secrets. Off by default.
    #[input(reset = false)]
    pub enabled_for_template_deployment: Option<bool>,
    /// Whether a deleted vault of this name is taken back, with what is in it, instead of a new one made. It has to be in
    /// the same resource group and region.
    #[input(write_only, follows)]
    pub recover_deleted: Option<bool>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Where it is: `https://NAME.vault.azure.net/`.
    #[output]
    pub vault_uri: String,
}

/// Whether keys are kept in hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum VaultSku {
    /// They are not.
    #[choice("standard")]
    Standard,
    /// They can be.
    #[choice("premium")]
    Premium,
}

#[cfg(feature = "provider")]
mod handler {
    use super::super::VERSION;
    use super::*;
    use stack_model::Value;
    use stack_provider::Finding;

    use crate::prelude::*;

    /// What to do when a deleted vault keeps a name.
    const DELETED: &str = "choose another (or none, and the engine makes one), or set recover_deleted to take that \
                           vault back; `az keyvault purge` deletes it for good";

    impl Arm for Vault {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.KeyVault/vaults",
            VERSION,
            Update::Patch,
        );

        const NAME_CHECK: Option<&str> = Some("Microsoft.KeyVault/checkNameAvailability/read");

        const PLACES: &[(&str, &str)] = &[
            ("sku", "properties.sku.name"),
            ("public_network_access", "properties.publicNetworkAccess?"),
            ("network_rules", "properties.networkAcls"),
            ("recover_deleted", ""),
        ];

        fn shape(body: &mut Json, inputs: &VaultInputs) {
            if inputs.sku.is_some() {
                put(body, "properties.sku.family", json!("A"));
            }
            // Azure refuses false: the property is either true or not there.
            if inputs.enable_purge_protection == Some(false) {
                take(body, "properties.enablePurgeProtection");
            }
            if inputs.recover_deleted == Some(true) {
                put(body, "properties.createMode", json!("recover"));
            }
        }

        fn actions(usual: Actions, _: &str) -> Actions {
            let deleted = "Microsoft.KeyVault/deletedVaults/read";
            usual
                .to_create(["Microsoft.Resources/subscriptions/read"])
                .implying([Implied::by(Verb::Read, deleted)])
        }

        async fn taken(azure: &Azure, name: &str, known: &Map, found: Finding) -> Option<Finding> {
            if known.get("recover_deleted") == Some(&Value::Bool(true)) {
                return None;
            }
            let path = format!(
                "{}/providers/Microsoft.KeyVault/deletedVaults",
                azure.subscription()
            );
            let is_it = |vault: &Json| {
                let its = vault["name"].as_str();
                its.is_some_and(|its| its.eq_ignore_ascii_case(name))
            };
            let deleted = azure.list(&path, VERSION).await;
            let ours = deleted.is_ok_and(|deleted| deleted.iter().any(is_it));
            Some(match ours {
                true => Finding::new(
                    format!("cannot be called {name}: a deleted vault keeps this name"),
                    DELETED,
                ),
                false => found,
            })
        }

        async fn complete(azure: &Azure, body: &mut Json) -> Result<()> {
            if at(body, "properties.tenantId").is_none() {
                put(body, "properties.tenantId", json!(azure.tenant().await?));
            }
            if at(body, "properties.sku").is_none() {
                put(
                    body,
                    "properties.sku",
                    json!({"family": "A", "name": "standard"}),
                );
            }
            if at(body, "properties.enableRbacAuthorization").is_none() {
                put(body, "properties.enableRbacAuthorization", json!(true));
            }
            Ok(())
        }

        fn explain(error: Error) -> Error {
            match error.code.as_deref() {
                Some("ConflictError") => {
                    error.hint(format!("a deleted vault keeps this name: {DELETED}"))
                }
                _ => error,
            }
        }
    }
}
