//! What a subscription has of what it may have no more than so many of, in a region.

use serde_json::json;

use super::check;
use crate::exchange::{Reply, Request};
use crate::id::ResourceId;
use crate::json;
use crate::locations;
use crate::refusal::Refusal;
use crate::store::{Resource, canonical_location};
use crate::world::World;

/// A usage that a service tells.
struct Usage {
    /// The type whose resources count.
    type_name: &'static str,
    /// What the service calls it.
    value: &'static str,
    /// What people read.
    localized: &'static str,
    /// The limit of a new subscription.
    limit: u64,
    /// How much of it a resource is.
    counts: fn(&Resource) -> u64,
}

/// The usages, by the services' own lists of quotas.
const USAGES: &[Usage] = &[
    Usage {
        type_name: "Microsoft.App/managedEnvironments",
        value: "ManagedEnvironmentCount",
        localized: "Managed Environment Count",
        limit: 20,
        counts: |_| 1,
    },
    Usage {
        type_name: "Microsoft.DBforPostgreSQL/flexibleServers",
        value: "cores",
        localized: "Cores",
        limit: 100,
        counts: cores,
    },
    Usage {
        type_name: "Microsoft.Network/networkSecurityGroups",
        value: "NetworkSecurityGroups",
        localized: "Network Security Groups",
        limit: 5000,
        counts: |_| 1,
    },
    Usage {
        type_name: "Microsoft.Network/publicIPAddresses",
        value: "PublicIPAddresses",
        localized: "Public IP Addresses",
        limit: 1000,
        counts: |_| 1,
    },
    Usage {
        type_name: "Microsoft.Network/virtualNetworks",
        value: "VirtualNetworks",
        localized: "Virtual Networks",
        limit: 1000,
        counts: |_| 1,
    },
    Usage {
        type_name: "Microsoft.Storage/storageAccounts",
        value: "StorageAccounts",
        localized: "Storage Accounts",
        limit: 250,
        counts: |_| 1,
    },
];

/// Where the services tell the usages of a region: Postgres those of one kind of its servers.
const PLACES: [&str; 4] = [
    "Microsoft.App/locations",
    "Microsoft.DBforPostgreSQL/locations/resourceType",
    "Microsoft.Network/locations",
    "Microsoft.Storage/locations",
];

/// The usages of a service in a region; nothing where it is something else that is asked.
pub fn of_region(
    world: &World,
    request: &Request,
    place: &ResourceId,
) -> Option<Result<Reply, Refusal>> {
    let asked = place.type_name();
    let known = PLACES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(&asked))?;
    let (namespace, kind) = known.split_once('/')?;
    let region = match kind {
        "locations" => place.clone(),
        _ => place.parent()?,
    };
    Some(told(world, request, namespace, &region))
}

fn told(
    world: &World,
    request: &Request,
    namespace: &str,
    place: &ResourceId,
) -> Result<Reply, Refusal> {
    let version = check::api_version(request)?;
    let region = canonical_location(place.name());
    if locations::display_name(&region).is_none() {
        let message = format!("The provided location '{region}' is not available.");
        return Err(Refusal::bad_request("LocationNotAvailable", message));
    }
    let subscription = place.subscription_id();
    let limits = world.settings.of(place.subscription()).quotas;
    let mut values = Vec::new();
    for usage in USAGES {
        let Some((of, _)) = usage.type_name.split_once('/') else {
            continue;
        };
        if of != namespace {
            continue;
        }
        check::type_of(usage.type_name, version)?;
        let there = world.store.of_type(&subscription, usage.type_name);
        let here = there.filter(|resource| resource.location().as_deref() == Some(&region));
        let limit = limits.get(usage.value).copied().unwrap_or(usage.limit);
        values.push(json!({
            "unit": "Count",
            "currentValue": here.map(usage.counts).sum::<u64>(),
            "limit": limit,
            "name": { "value": usage.value, "localizedValue": usage.localized },
        }));
    }
    Ok(Reply::json(200, json!({ "value": values })))
}

/// The virtual cores of a Postgres server, as the name of its size says.
fn cores(server: &Resource) -> u64 {
    let size = json::text(&server.body, "sku.name").unwrap_or_default();
    let letters = |c: char| !c.is_ascii_digit();
    let number = size.split('_').nth(1).unwrap_or_default();
    let number = number.trim_start_matches(letters);
    let end = number.find(letters).unwrap_or(number.len());
    number[..end].parse().unwrap_or(0)
}
