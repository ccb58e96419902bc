//! What is checked before the rules of a type have their say.

use serde_json::Value;

use crate::exchange::Request;
use crate::id::{ResourceId, Target};
use crate::locations;
use crate::operation::Verb;
use crate::refusal::Refusal;
use crate::rules::{Location, Place, Rules};
use crate::schema::{Problem, Trouble};
use crate::store::{Resource, canonical_location};
use crate::types;
use crate::world::World;

/// The API version of a request, which every request has.
pub fn api_version(request: &Request) -> Result<&str, Refusal> {
    let Some(version) = request
        .parameter("api-version")
        .filter(|version| !version.is_empty())
    else {
        let message =
            "The api-version query parameter (?api-version=) is required for all requests.";
        return Err(Refusal::bad_request("MissingApiVersionParameter", message));
    };
    let date = version.get(..10).unwrap_or_default();
    let rest = version.get(10..).unwrap_or_default();
    if date.parse::<jiff::civil::Date>().is_ok() && matches!(rest, "" | "-preview") {
        return Ok(version);
    }
    let message = format!(
        "The api-version '{version}' is invalid. The expected format is 'yyyy-MM-dd' or 'yyyy-MM-dd-preview'."
    );
    Err(Refusal::bad_request("InvalidApiVersionParameter", message))
}

/// Any well-formed subscription exists.
pub fn subscription(target: &Target) -> Result<(), Refusal> {
    let id = match target {
        Target::Item(id)
        | Target::Under { parent: id, .. }
        | Target::Provider { scope: id, .. } => id,
    };
    match uuid::Uuid::try_parse(id.subscription()) {
        Ok(_) => Ok(()),
        Err(_) => {
            let message = format!(
                "The provided subscription identifier '{}' is malformed or invalid.",
                id.subscription()
            );
            Err(Refusal::bad_request("InvalidSubscriptionId", message))
        }
    }
}

/// The rules of a type that answers to a version.
pub fn type_of(type_name: &str, version: &str) -> Result<&'static Rules, Refusal> {
    let Some(rules) = types::find(type_name) else {
        let (namespace, kind) = type_name.split_once('/').unwrap_or((type_name, ""));
        if !types::namespaces().any(|known| known.eq_ignore_ascii_case(namespace)) {
            let message = format!("The resource namespace '{namespace}' is invalid.");
            return Err(Refusal::not_found("InvalidResourceNamespace", message));
        }
        let message = format!(
            "The resource type '{kind}' could not be found in the namespace '{namespace}' for api version '{version}'."
        );
        return Err(Refusal::not_found("InvalidResourceType", message));
    };
    if rules.versions.contains(&version) {
        return Ok(rules);
    }
    let kind = rules.name.split_once('/').map_or("", |(_, kind)| kind);
    let message = format!(
        "No registered resource provider found for location 'westus' and API version '{version}' for type '{kind}'. \
         The supported api-versions are '{}'.",
        rules.versions.join(", ")
    );
    Err(Refusal::bad_request("NoRegisteredProviderFound", message))
}

/// The resource group of an id must be there.
pub fn group(world: &World, id: &ResourceId) -> Result<(), Refusal> {
    let Some(group) = id.group() else {
        return Ok(());
    };
    if world.store.exists(&group) {
        return Ok(());
    }
    let message = format!("Resource group '{}' could not be found.", group.name());
    Err(Refusal::not_found("ResourceGroupNotFound", message))
}

/// A group that is on its way out takes nothing new.
pub fn group_stays(world: &World, id: &ResourceId) -> Result<(), Refusal> {
    let group = id.group().filter(|group| group != id);
    let pending = group
        .as_ref()
        .and_then(|group| world.store.get(group)?.pending.as_ref());
    let operation = pending.and_then(|pending| world.store.operations.get(pending));
    match (group, operation) {
        (Some(group), Some(operation)) if operation.verb == Verb::Delete => {
            let name = group.name();
            let message = format!(
                "The resource group '{name}' is in deprovisioning state and cannot perform this operation."
            );
            Err(Refusal::conflict("ResourceGroupBeingDeleted", message))
        }
        _ => Ok(()),
    }
}

/// What a resource lies in, or extends, must be there.
pub fn parent(world: &World, id: &ResourceId, rules: &Rules) -> Result<(), Refusal> {
    let Some(parent) = id.parent() else {
        return Ok(());
    };
    match rules.place {
        Place::Subscription | Place::Group => Ok(()),
        Place::Parent | Place::Anywhere if world.store.exists(&parent) => Ok(()),
        Place::Anywhere => Err(not_found(&parent)),
        Place::Parent => {
            let message = format!(
                "Can not perform requested operation on nested resource. Parent resource '{}' not found.",
                parent.name()
            );
            Err(Refusal::not_found("ParentResourceNotFound", message))
        }
    }
}

/// The refusal for a resource that is not there.
pub fn not_found(id: &ResourceId) -> Refusal {
    let group = id.group();
    if group.as_ref() == Some(id) {
        let message = format!("Resource group '{}' could not be found.", id.name());
        return Refusal::not_found("ResourceGroupNotFound", message);
    }
    let message = format!(
        "The Resource '{}/{}' under resource group '{}' was not found.",
        id.type_name(),
        id.name(),
        group.as_ref().map_or("<null>", |group| group.name())
    );
    Refusal::not_found("ResourceNotFound", message)
}

/// A body that is JSON.
pub fn parsed(request: &Request) -> Result<Value, Refusal> {
    serde_json::from_slice(&request.body).map_err(|error| {
        let message =
            format!("The request content was invalid and could not be deserialized: '{error}'.");
        Refusal::bad_request("InvalidRequestContent", message)
    })
}

