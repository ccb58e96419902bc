//! What Azure Resource Manager answers itself: subscriptions, resource lists, tags, providers, operations.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};

use super::list::Filter;
use super::{check, list, usages};
use crate::clock::{Millis, written};
use crate::exchange::{Reply, Request};
use crate::id::ResourceId;
use crate::json;
use crate::locations;
use crate::refusal::Refusal;
use crate::rules::Location;
use crate::store::Resource;
use crate::token::TENANT;
use crate::types;
use crate::world::World;

type Answer = Option<Result<Reply, Refusal>>;

/// What lies outside of any subscription.
pub fn outside(world: &World, request: &Request) -> Result<Reply, Refusal> {
    let path = request.path.trim_end_matches('/').to_lowercase();
    match path.as_str() {
        "/subscriptions" => {
            check::api_version(request)?;
            let used: BTreeSet<&str> = world
                .store
                .all()
                .map(|resource| resource.id.subscription())
                .collect();
            let ids = used
                .into_iter()
                .filter_map(|id| ResourceId::parse(&format!("/subscriptions/{id}")));
            let told: Vec<Value> = ids.map(|id| subscription(&id)).collect();
            Ok(Reply::json(200, json!({ "value": told })))
        }
        "/tenants" => {
            check::api_version(request)?;
            let tenant = json!({ "id": format!("/tenants/{TENANT}"), "tenantId": TENANT });
            Ok(Reply::json(200, json!({ "value": [tenant] })))
        }
        _ => {
            let message = format!("The request to '{}' leads nowhere.", request.path);
            Err(Refusal::not_found("InvalidRequestUri", message))
        }
    }
}

/// An item that no type answers for.
pub fn item(world: &mut World, request: &Request, id: &ResourceId, now: Millis) -> Answer {
    let type_name = id.type_name();
    let kind = type_name
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    if request.method == Method::GET {
        match kind.as_str() {
            "subscriptions" => return Some(Ok(Reply::json(200, subscription(id)))),
            "operationstatuses" => return Some(world.operation_status(id.name(), now)),
            "operationresults" => {
                return Some(world.operation_result(id.name(), &request.base, now));
            }
            _ => {}
        }
    }
    if type_name.eq_ignore_ascii_case("Microsoft.Resources/tags") {
        return Some(super::tags::answer(world, request, id));
    }
    None
}

/// A word under an item that no type answers for.
pub fn under(
    world: &mut World,
    request: &Request,
    parent: &ResourceId,
    namespace: Option<&str>,
    word: &str,
    now: Millis,
) -> Answer {
    let word = word.to_lowercase();
    if let Some(namespace) = namespace {
        return match (&request.method, word.as_str()) {
            (&Method::POST, "register") => Some(register(world, parent, namespace, true)),
            (&Method::POST, "unregister") => Some(register(world, parent, namespace, false)),
            (&Method::GET, "permissions")
                if namespace.eq_ignore_ascii_case("Microsoft.Authorization") =>
            {
                let told = world.settings.of(parent.subscription()).permissions.clone();
                let everything = || {
                    vec![
                        json!({ "actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": [] }),
                    ]
                };
                let told = told.unwrap_or_else(everything);
                Some(Ok(Reply::json(200, json!({ "value": told }))))
            }
            _ => None,
        };
    }
    if request.method != Method::GET {
        return None;
    }
    if word == "usages" {
        return usages::of_region(world, request, parent);
    }
    let whole_subscription = parent.parent().is_none();
    let found = match word.as_str() {
        "resourcegroups" if whole_subscription => list_resources(world, request, parent, now, true),
        "resources" if whole_subscription || parent.group().as_ref() == Some(parent) => {
            list_resources(world, request, parent, now, false)
        }
        "locations" if whole_subscription => {
            Ok(Reply::json(200, json!({ "value": all_locations(parent) })))
        }
        "providers" if whole_subscription => {
            let mut all: Vec<&str> = types::namespaces().collect();
            all.dedup();
            let all = all
                .into_iter()
                .map(|namespace| told_provider(world, parent, namespace))
                .collect();
            list::page(world, request, parent, all)
        }
        _ => return None,
    };
    Some(found)
}

/// `/subscriptions/ID/providers/NAMESPACE`.
pub fn provider(
    world: &World,
    request: &Request,
    scope: &ResourceId,
    namespace: &str,
) -> Result<Reply, Refusal> {
    let known = types::namespaces().find(|known| known.eq_ignore_ascii_case(namespace));
    match known {
        Some(namespace) if request.method == Method::GET => {
            Ok(Reply::json(200, told_provider(world, scope, namespace)))
        }
        Some(_) => Err(super::not_allowed(request)),
        None => {
            let message = format!("The resource namespace '{namespace}' is invalid.");
            Err(Refusal::not_found("InvalidResourceNamespace", message))
        }
    }
}

