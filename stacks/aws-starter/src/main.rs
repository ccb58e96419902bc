//! A SaaS on AWS: an API service, a web app and a billing worker.
//!
//! ```text
//!            people ──▶ Front (load balancer) ──┬─▶ web    ┐
//!                                               └─▶ api    ├─ Service, in private subnets
//!                                                   worker ┘
//!                                                    │
//!                        ┌───────────────┬───────────┴───┬──────────────┐
//!                     Database         Cache          Storage        Secrets
//!                     (Postgres)       (Redis)        (S3)           (Secrets Manager)
//! ```

mod cache;
mod cluster;
mod database;
mod front;
mod network;
mod service;
mod settings;
mod storage;

use saas::{Contract, Placement};
use stack::prelude::*;

use crate::cache::Cache;
use crate::cluster::{Alarms, Cluster};
use crate::database::Database;
use crate::front::Front;
use crate::network::Network;
use crate::service::{Access, Environment, Migration, Service};
use crate::settings::Settings;
use crate::storage::{Secrets, Storage};

fn main() -> ExitCode {
    stack::run(starter)
}

fn starter(stack: &mut Stack, settings: Settings) -> Result<()> {
    let Settings { app, .. } = &settings;
    app.check()?;
    stack.default_provider("aws", "aws", [("region", settings.region.as_str())]);

    let network = stack.component(
        "network",
        Network {
            settings: &settings.network,
        },
    )?;
    let front = stack.component(
        "front",
        Front {
            network: &network,
            domain: settings.domain.as_ref(),
            app,
        },
    )?;
    let storage = stack.component(
        "storage",
        Storage {
            delete_data: settings.delete_data,
        },
    )?;
    let database = stack.component(
        "database",
        Database {
            network: &network,
            settings: &settings,
        },
    )?;
    let cache = stack.component(
        "cache",
        Cache {
            network: &network,
            settings: &settings.cache,
        },
    )?;
    let secrets = stack.component(
        "secrets",
        Secrets {
            database: &database,
            cache: &cache,
        },
    )?;
    let cluster = Cluster {
        network: &network,
        front: &front,
        database: &database,
        cache: &cache,
        settings: &settings,
    };
    let cluster = stack.component("cluster", cluster)?;

    let access = Access {
        region: &settings.region,
        storage: &storage,
        secrets: &secrets,
        cluster: &cluster,
    };
    let inline = app.worker.placement == Placement::Inline;
    let environment = Environment::from([
        ("APP_PUBLIC_URL", front.url.clone()),
        ("STORAGE_BUCKET", storage.bucket.clone()),
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
    let api = stack.component(
        "api",
        Service::api(access, app, &environment, &front).after(&migration),
    )?;
    let web = stack.component("web", Service::web(access, app, &environment, &front))?;
    if !inline {
        stack.component(
            "worker",
            Service::worker(access, app, &environment).after(&migration),
        )?;
    }
    if let Some(alarms) = &settings.alarms {
        let alarms = Alarms {
            settings: alarms,
            front: &front,
            database: &database,
            services: &[&api, &web],
        };
        stack.component("alarms", alarms)?;
    }

    Contract {
        app_public_url: front.url.clone(),
        api_base_url: interpolate!("{}/api", front.url),
        database_url: database.url.clone(),
        redis_url: cache.url.clone(),
        storage_provider: "s3",
        storage_bucket: storage.bucket.clone(),
        storage_settings: Vec::new(),
        secrets_provider: "aws-secrets-manager",
        secrets_settings: vec![
            ("AWS_REGION", Output::known(settings.region.as_str())),
            ("SECRETS_PREFIX", secrets.prefix),
        ],
    }
    .declare(stack);
    Ok(())
}

#[cfg(test)]
mod tests;
