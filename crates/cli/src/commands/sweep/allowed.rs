//! The accounts and regions that may be looked through, and what is there.

use futures::future::try_join_all;
use stack_engine::{Connections, Error as EngineError};
use stack_model::{Map, Name};
use stack_provider::{Search, Strays};

use super::Args;
use crate::error::{Error, Result};
use crate::invocation::Invocation;
use crate::project::{Project, ProjectError};
use crate::providers;

/// A part of a cloud that may be looked through.
#[derive(Debug)]
pub struct Allowed {
    /// What its provider configuration is called.
    pub provider: Name,
    /// The cloud.
    pub kind: String,
    /// The configuration's settings.
    pub config: Map,
    /// The account, such as `aws:123456789012`.
    pub account: String,
}

/// A part of a cloud, and what is there.
#[derive(Debug)]
pub struct Area {
    /// What its provider configuration is called.
    pub provider: Name,
    /// The cloud.
    pub kind: String,
    /// The configuration's settings.
    pub config: Map,
    /// The account, such as `aws:123456789012`.
    pub account: String,
    /// The region, where the cloud's lists are of one.
    pub region: Option<String>,
    /// What is there.
    pub strays: Strays,
}

/// What the allow-list names: `Stack.toml`, or the command line where that names no account.
pub fn of(invocation: &Invocation, args: &Args) -> Result<Vec<Allowed>> {
    let table = match Project::find(&invocation.global.directory) {
        Ok(project) => project.sweep,
        Err(ProjectError::Missing { .. }) => Default::default(),
        Err(error) => return Err(error.into()),
    };
    let accounts = match (args.account.as_slice(), table.accounts.as_slice()) {
        ([], []) => {
            return Err(Error::usage(
                "no account may be swept",
                "name those that may with --account, or as `accounts` under [sweep] in Stack.toml",
            ));
        }
        ([], allowed) => allowed,
        (asked, []) => asked,
        (asked, allowed) => {
            if let Some(other) = asked.iter().find(|one| !allowed.contains(one)) {
                return Err(Error::usage(
                    format!("{other} is not among the accounts that [sweep] in Stack.toml names"),
                    "leave it out, or add it there",
                ));
            }
            asked
        }
    };
    let regions = match args.region.as_slice() {
        [] => &table.regions,
        asked => asked,
    };
    let connections = providers::connections();
    let kinds: Vec<&str> = connections.kinds().collect();
    let mut parts = Vec::new();
    for account in accounts {
        parts.extend(parts_of(account, regions, &kinds)?);
    }
    Ok(parts)
}

fn parts_of(account: &str, regions: &[String], kinds: &[&str]) -> Result<Vec<Allowed>> {
    let (kind, id) = account.split_once(':').unwrap_or((account, ""));
    if id.is_empty() || !kinds.contains(&kind) {
        return Err(Error::usage(
            format!("{account} is no account of a cloud that this version of stack knows"),
            "write aws:123456789012, or azure: and the id of a subscription",
        ));
    }
    let part = |name: String, config: Vec<(&str, &str)>| {
        let setting = |(name, value): (&str, &str)| (name.to_owned(), value.into());
        let provider = name.parse::<Name>();
        let provider = provider.map_err(|error| Error::usage(error.to_string(), "name another"))?;
        Ok(Allowed {
            provider,
            kind: kind.to_owned(),
            config: config.into_iter().map(setting).collect(),
            account: account.to_owned(),
        })
    };
    match kind {
        "azure" => Ok(vec![part(
            format!("azure-{id}"),
            vec![("subscription", id)],
        )?]),
        _ if regions.is_empty() => Ok(vec![part(kind.to_owned(), vec![("account", id)])?]),
        _ => regions
            .iter()
            .map(|region| {
                let config = vec![("account", id), ("region", region)];
                part(format!("{kind}-{region}"), config)
            })
            .collect(),
    }
}

/// What is there. That the credentials lead to another account than the one that is allowed comes first.
pub async fn look(allowed: &[Allowed], search: Search) -> Result<Vec<Area>> {
    let mut connections = providers::connections();
    for part in allowed {
        connections.declare(&part.provider, &part.kind, &part.config);
    }
    let connections = &connections;
    try_join_all(allowed.iter().map(|part| async move {
        let identity = connections.identity(&part.provider).await?;
        let Some(identity) = identity.filter(|one| one.account == part.account) else {
            return Err(elsewhere(connections, part).await);
        };
        let observer = connections.observer(&part.provider).await?;
        let strays = observer.strays(search).await;
        let strays = strays.map_err(|source| EngineError::Cloud {
            doing: format!("cannot look through {}", part.account),
            source,
        })?;
        Ok(Area {
            provider: part.provider.clone(),
            kind: part.kind.clone(),
            config: part.config.clone(),
            account: part.account.clone(),
            region: identity.region,
            strays,
        })
    }))
    .await
}

async fn elsewhere(connections: &Connections, part: &Allowed) -> Error {
    let found = connections.identity(&part.provider).await.ok().flatten();
    let found = found.map_or_else(|| "no account".into(), |identity| identity.account);
    Error::refused(
        format!(
            "the credentials lead to {found}, and {} is to be swept: nothing was looked at",
            part.account
        ),
        "use the credentials of that account",
    )
}
