//! Files, and secrets.

use stack::prelude::*;
use stack_azure::resources::ResourceGroupHandle;
use stack_azure::{authorization, keyvault, storage};

use crate::cache::CacheHandle;
use crate::database::DatabaseHandle;
use crate::platform::PlatformHandle;
use crate::settings;

/// A private container for the application's files.
pub struct Storage<'a> {
    /// Where it lies.
    pub group: &'a ResourceGroupHandle,
    /// Who uses it.
    pub platform: &'a PlatformHandle,
    /// Its settings.
    pub settings: &'a settings::Storage,
}

/// What the rest of the program needs of the files.
pub struct StorageHandle {
    /// The container's name.
    pub container: Output<String>,
    /// Where the account's blobs are.
    pub url: Output<String>,
    /// That services may use them.
    pub may_use: authorization::RoleAssignmentHandle,
}

impl Component for Storage<'_> {
    type Handle = StorageHandle;

    fn build(self, stack: &mut Stack) -> Result<StorageHandle> {
        let account = storage::StorageAccount::builder()
            .resource_group_id(&self.group.id)
            .sku_name(&self.settings.sku_name)
            // Services use their identity.
            .allow_shared_key_access(false)
            .blob_versioning(true)
            .blob_delete_retention_days(7)
            .container_delete_retention_days(7)
            .build();
        let account = stack.add(
            "account",
            if self.settings.protect {
                account.protect()
            } else {
                account
            },
        );
        let files = storage::BlobContainer::builder()
            .storage_account_id(&account.id)
            .build();
        let files = stack.add("files", files);
        let old = storage::LifecycleRule::builder()
            .name("old-versions")
            .delete_versions_after_days(30);
        stack.add(
            "lifecycle",
            storage::ManagementPolicy::builder()
                .storage_account_id(&account.id)
                .rules(vec![old.build()])
                .build(),
        );
        let role = "Storage Blob Data Contributor";
        let may_use = self.platform.may(stack, "files", role, &files.id);
        Ok(StorageHandle {
            container: files.name,
            url: account.primary_blob_endpoint,
            may_use,
        })
    }
}

/// What services may know and nobody else, in Key Vault.
pub struct Secrets<'a> {
    /// Where it lies.
    pub group: &'a ResourceGroupHandle,
    /// Who reads them.
    pub platform: &'a PlatformHandle,
    /// The database, for its URL.
    pub database: &'a DatabaseHandle,
    /// The cache, for its URL.
    pub cache: &'a CacheHandle,
    /// Their settings.
    pub settings: &'a settings::Secrets,
}

/// What the rest of the program needs of the secrets.
pub struct SecretsHandle {
    /// Where the vault is.
    pub url: Output<String>,
    /// The secret that a service's variable comes from, by the variable's name.
    pub variables: Vec<(&'static str, keyvault::VaultSecretHandle)>,
    /// That services may read them.
    pub may_read: authorization::RoleAssignmentHandle,
}

impl Component for Secrets<'_> {
    type Handle = SecretsHandle;

    fn build(self, stack: &mut Stack) -> Result<SecretsHandle> {
        let protection = self.settings.purge_protection.then_some(true);
        let vault = stack.add(
            "vault",
            keyvault::Vault::builder()
                .resource_group_id(&self.group.id)
                .enable_rbac_authorization(true)
                .maybe_enable_purge_protection(protection)
                .build(),
        );
        let mut secret = |name: &str, value: &Output<String>| {
            let secret = keyvault::VaultSecret::builder()
                .vault_id(&vault.id)
                .name(name)
                .value(value);
            stack.add(name, secret.build())
        };
        let variables = vec![
            ("DATABASE_URL", secret("database-url", &self.database.url)),
            ("REDIS_URL", secret("redis-url", &self.cache.url)),
        ];
        let role = "Key Vault Secrets User";
        let may_read = self.platform.may(stack, "read", role, &vault.id);
        Ok(SecretsHandle {
            url: vault.vault_uri,
            variables,
            may_read,
        })
    }
}
