//! Files, and secrets.

use stack::prelude::*;
use stack_aws::{s3, secretsmanager};

use crate::cache::CacheHandle;
use crate::database::DatabaseHandle;

/// A private bucket for the application's files.
pub struct Storage {
    /// Whether a destroy deletes the files as well.
    pub delete_data: bool,
}

/// What the rest of the program needs of the bucket.
pub struct StorageHandle {
    /// Its name.
    pub bucket: Output<String>,
    /// Its ARN.
    pub arn: Output<String>,
}

impl Component for Storage {
    type Handle = StorageHandle;

    fn build(self, stack: &mut Stack) -> Result<StorageHandle> {
        let closed = s3::PublicAccessBlock::builder()
            .block_public_acls(true)
            .block_public_policy(true)
            .ignore_public_acls(true)
            .restrict_public_buckets(true);
        let old = s3::LifecycleRule::builder()
            .id("old-versions")
            .noncurrent_expiration_days(30)
            .abort_incomplete_upload_days(7);
        let bucket = s3::Bucket::builder()
            .versioning(s3::Versioning::Enabled)
            .encryption(
                s3::Encryption::builder()
                    .algorithm(s3::EncryptionAlgorithm::Aes256)
                    .build(),
            )
            .public_access_block(closed.build())
            .lifecycle_rules(vec![old.build()])
            .force_destroy(self.delete_data);
        let bucket = stack.add("files", bucket.build());
        Ok(StorageHandle {
            bucket: bucket.id,
            arn: bucket.arn,
        })
    }
}

/// What services may know and nobody else, in Secrets Manager.
pub struct Secrets<'a> {
    /// The database, for its URL.
    pub database: &'a DatabaseHandle,
    /// The cache, for its URL.
    pub cache: &'a CacheHandle,
}

/// What the rest of the program needs of the secrets.
pub struct SecretsHandle {
    /// What the names of this environment's secrets begin with.
    pub prefix: Output<String>,
    /// The secret that a service's variable comes from, by the variable's name.
    pub variables: Vec<(&'static str, secretsmanager::SecretHandle)>,
}

impl Component for Secrets<'_> {
    type Handle = SecretsHandle;

    fn build(self, stack: &mut Stack) -> Result<SecretsHandle> {
        // The engine makes their names: the stack's, the environment's, this component's.
        let prefix = format!("{}-{}-secrets-", stack.name(), stack.environment());
        let mut secret = |name: &str, description: &str, value: &Output<String>| {
            let secret = secretsmanager::Secret::builder()
                .description(description)
                .value(value)
                .recovery_window_in_days(7);
            stack.add(name, secret.build())
        };
        let variables = vec![
            (
                "DATABASE_URL",
                secret(
                    "database-url",
                    "where the database is, with its credentials",
                    &self.database.url,
                ),
            ),
            (
                "REDIS_URL",
                secret(
                    "redis-url",
                    "where the cache is, with its token",
                    &self.cache.url,
                ),
            ),
        ];
        Ok(SecretsHandle {
            prefix: Output::known(prefix),
            variables,
        })
    }
}
