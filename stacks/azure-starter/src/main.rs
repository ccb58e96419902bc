//! A SaaS on Azure: an API service, a web app and a billing worker.
//!
//! ```text
//!            people ──▶ ingress ──┬─▶ web    ┐
//!                                 └─▶ api    ├─ Service, in one Container Apps environment
//!                                     worker ┘
//!                                      │
//!                        ┌─────────────┴─┬──────────────┬───────────────┐
//!                     Database         Cache          Storage        Secrets
//!                     (Postgres)       (Redis)        (Blob)         (Key Vault)
//! ```

mod cache;
mod database;
mod network;
mod platform;
mod service;
mod settings;
mod storage;

use saas::{Contract, Placement};
use stack::prelude::*;
use stack_azure::resources;

use crate::cache::Cache;
use crate::database::Database;
use crate::network::Network;
use crate::platform::Platform;
use crate::service::{Access, Environment, Migration, Service};
use crate::settings::Settings;
use crate::storage::{Secrets, Storage};

fn main() -> ExitCode {
    stack::run(starter)
}

fn starter(stack: &mut Stack, settings: Settings) -> Result<()> {
    let Settings { app, .. } = &settings;
    app.check()?;
    stack.default_provider("azure", "azure", [("location", settings.location.as_str())]);

    let group = stack.add("main", resources::ResourceGroup::builder().build());
    let network = stack.component(
        "network",
        Network {
            group: &group,
            settings: &settings.network,
        },
    )?;
    let platform = stack.component(
        "platform",
        Platform {
            group: &group,
            network: &network,
            settings: &settings,
        },
    )?;
    let storage = stack.component(
        "storage",
        Storage {
            group: &group,
            platform: &platform,
            settings: &settings.storage,
        },
    )?;
    let database = stack.component(
        "database",
        Database {
            group: &group,
            network: &network,
            settings: &settings.database,
        },
    )?;
    let cache = stack.component(
        "cache",
        Cache {
            group: &group,
            network: &network,
            settings: &settings.cache,
        },
    )?;
    let secrets = stack.component(
        "secrets",
        Secrets {
            group: &group,
            platform: &platform,
            database: &database,
            cache: &cache,
            settings: &settings.secrets,
        },
    )?;

    let access = Access {
        group: &group,
        platform: &platform,
        cache: &cache,
        storage: &storage,
        secrets: &secrets,
    };
    let app_public_url = match &settings.domain {
        Some(domain) => Output::known(format!("https://{}", domain.name)),
        None => platform.url_of("web"),
    };
    let api_base_url = interpolate!("{}/api", platform.url_of("api"));
    let inline = app.worker.placement == Placement::Inline;
    let environment = Environment::from([
        ("APP_PUBLIC_URL", app_public_url.clone()),
        ("API_BASE_URL", api_base_url.clone()),
        ("STORAGE_BUCKET", storage.container.clone()),
        ("STORAGE_ACCOUNT_URL", storage.url.clone()),
        ("AZURE_CLIENT_ID", platform.identity.client_id.clone()),
        (
            "BILLING_WORKER",
            Output::known(if inline { "inline" } else { "none" }),
        ),
    ]);
    let migration = stack.component(
        "migration",
        Migration {
            access,
            app,
            environment: &environment,
        },
    )?;
    stack.component(
        "api",
        Service::api(access, app, &environment).after(&migration),
    )?;
    stack.component(
        "web",
        Service::web(access, app, &environment).at(settings.domain.as_ref()),
    )?;
    if !inline {
        stack.component(
            "worker",
            Service::worker(access, app, &environment).after(&migration),
        )?;
    }

    Contract {
        app_public_url,
        api_base_url,
        database_url: database.url.clone(),
        redis_url: cache.url.clone(),
        storage_provider: "azure-blob",
        storage_bucket: storage.container.clone(),
        storage_settings: vec![("STORAGE_ACCOUNT_URL", storage.url.clone())],
        secrets_provider: "azure-key-vault",
        secrets_settings: vec![("AZURE_KEY_VAULT_URL", secrets.url)],
    }
    .declare(stack);
    Ok(())
}

#[cfg(test)]
mod tests;
