//! What is there in the subscription, by Azure Resource Manager's own lists of all resources and of their groups.
//!
//! <https://learn.microsoft.com/rest/api/resources/resources/list>

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use azure_core::http::Method;
use futures::future::join;
use futures::stream::{self, StreamExt};
use serde_json::{Value as Json, json};
use stack_model::TypeName;
use stack_provider::{Owner, Result, Search, Stray, Strays, patiently};

use crate::arm::{ResourceId, raw};
use crate::client::{Azure, Call};
use crate::provider::catalog;

/// The API version of both lists, and of the tags of a scope.
const VERSION: &str = "2021-04-01";

/// The group that Azure makes for what watches its networks, in every subscription that has one.
const OF_AZURE: &str = "NetworkWatcherRG";

/// The type of what has no type of its own here.
const GENERIC: &str = "azure:resources:Generic";

/// How many objects are tagged at once. Azure Resource Manager takes 10 writes a second in the long run.
const AT_ONCE: usize = 8;

/// Our types, by what Azure calls them in lower case; and those of them that no list of resources names.
struct Kinds {
    types: HashMap<String, TypeName>,
    unlisted: Vec<TypeName>,
}

/// A resource has tags where it has a type of its own. What has none either lies beneath a resource and goes with it, as
/// the parts of its type's name tell, or extends one and shows nowhere.
static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let catalog = catalog();
    let types = catalog
        .kinds()
        .map(|(kind, schema)| (kind.to_ascii_lowercase(), schema.type_name.clone()));
    let unlisted = catalog
        .kinds()
        .filter(|(kind, schema)| {
            kind.split('/').count() == 2 && !schema.inputs.contains_key("tags")
        })
        .map(|(_, schema)| schema.type_name.clone());
    Kinds {
        types: types.collect(),
        unlisted: unlisted.collect(),
    }
});

/// What is there.
///
/// The lists are read as a whole and looked through here: asked for a tag, Azure leaves the tags out of its answer.
pub(crate) async fn found(azure: &Azure, search: Search) -> Result<Strays> {
    let subscription = azure.subscription();
    let groups = format!("{subscription}/resourceGroups");
    let resources = format!("{subscription}/resources?$expand=createdTime");
    let (groups, resources) = join(list(azure, &groups), list(azure, &resources)).await;

    let mut strays = Strays::default();
    let mut sorting = Sorting::new(search);
    let are_told = resources.is_ok();
    strays.take(groups.map(|groups| sorting.groups(&groups)))?;
    strays.take(resources.map(|resources| sorting.resources(&resources)))?;
    if !are_told {
        // What is in them is not known, and goes with them.
        strays.found.clear();
    }
    strays.others = sorting.others;
    strays
        .unseen
        .extend(sorting.unknown.into_iter().map(unknown));
    let unlisted = KINDS.unlisted.iter();
    strays.unseen.extend(
        unlisted.map(|name| format!("{name}: carries no tags, and no list of resources has it")),
    );
    Ok(strays)
}

fn unknown((kind, count): (String, usize)) -> String {
    let noun = if count == 1 { "resource" } else { "resources" };
    format!("{kind}: {count} {noun} of a type that stack does not know")
}

/// Tells what is looked for from what is not.
struct Sorting {
    search: Search,
    /// The groups that Azure or one of its services keeps, in lower case: they go with what they are kept for.
    kept: BTreeSet<String>,
    /// What was seen and is not looked for.
    others: Vec<String>,
    /// How many there are of a type that is none of ours.
    unknown: BTreeMap<String, usize>,
}

impl Sorting {
    fn new(search: Search) -> Self {
        Self {
            search,
            kept: BTreeSet::from([OF_AZURE.to_ascii_lowercase()]),
            others: Vec::new(),
            unknown: BTreeMap::new(),
        }
    }

