//! Under which names the application finds what it needs, on every cloud.

use stack::prelude::*;

/// What the application needs to run. Its outputs have the same names on every cloud.
pub struct Contract {
    /// Where people open the web app.
    pub app_public_url: Output<String>,
    /// Where the web app finds the API.
    pub api_base_url: Output<String>,
    /// The database, with its credentials.
    pub database_url: Output<String>,
    /// The cache, with its credentials.
    pub redis_url: Output<String>,
    /// Which kind of file storage it is: `s3`, `azure-blob`.
    pub storage_provider: &'static str,
    /// The bucket or container.
    pub storage_bucket: Output<String>,
    /// What the file storage's client needs besides, by the name that the application reads it under.
    pub storage_settings: Vec<(&'static str, Output<String>)>,
    /// Which kind of secret store it is: `aws-secrets-manager`, `azure-key-vault`.
    pub secrets_provider: &'static str,
    /// What the secret store's client needs, by the name that the application reads it under.
    pub secrets_settings: Vec<(&'static str, Output<String>)>,
}

impl Contract {
    /// Declares the outputs. Those with credentials are secret because the password in them is.
    pub fn declare(self, stack: &mut Stack) {
        stack.described_output(
            "APP_PUBLIC_URL",
            &self.app_public_url,
            "where people open the web app",
        );
        stack.described_output(
            "API_BASE_URL",
            &self.api_base_url,
            "where the web app finds the API",
        );
        stack.described_output(
            "DATABASE_URL",
            &self.database_url,
            "the database, with its credentials",
        );
        stack.described_output(
            "REDIS_URL",
            &self.redis_url,
            "the cache, with its credentials",
        );
        stack.described_output(
            "STORAGE_PROVIDER",
            &Output::<String>::known(self.storage_provider),
            "the kind of file storage",
        );
        stack.described_output(
            "STORAGE_BUCKET",
            &self.storage_bucket,
            "where files are kept",
        );
        for (name, value) in &self.storage_settings {
            stack.described_output(name, value, "a setting of the file storage's client");
        }
        stack.described_output(
            "SECRETS_PROVIDER",
            &Output::<String>::known(self.secrets_provider),
            "the kind of secret store",
        );
        for (name, value) in &self.secrets_settings {
            stack.described_output(name, value, "a setting of the secret store's client");
        }
    }
}