fn subscription(id: &ResourceId) -> Value {
    json!({
        "id": id.subscription_id().as_str(),
        "subscriptionId": id.subscription(),
        "tenantId": TENANT,
        "displayName": "Emulated",
        "state": "Enabled",
        "authorizationSource": "RoleBased",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"
        },
    })
}

fn all_locations(subscription: &ResourceId) -> Vec<Value> {
    let told = |(name, display): (&str, &str)| {
        json!({
            "id": format!("{subscription}/locations/{name}"),
            "subscriptionId": subscription.subscription(),
            "name": name, "displayName": display, "regionalDisplayName": display, "type": "Region",
        })
    };
    locations::all().map(told).collect()
}

fn list_resources(
    world: &World,
    request: &Request,
    scope: &ResourceId,
    now: Millis,
    groups: bool,
) -> Result<Reply, Refusal> {
    check::group(world, scope)?;
    let filter = Filter::of(request)?;
    let expand = request
        .parameter("$expand")
        .unwrap_or_default()
        .to_lowercase();
    let is_group = |resource: &Resource| resource.is("Microsoft.Resources/resourceGroups");
    let values = world
        .store
        .within(scope)
        .filter(|resource| resource.visible && is_group(resource) == groups)
        // Only what has a location of its own is a resource to these lists; children and extensions are not.
        .filter(|resource| groups || resource.rules().location != Location::None)
        .filter(|resource| filter.matches(resource))
        .map(|resource| match groups {
            true => world.shown(resource, now),
            false => {
                let mut told = told_resource(world, resource, &expand, now);
                // Asked for a tag, Azure tells of no tags: so its reference of this list.
                if filter.is_by_tag() {
                    json::take(&mut told, "tags");
                }
                told
            }
        })
        .collect();
    list::page(world, request, scope, values)
}

fn told_resource(world: &World, resource: &Resource, expand: &str, now: Millis) -> Value {
    let shown = world.shown(resource, now);
    let mut told = json!({});
    for key in [
        "id",
        "name",
        "type",
        "location",
        "tags",
        "sku",
        "kind",
        "identity",
        "managedBy",
    ] {
        if let Some(value) = shown.get(key) {
            told[key] = value.clone();
        }
    }
    for (word, key, moment) in [
        ("createdtime", "createdTime", resource.created),
        ("changedtime", "changedTime", resource.changed),
    ] {
        if expand.contains(word) {
            told[key] = written(moment).into();
        }
    }
    if expand.contains("provisioningstate") {
        let path = resource.rules().state.path;
        told["provisioningState"] = json::at(&shown, path)
            .cloned()
            .unwrap_or_else(|| "Succeeded".into());
    }
    told
}

fn told_provider(world: &World, scope: &ResourceId, namespace: &str) -> Value {
    let locations: Vec<&str> = locations::all().map(|(_, display)| display).collect();
    let kinds: Vec<Value> = types::all()
        .filter(|rules| rules.namespace().eq_ignore_ascii_case(namespace))
        .map(|rules| {
            let kind = rules.name.split_once('/').map_or("", |(_, kind)| kind);
            json!({ "resourceType": kind, "apiVersions": rules.versions, "locations": locations })
        })
        .collect();
    let state = match registered(world, scope, namespace) {
        true => "Registered",
        false => "NotRegistered",
    };
    json!({
        "id": format!("{}/providers/{namespace}", scope.subscription_id()),
        "namespace": namespace,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": state,
        "resourceTypes": kinds,
    })
}

fn registered(world: &World, scope: &ResourceId, namespace: &str) -> bool {
    let key = format!("{}/{namespace}", scope.subscription_id()).to_lowercase();
    world.store.providers.get(&key).copied().unwrap_or(true)
}

/// A subscription must have registered the namespace of what it creates.
pub fn check_registered(world: &World, id: &ResourceId, namespace: &str) -> Result<(), Refusal> {
    if registered(world, id, namespace) {
        return Ok(());
    }
    let message = format!(
        "The subscription is not registered to use namespace '{namespace}'. Register it, then try again."
    );
    Err(Refusal::conflict(
        "MissingSubscriptionRegistration",
        message,
    ))
}

fn register(
    world: &mut World,
    scope: &ResourceId,
    namespace: &str,
    on: bool,
) -> Result<Reply, Refusal> {
    let Some(known) = types::namespaces().find(|known| known.eq_ignore_ascii_case(namespace))
    else {
        let message = format!("The resource namespace '{namespace}' is invalid.");
        return Err(Refusal::not_found("InvalidResourceNamespace", message));
    };
    let key = format!("{}/{known}", scope.subscription_id()).to_lowercase();
    world.store.providers.insert(key, on);
    Ok(Reply::json(200, told_provider(world, scope, known)))
}