    fn groups(&mut self, groups: &[Json]) -> Vec<Stray> {
        let managed = groups.iter().filter(|group| is_managed(group));
        let names = managed.filter_map(|group| group["name"].as_str());
        self.kept.extend(names.map(str::to_ascii_lowercase));
        self.resources(groups)
    }

    fn resources(&mut self, resources: &[Json]) -> Vec<Stray> {
        resources
            .iter()
            .filter_map(|resource| {
                let stray = self.stray(resource);
                if stray.is_none() {
                    self.others
                        .extend(resource["id"].as_str().map(str::to_owned));
                }
                stray
            })
            .collect()
    }

    fn stray(&mut self, resource: &Json) -> Option<Stray> {
        let id = ResourceId::parse(resource["id"].as_str()?).ok()?;
        let in_kept = id
            .group()
            .is_some_and(|group| self.kept.contains(&group.name().to_ascii_lowercase()));
        if in_kept || is_managed(resource) {
            return None;
        }
        let tags = raw::tags_of(resource);
        if self.search == Search::Tagged && !tags.contains_key(Owner::LINEAGE) {
            return None;
        }
        let Some(type_name) = type_of(&id, &tags) else {
            *self.unknown.entry(id.kind()).or_default() += 1;
            return None;
        };
        Some(Stray {
            type_name,
            id: id.to_string(),
            tags,
            created: resource["createdTime"].as_str().map(str::to_owned),
        })
    }
}

/// Whether something else at Azure made it for itself and keeps it.
fn is_managed(resource: &Json) -> bool {
    resource["managedBy"]
        .as_str()
        .is_some_and(|by| !by.is_empty())
}

/// Which of our types it is. Anything can have been declared by its name and body, as its urn then says.
fn type_of(id: &ResourceId, tags: &BTreeMap<String, String>) -> Option<TypeName> {
    let urn = tags.get(Owner::URN).map(String::as_str).unwrap_or_default();
    match urn.split_once('/') {
        Some((GENERIC, _)) => GENERIC.parse().ok(),
        _ => KINDS.types.get(&id.kind().to_ascii_lowercase()).cloned(),
    }
}

async fn list(azure: &Azure, path: &str) -> Result<Vec<Json>> {
    patiently(|| azure.list(path, VERSION)).await
}

/// Sets a tag on all that a state made, or takes it away.
pub(crate) async fn retag(
    azure: &Azure,
    lineage: &str,
    key: &str,
    value: Option<&str>,
) -> Result<Vec<String>> {
    let strays = found(azure, Search::Tagged).await?;
    let ours = strays.found.into_iter();
    let ours = ours.filter(|stray| stray.lineage() == Some(lineage) && stray.tag(key) != value);
    let tagging: Vec<_> = ours.map(|stray| tagged(azure, stray, key, value)).collect();
    let failed = stream::iter(tagging).buffer_unordered(AT_ONCE);
    let failed: Vec<Option<String>> = failed.collect().await;
    Ok(failed.into_iter().flatten().collect())
}

/// Tags one. Gives why not, if so.
async fn tagged(azure: &Azure, stray: Stray, key: &str, value: Option<&str>) -> Option<String> {
    let answer = patiently(|| set(azure, &stray, key, value)).await;
    answer.err().map(|error| format!("{}: {error}", stray.id))
}

/// <https://learn.microsoft.com/rest/api/resources/tags/update-at-scope>: the other tags stay as they are.
async fn set(azure: &Azure, stray: &Stray, key: &str, value: Option<&str>) -> Result<()> {
    let path = format!("{}/providers/Microsoft.Resources/tags/default", stray.id);
    let (operation, value) = match value {
        Some(value) => ("Merge", value),
        None => ("Delete", stray.tag(key).unwrap_or_default()),
    };
    let body = json!({"operation": operation, "properties": {"tags": {key: value}}});
    let call = Call::new(Method::Patch, &path, VERSION).body(&body);
    azure.call(call).await.map(drop)
}