/// `If-Match` and `If-None-Match`.
///
/// Network and private DNS document them. The others ignore them on most types; to honour them everywhere lets a client
/// that sends one learn what it would learn from a service that looks.
pub fn preconditions(request: &Request, existing: Option<&Resource>) -> Result<(), Refusal> {
    let failed = |message: &str| Err(Refusal::new(412, "PreconditionFailed", message));
    if let Some(wanted) = request.header("if-match") {
        match existing {
            None => {
                return failed(
                    "The condition '*' in the If-Match header was not satisfied: there is no such resource.",
                );
            }
            Some(existing) if wanted != "*" && wanted != existing.etag() => {
                return failed(
                    "The Etag provided in the If-Match header does not match that of the resource.",
                );
            }
            Some(_) => {}
        }
    }
    match (request.header("if-none-match"), existing) {
        (Some("*"), Some(_)) => failed(
            "The condition '*' in the If-None-Match header was not satisfied: the resource exists.",
        ),
        _ => Ok(()),
    }
}

/// Nobody else may be at work on the same thing.
pub fn busy(world: &World, id: &ResourceId, rules: &Rules) -> Result<(), Refusal> {
    let root = lock(id, rules);
    let inside = world.store.within(&root);
    let other = world
        .store
        .get(&root)
        .into_iter()
        .chain(inside)
        .find(|other| other.pending.is_some() && lock(&other.id, other.rules()) == root);
    let Some(other) = other else { return Ok(()) };
    let message = format!(
        "Another operation on '{}' is in progress, which '{}' has to wait for. Try again when it has ended.",
        other.id, id
    );
    Err(Refusal::conflict(rules.busy, message))
}

/// What is locked while a resource changes.
fn lock(id: &ResourceId, rules: &Rules) -> ResourceId {
    match id.parent() {
        Some(parent) if rules.serial => parent,
        _ => id.clone(),
    }
}

/// The refusal of a body that is not as the table says.
pub fn malformed(rules: &Rules, problems: &[Problem]) -> Result<(), Refusal> {
    let refusals: Vec<Refusal> = problems
        .iter()
        .map(|problem| {
            let code = match problem.trouble {
                Trouble::Missing if problem.path == "location" => "LocationRequired",
                Trouble::Immutable => "PropertyChangeNotAllowed",
                _ => rules.malformed,
            };
            Refusal::bad_request(code, problem.message()).at(&problem.path)
        })
        .collect();
    let Some(mut first) = refusals.first().cloned() else {
        return Ok(());
    };
    if refusals.len() > 1 {
        first.details = refusals;
    }
    Err(first)
}

/// A location must be one, and stays.
pub fn location(
    id: &ResourceId,
    rules: &Rules,
    body: &Value,
    before: Option<&Resource>,
) -> Result<(), Refusal> {
    let Some(written) = body.get("location").and_then(Value::as_str) else {
        return match rules.location {
            Location::None => Ok(()),
            Location::Region | Location::Global => {
                let message = "The location property is required for this definition.";
                Err(Refusal::bad_request("LocationRequired", message).at("location"))
            }
        };
    };
    let location = canonical_location(written);
    let known = match rules.location {
        Location::None => return Ok(()),
        Location::Global => location == "global",
        Location::Region => locations::display_name(&location).is_some(),
    };
    if !known {
        let allowed = match rules.location {
            Location::Global => "global".to_owned(),
            _ => locations::names().collect::<Vec<_>>().join(","),
        };
        let message = format!(
            "The provided location '{written}' is not available for resource type '{}'. \
             List of available regions for the resource type is '{allowed}'.",
            rules.name
        );
        return Err(
            Refusal::bad_request("LocationNotAvailableForResourceType", message).at("location"),
        );
    }
    match before.and_then(Resource::location) {
        Some(old) if old != location => {
            let code = match rules.place {
                Place::Subscription => "InvalidResourceGroupLocation",
                _ => "InvalidResourceLocation",
            };
            let message = format!(
                "The resource '{}' already exists in location '{old}'. A resource with the same name cannot be created \
                 in location '{location}'. Please select a new resource name.",
                id.name()
            );
            Err(Refusal::conflict(code, message))
        }
        _ => Ok(()),
    }
}

/// Tags are few and short.
pub fn tags(body: &Value) -> Result<(), Refusal> {
    let Some(tags) = body.get("tags").and_then(Value::as_object) else {
        return Ok(());
    };
    let long = |(name, value): (&String, &Value)| {
        name.chars().count() > 512
            || value
                .as_str()
                .is_some_and(|value| value.chars().count() > 256)
    };
    if tags.len() > 50 {
        let message = format!(
            "A resource can have up to 50 tags; these are {}.",
            tags.len()
        );
        return Err(Refusal::bad_request("InvalidTags", message).at("tags"));
    }
    if tags.iter().any(long) {
        let message = "The name of a tag can have up to 512 characters, its value up to 256.";
        return Err(Refusal::bad_request("InvalidTagLength", message).at("tags"));
    }
    let odd = |name: &&String| name.chars().any(|letter| "<>%&\\?/".contains(letter));
    if let Some(name) = tags.keys().find(odd) {
        let message =
            format!("The tag name '{name}' has one of the reserved characters '<,>,%,&,\\,?,/'.");
        return Err(Refusal::bad_request("InvalidTagNameCharacters", message).at("tags"));
    }
    Ok(())
}
