//! The provider that serves the types of this crate.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use stack_http::Towards;
use stack_model::{Map, Schema};
use stack_provider::{
    Catalog, Error, ErrorKind, Identify, Identity, Mutator, Observer, Provider, Result,
};

use crate::{core, http, random, tls};

/// What handlers call with.
#[derive(Default)]
pub struct StdClient {
    http: OnceLock<reqwest::Client>,
}

impl StdClient {
    /// The HTTP client of checks. Made when first used: to find out whom to trust takes longer than planning a thousand
    /// values.
    pub(crate) fn http(&self) -> Result<&reqwest::Client> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = stack_http::client(Towards::Anywhere)
            .build()
            .map_err(|error| {
                let message = format!("cannot make an HTTP client: {error}");
                Error::new(ErrorKind::Other, message)
            })?;
        Ok(self.http.get_or_init(|| http))
    }
}

impl Identify for StdClient {
    async fn identity(&self) -> Result<Option<Identity>> {
        Ok(None)
    }
}

/// The provider `std`.
pub struct StdProvider {
    catalog: Catalog<StdClient>,
}

/// The provider `std`, with every type of this crate.
pub fn provider() -> StdProvider {
    StdProvider {
        catalog: Catalog::new()
            .kept::<core::Value>()
            .kept::<random::Id>()
            .kept::<random::Password>()
            .kept::<tls::SelfSignedCertificate>()
            .effect::<http::Check>(),
    }
}

#[async_trait]
impl Provider for StdProvider {
    fn kind(&self) -> &'static str {
        "std"
    }

    fn schemas(&self) -> Vec<Schema> {
        self.catalog.schemas()
    }

    fn settings(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    async fn observe(&self, _: &Map) -> Result<Arc<dyn Observer>> {
        Ok(self.catalog.observer(Arc::default()))
    }

    async fn mutate(&self, _: &Map) -> Result<Arc<dyn Mutator>> {
        Ok(self.catalog.mutator(&Arc::default()))
    }

    fn concurrency(&self, service: &str) -> Option<usize> {
        // All others leave the process alone.
        (service == "std:http").then_some(16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_type_can_be_read_and_changed() {
        let provider = provider();
        let reading = provider.observe(&Map::new()).await.unwrap();
        let writing = provider.mutate(&Map::new()).await.unwrap();
        assert_eq!(reading.identity().await.unwrap(), None);
        let schemas = provider.schemas();
        assert_eq!(schemas.len(), 5);
        for Schema { type_name, .. } in schemas {
            assert_eq!(type_name.cloud(), provider.kind());
            assert!(reading.resource(&type_name).is_some(), "{type_name}");
            assert!(writing.resource(&type_name).is_some(), "{type_name}");
        }
    }

    #[test]
    fn only_what_leaves_the_process_is_bounded() {
        assert_eq!(provider().concurrency("std:http"), Some(16));
        assert_eq!(provider().concurrency("std:core"), None);
    }
}
