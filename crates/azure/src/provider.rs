//! The provider "azure": its types, and how to connect.

use std::sync::Arc;

use async_trait::async_trait;
use stack_model::{Map, Schema, TypeName};
use stack_provider::{
    Actions, Ask, Catalog, Found, Identify, Identity, Mutator, Observer, Provider, Purpose, Quota,
    Result, Search, Strays,
};

use crate::client::{Access, Azure, Connection};
use crate::surroundings::Surroundings;
use crate::{
    app, authorization, cache, containerregistry, dbforpostgresql, keyvault, managedidentity,
    network, operationalinsights, preflight, quotas, resources, role, storage, strays,
};

pub(crate) fn catalog() -> Catalog<Azure> {
    let services = [
        app::register,
        authorization::register,
        cache::register,
        containerregistry::register,
        dbforpostgresql::register,
        keyvault::register,
        managedidentity::register,
        network::register,
        operationalinsights::register,
        resources::register,
        storage::register,
    ];
    services
        .into_iter()
        .fold(Catalog::new(), |catalog, register| register(catalog))
}

/// Azure, with the SDKs' own variables for credentials and the subscription.
pub struct AzureProvider {
    catalog: Catalog<Azure>,
    reach: Reach,
}

enum Reach {
    Surroundings(Surroundings),
    Connection(Connection),
}

/// Azure as the surroundings say.
pub fn provider(surroundings: Surroundings) -> AzureProvider {
    AzureProvider {
        catalog: catalog(),
        reach: Reach::Surroundings(surroundings),
    }
}

impl AzureProvider {
    /// Azure as this connection says, instead of what the surroundings say. For tests and embedding.
    pub fn on(connection: Connection) -> Self {
        Self {
            catalog: catalog(),
            reach: Reach::Connection(connection),
        }
    }

    async fn connect(&self, settings: &Map, access: Access) -> Result<Arc<Azure>> {
        let azure = match &self.reach {
            Reach::Surroundings(surroundings) => {
                Azure::connect(surroundings, settings, access).await?
            }
            Reach::Connection(connection) => Azure::on(connection, settings, access)?,
        };
        Ok(Arc::new(azure))
    }
}

#[async_trait]
impl Provider for AzureProvider {
    fn kind(&self) -> &'static str {
        "azure"
    }

    fn schemas(&self) -> Vec<Schema> {
        self.catalog.schemas()
    }

    fn actions(&self, type_name: &TypeName) -> Option<&Actions> {
        self.catalog.actions(type_name)
    }

    fn asks(&self, purpose: &Purpose) -> Vec<Ask> {
        role::asks(&self.catalog, purpose)
    }

    fn policies(&self, purpose: &Purpose) -> Vec<String> {
        vec![role::definition(&self.catalog, purpose)]
    }

    fn settings(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "subscription",
                "The subscription's id; AZURE_SUBSCRIPTION_ID, or the only one that the identity sees, when it is not set.",
            ),
            (
                "location",
                "The region of what does not name one, such as `westeurope`; AZURE_LOCATION when it is not set.",
            ),
            ("tenant", "The tenant to sign in to."),
            (
                "cloud",
                "`public`, which is the default, `usgovernment` or `china`.",
            ),
        ]
    }

    async fn observe(&self, config: &Map) -> Result<Arc<dyn Observer>> {
        let azure = self.connect(config, Access::ReadOnly).await?;
        Ok(self.catalog.observer(azure))
    }

    async fn mutate(&self, config: &Map) -> Result<Arc<dyn Mutator>> {
        let azure = self.connect(config, Access::ReadWrite).await?;
        Ok(self.catalog.mutator(&azure))
    }

    /// Azure Resource Manager's token buckets hold 200 writes and refill 10 a second for each subscription and identity:
    /// <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>.
    fn concurrency(&self, _: &str) -> Option<usize> {
        Some(16)
    }
}

impl Identify for Azure {
    /// The subscription. A location is a property of each resource, so it tells no account from another.
    async fn identity(&self) -> Result<Option<Identity>> {
        self.about_subscription().await?;
        let subscription = self.subscription();
        Ok(Some(Identity {
            account: format!("azure:{}", subscription.name().to_ascii_lowercase()),
            region: None,
        }))
    }

    async fn preflight(&self, asks: &[Ask]) -> Result<Found> {
        preflight::refused(self, asks).await
    }

    async fn strays(&self, search: Search) -> Result<Strays> {
        strays::found(self, search).await
    }

    async fn retag(&self, lineage: &str, key: &str, value: Option<&str>) -> Result<Vec<String>> {
        strays::retag(self, lineage, key, value).await
    }

    async fn quotas(&self, type_name: &TypeName, new: &[&Map]) -> Result<Vec<Quota>> {
        quotas::told(self, type_name, new).await
    }
}
