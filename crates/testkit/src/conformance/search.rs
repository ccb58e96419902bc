//! The search of an account: it finds what a case made, by the ids that its handlers read, and nothing when that is gone.

use std::collections::BTreeSet;
use std::sync::Arc;

use stack_engine::state::State;
use stack_model::Map;
use stack_provider::{Observer, Owner, Provider, Search, Stray, Strays};

use super::bench::{Bench, Complaint};
use super::case::Case;

/// An hour that no environment of a test ends at.
const EXPIRES: &str = "2100-01-01T00:00:00Z";

/// Has a case's objects made, searched for, tagged and searched for again, and panics if what is found is not what was made.
/// `is_unlisted` tells by type and id what carries tags and is listed with its parent alone.
pub async fn searched(
    case: &Case,
    provider: Arc<dyn Provider>,
    is_unlisted: fn(&str, &str) -> bool,
) {
    let searching = Searching {
        bench: Bench::new(Arc::clone(&provider)),
        provider,
        is_unlisted,
    };
    if let Err(complaint) = searching.run(case).await {
        panic!("{}: {complaint}", case.type_name());
    }
}

struct Searching {
    bench: Bench,
    provider: Arc<dyn Provider>,
    is_unlisted: fn(&str, &str) -> bool,
}

/// Objects by their types and ids.
type Objects = BTreeSet<(String, String)>;

impl Searching {
    async fn run(&self, case: &Case) -> Result<(), Complaint> {
        let graph = case.graph(&case.inputs);
        self.bench.apply(&graph).await?;
        let state = self.bench.open().await?.state().clone();
        let lineage = state.header.lineage.as_str();
        let made = self.tagged(&state);

        let mutator = self.provider.mutate(&Map::new()).await.map_err(told)?;
        let missed = mutator.retag(lineage, Owner::EXPIRES, Some(EXPIRES)).await;
        if let Some(missed) = missed.map_err(told)?.first() {
            return Err(format!("it cannot be tagged: {missed}"));
        }
        let found = self.expect(&made, Search::Tagged, lineage).await?;
        let is_missed = |stray: &&Stray| stray.tag(Owner::EXPIRES) != Some(EXPIRES);
        if let Some(stray) = found.iter().find(is_missed) {
            return Err(format!("{} is not tagged", stray.id));
        }
        self.bench.settled(&graph).await?;

        self.bench.destroy().await?;
        self.expect(&Objects::new(), Search::All, lineage).await?;
        Ok(())
    }

    /// Searches, and expects exactly these objects with our lineage.
    async fn expect(
        &self,
        made: &Objects,
        search: Search,
        lineage: &str,
    ) -> Result<Vec<Stray>, Complaint> {
        let mut found = self.search(search).await?.found;
        found.retain(|stray| stray.lineage() == Some(lineage));
        let address = |stray: &Stray| (stray.type_name.to_string(), stray.id.clone());
        let addresses: Objects = found.iter().map(address).collect();
        if *made == addresses {
            return Ok(found);
        }
        Err(format!(
            "{search:?} misses {:?}, and finds {:?} besides",
            made.difference(&addresses).collect::<Vec<_>>(),
            addresses.difference(made).collect::<Vec<_>>()
        ))
    }

    async fn search(&self, search: Search) -> Result<Strays, Complaint> {
        let observer: Arc<dyn Observer> = self.provider.observe(&Map::new()).await.map_err(told)?;
        observer.strays(search).await.map_err(told)
    }

    /// What carries our tags of all that is recorded.
    fn tagged(&self, state: &State) -> Objects {
        let schemas = self.provider.schemas();
        let carries_tags = |type_name: &str| {
            let mut schemas = schemas.iter();
            let schema = schemas.find(|schema| schema.type_name.as_str() == type_name);
            schema.is_some_and(|schema| schema.inputs.contains_key("tags"))
        };
        let objects = state.resources.iter();
        let objects = objects.filter_map(|(urn, kept)| Some((urn, kept.object.as_ref()?)));
        objects
            .filter(|(urn, object)| {
                carries_tags(urn.type_name()) && !(self.is_unlisted)(urn.type_name(), &object.id)
            })
            .map(|(urn, object)| (urn.type_name().to_owned(), object.id.clone()))
            .collect()
    }
}

fn told(error: stack_provider::Error) -> Complaint {
    error.to_string()
}
