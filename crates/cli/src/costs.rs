//! What a plan changes of what is paid for a month, where somebody asks for it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use stack_cost::{Cache, Lists, azure};
use stack_review::{Costs, Document};

use crate::error::{Error, Result};
use crate::invocation::Invocation;
use crate::render::style::print;
use crate::render::{costs, events};

/// Where Azure's list is instead of where it is usually.
const AZURE: &str = "STACK_AZURE_PRICES";

/// The same for AWS's.
#[cfg(feature = "aws")]
const AWS: &str = "STACK_AWS_PRICES";

/// Whether to say what a plan costs.
#[derive(Debug, clap::Args)]
pub struct Costing {
    /// Say what it changes of what is paid for a month, by the clouds' lists of prices
    #[arg(long)]
    cost: bool,
}

impl Costing {
    /// The lists of prices, if somebody wants to know. Nothing is asked yet.
    pub fn open(&self) -> Result<Option<Pricing>> {
        self.cost.then(Pricing::new).transpose()
    }
}

/// Lists of prices.
pub struct Pricing {
    lists: Lists,
    folder: Option<PathBuf>,
}

impl Pricing {
    fn new() -> Result<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let wrong = |error: stack_cost::Error| {
            Error::usage(error.to_string(), "give another address, or none")
        };
        let at = variable(AZURE).unwrap_or_else(|| azure::ADDRESS.to_owned());
        let azure = azure::RetailPrices::new(&at).map_err(wrong)?;
        #[cfg(feature = "aws")]
        let aws = {
            let list = stack_cost::aws::PriceList::new(variable(AWS).as_deref()).map_err(wrong)?;
            Some(Box::new(list) as Box<dyn stack_cost::Prices>)
        };
        #[cfg(not(feature = "aws"))]
        let aws = None;
        Ok(Self {
            lists: Lists {
                aws,
                azure: Some(Box::new(azure)),
            },
            folder: folder(),
        })
    }

    /// What a plan costs. That never keeps anybody from the plan: what is not known is named.
    pub async fn of(&self, document: &Document) -> Costs {
        let cache = Cache {
            folder: self.folder.clone(),
            now: Timestamp::now(),
        };
        stack_cost::costs(document, &self.lists, &cache).await
    }

    /// The same, shown after the plan.
    pub async fn show(&self, invocation: &Invocation, document: &Document) -> Result<()> {
        let costs = self.of(document).await;
        match invocation.is_json()? {
            true => events::costs(&costs),
            false => print(&costs::text(&costs)).map_err(Error::Output)?,
        }
        Ok(())
    }
}

/// Where answers are kept: in the folder that is for what can be made again.
fn folder() -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = std::env::var_os(name).map(PathBuf::from);
        // A relative path there is to be ignored, as its specification says.
        path.filter(|path| path.is_absolute())
    };
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join(Path::new("stack/prices")))
}

#[cfg(test)]
mod tests {
    /// A type that nobody thought of is named as not known in every plan: it should not come to that.
    #[test]
    fn it_is_known_how_each_type_is_paid_for() {
        let connections = crate::providers::connections();
        let types = connections.schemas().keys();
        let forgotten: Vec<_> = types
            .filter(|name| !stack_cost::is_known(name.as_ref()))
            .collect();
        assert!(forgotten.is_empty(), "{forgotten:?} have no meter");
    }
}
