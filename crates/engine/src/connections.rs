//! The clouds that a run talks to: one connection for each provider configuration, made when first needed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use stack_model::{Map, Name, TypeName, Urn, Value};
use stack_provider::{Ask, ErrorKind, Identity, Mutator, Observer, Provider, Purpose};
use tokio::sync::OnceCell;

use crate::check::{Schemas, nearest};
use crate::error::{Error, Result};
use crate::state::ProviderState;

/// The clouds that are known, and the connections to them.
pub struct Connections {
    providers: BTreeMap<&'static str, Arc<dyn Provider>>,
    schemas: Arc<Schemas>,
    configured: BTreeMap<Name, Connection>,
}

struct Connection {
    kind: String,
    config: Map,
    observer: OnceCell<(Arc<dyn Observer>, Option<Identity>)>,
    mutator: OnceCell<Arc<dyn Mutator>>,
}

impl Connections {
    /// The given clouds, not connected to yet.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        let providers: BTreeMap<_, _> = providers
            .into_iter()
            .map(|provider| (provider.kind(), provider))
            .collect();
        let schemas = providers
            .values()
            .flat_map(|provider| provider.schemas())
            .map(|schema| (schema.type_name.clone(), schema))
            .collect::<HashMap<TypeName, _>>();
        Self {
            providers,
            schemas: Arc::new(schemas),
            configured: BTreeMap::new(),
        }
    }

    /// What is known of every type.
    pub fn schemas(&self) -> &Arc<Schemas> {
        &self.schemas
    }

    /// The clouds' names.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.providers.keys().copied()
    }

    /// Declares a configuration. One of the same name and settings keeps its connection.
    pub fn declare(&mut self, name: &Name, kind: &str, config: &Map) {
        let same = self
            .configured
            .get(name)
            .is_some_and(|known| known.kind == kind && known.config == *config);
        if !same {
            let connection = Connection {
                kind: kind.to_owned(),
                config: config.clone(),
                observer: OnceCell::new(),
                mutator: OnceCell::new(),
            };
            self.configured.insert(name.clone(), connection);
        }
    }

    /// What is wrong with the settings of a configuration.
    pub fn misfits(&self, kind: &str, config: &Map) -> Vec<String> {
        let Some(provider) = self.providers.get(kind) else {
            return Vec::new();
        };
        let known = || provider.settings().iter().map(|(name, _)| *name);
        let misfit = |(name, value): (&String, &Value)| {
            if !known().any(|known| known == name) {
                let near = nearest(name, known());
                let near = near.map(|near| format!("; did you mean {near}?"));
                return Some(format!("has no setting {name}{}", near.unwrap_or_default()));
            }
            let is_text = value.is_null() || value.as_str().is_some();
            (!is_text).then(|| format!("its setting {name} is a text"))
        };
        config.iter().filter_map(misfit).collect()
    }

    fn connection(&self, name: &Name) -> Result<(&Connection, &Arc<dyn Provider>)> {
        let connection = self.configured.get(name).ok_or_else(|| {
            Error::Other(format!(
                "the provider configuration {name} is not known any more"
            ))
        })?;
        let provider = self
            .providers
            .get(connection.kind.as_str())
            .ok_or_else(|| {
                let known: Vec<&str> = self.kinds().collect();
                Error::Other(format!(
                    "this version of stack has no provider for {:?}; it has {}",
                    connection.kind,
                    known.join(", ")
                ))
            })?;
        Ok((connection, provider))
    }

    async fn observing(&self, name: &Name) -> Result<&(Arc<dyn Observer>, Option<Identity>)> {
        let (connection, provider) = self.connection(name)?;
        let connect = || async {
            let doing = |what: &str| {
                format!(
                    "cannot {what} {} as provider configuration {name}",
                    connection.kind
                )
            };
            let cloud = |what| {
                move |source| Error::Cloud {
                    doing: doing(what),
                    source,
                }
            };
            let observer = provider
                .observe(&connection.config)
                .await
                .map_err(cloud("connect to"))?;
            let identity = observer
                .identity()
                .await
                .map_err(cloud("ask who we are at"))?;
            Ok::<_, Error>((observer, identity))
        };
        connection.observer.get_or_try_init(connect).await
    }

    /// The reading half of a configuration.
    pub async fn observer(&self, name: &Name) -> Result<Arc<dyn Observer>> {
        Ok(Arc::clone(&self.observing(name).await?.0))
    }

    /// The account and region that a configuration leads to.
    pub async fn identity(&self, name: &Name) -> Result<Option<Identity>> {
        Ok(self.observing(name).await?.1.clone())
    }

    /// The writing half of a configuration. Only an apply asks for it.
    pub async fn mutator(&self, name: &Name) -> Result<Arc<dyn Mutator>> {
        let (connection, provider) = self.connection(name)?;
        let connect = || async {
            provider
                .mutate(&connection.config)
                .await
                .map_err(|source| Error::Cloud {
                    doing: format!(
                        "cannot connect to {} as provider configuration {name}",
                        connection.kind
                    ),
                    source,
                })
        };
        Ok(Arc::clone(
            connection.mutator.get_or_try_init(connect).await?,
        ))
    }

    /// What the state records of a configuration.
    pub async fn recorded(&self, name: &Name) -> Result<ProviderState> {
        let identity = self.identity(name).await?;
        let (connection, _) = self.connection(name)?;
        Ok(ProviderState {
            kind: connection.kind.clone(),
            config: connection.config.clone(),
            identity,
        })
    }

    /// Documents that permit what is asked for at a cloud; see [`Provider::policies`].
    pub fn policies(&self, kind: &str, purpose: &Purpose) -> Vec<String> {
        self.providers
            .get(kind)
            .map(|provider| provider.policies(purpose))
            .unwrap_or_default()
    }

    /// What a purpose takes, as the cloud of a configuration can be asked about it; see [`Provider::asks`].
    pub fn asks(&self, name: &Name, purpose: &Purpose) -> Vec<Ask> {
        self.connection(name)
            .map(|(_, provider)| provider.asks(purpose))
            .unwrap_or_default()
    }

    /// How many calls may be under way at once to a service.
    pub fn concurrency(&self, service: &str) -> Option<usize> {
        let kind = service.split(':').next().unwrap_or_default();
        self.providers
            .get(kind)
            .and_then(|provider| provider.concurrency(service))
    }
}

/// A cloud's refusal, said of a resource.
pub(crate) fn cloud(doing: impl Into<String>, urn: &Urn, source: stack_provider::Error) -> Error {
    Error::Cloud {
        doing: format!("cannot {} {urn}", doing.into()),
        source,
    }
}

/// An error for a type that a provider has a schema for and no handler, which is a bug of ours.
pub(crate) fn no_handler(urn: &Urn) -> stack_provider::Error {
    stack_provider::Error::new(
        ErrorKind::Other,
        format!("the provider has no handler for {}", urn.type_name()),
    )
}
