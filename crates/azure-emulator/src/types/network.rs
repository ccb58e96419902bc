//! Microsoft.Network.

mod address;
mod inline;
mod private_dns;
mod private_endpoint;
mod public_ip_address;
mod route_table;
mod security_group;
mod virtual_network;

use crate::id::ResourceId;
use crate::json;
use crate::rules::{Answer, Put, Rules, Style, at_once, later};
use crate::store::Resource;
use crate::world::World;

/// The types of this service.
pub const TYPES: &[&Rules] = &[
    &virtual_network::NETWORK,
    &virtual_network::SUBNET,
    &security_group::GROUP,
    &security_group::RULE,
    &private_endpoint::ENDPOINT,
    &private_endpoint::ZONE_GROUP,
    &private_dns::ZONE,
    &private_dns::LINK,
    &private_dns::ADDRESSES,
    &private_dns::AUTHORITY,
    &private_dns::ALL_RECORDS,
    &public_ip_address::ADDRESS,
    &route_table::TABLE,
    &route_table::ROUTE,
];

/// The API versions of Microsoft.Network, which all its types but DNS share.
const VERSIONS: &[&str] = &[
    "2025-07-01",
    "2025-05-01",
    "2025-03-01",
    "2025-01-01",
    "2024-07-01",
    "2024-05-01",
];

/// What Microsoft.Network answers to a body that is not as published.
const MALFORMED: &str = "InvalidRequestFormat";

/// PUT as network types answer it: a body, and `Azure-AsyncOperation`.
const PUT: Option<Put> = Some(Put {
    created: later(201, Style::Operation),
    updated: later(200, Style::Operation),
});

/// DELETE as network types answer it.
const DELETE: Option<Answer> = Some(later(202, Style::Both));

/// PATCH of tags, which is all that network types take.
const PATCH: Option<Answer> = Some(at_once(200));

/// What is usual for a type of this service.
const USUAL: Rules = Rules {
    versions: VERSIONS,
    put: PUT,
    delete: DELETE,
    etag: true,
    malformed: MALFORMED,
    ..Rules::USUAL
};

/// Whether a subnet is delegated to a service, such as `Microsoft.App/environments`.
pub fn is_delegated(subnet: &Resource, service: &str) -> bool {
    let mut delegations = json::list(&subnet.body, "properties.delegations").iter();
    delegations.any(|delegation| {
        json::text(delegation, "properties.serviceName")
            .is_some_and(|to| to.eq_ignore_ascii_case(service))
    })
}

/// Resources of a type whose property at a path is the id of something.
pub fn users<'a>(
    world: &'a World,
    of: &'a ResourceId,
    type_name: &'a str,
    path: &'a str,
) -> impl Iterator<Item = &'a Resource> {
    world.store.all().filter(move |resource| {
        let names = |id: &str| ResourceId::parse(id).is_some_and(|id| id == *of);
        resource.is(type_name) && json::text(&resource.body, path).is_some_and(names)
    })
}
