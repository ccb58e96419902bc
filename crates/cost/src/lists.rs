//! Both lists.

use async_trait::async_trait;

use crate::error::{Error, Result};
use crate::query::{List, Offer, Prices, Query};

/// The lists that can be asked.
#[derive(Default)]
pub struct Lists {
    /// AWS's.
    pub aws: Option<Box<dyn Prices>>,
    /// Azure's.
    pub azure: Option<Box<dyn Prices>>,
}

#[async_trait]
impl Prices for Lists {
    async fn offers(&self, query: &Query) -> Result<Vec<Offer>> {
        let list = match query.list {
            List::Aws => &self.aws,
            List::Azure => &self.azure,
        };
        match list {
            Some(list) => list.offers(query).await,
            None => Err(Error::NotBuilt { list: query.list }),
        }
    }
}
