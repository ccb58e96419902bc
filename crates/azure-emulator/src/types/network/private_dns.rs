//! Private DNS zones, their links to networks, and their records.

use serde_json::{Value, json};

use super::super::db_for_postgresql::of_zone;
use super::super::table;
use super::users;
use crate::id::ResourceId;
use crate::json;
use crate::random::guid;
use crate::refusal::Refusal;
use crate::rules::{
    Answer, Draft, Location, NameRule, Place, Put, Rules, Scene, State, Style, at_once, later,
};
use crate::store::Resource;
use crate::world::World;

const VERSIONS: &[&str] = &["2024-06-01", "2020-06-01"];

/// Every write of a zone or a link is answered with 202; what is created is not there until it is done.
const ACCEPTED: Answer = later(202, Style::Both);

const USUAL: Rules = Rules {
    versions: VERSIONS,
    put: Some(Put {
        created: ACCEPTED,
        updated: ACCEPTED,
    }),
    patch: Some(ACCEPTED),
    delete: Some(ACCEPTED),
    location: Location::Global,
    etag: true,
    busy: "Conflict",
    malformed: "BadRequest",
    ..Rules::USUAL
};

/// `Microsoft.Network/privateDnsZones`.
pub static ZONE: Rules = Rules {
    name: "Microsoft.Network/privateDnsZones",
    table: table!("Microsoft.Network.privateDnsZones"),
    name_rule: NameRule {
        length: (3, 253),
        code: "BadRequest",
        ..NameRule::USUAL
    },
    prepare: prepare_zone,
    stored: |world, zone, before, now| {
        if before.is_none() {
            let body = json!({ "properties": { "ttl": 3600, "soaRecord": {
                "email": "azureprivatedns-host.microsoft.com", "host": "azureprivatedns.net", "expireTime": 2_419_200,
                "minimumTtl": 10, "refreshTime": 3600, "retryTime": 300, "serialNumber": 1,
            } } });
            world.store.put(Resource::new(
                zone.child("SOA", "@"),
                AUTHORITY.name,
                body,
                now,
            ));
        }
    },
    show: show_zone,
    guard: |scene, zone| match scene.world.store.of_type(&zone.id, LINK.name).next() {
        Some(link) => {
            let message = format!(
                "Can not delete resource before nested resources are deleted. Some existing nested resource IDs include: '{}'.",
                link.id
            );
            Err(Refusal::conflict("CannotDeleteResource", message))
        }
        None => Ok(()),
    },
    ..USUAL
};

/// `Microsoft.Network/privateDnsZones/virtualNetworkLinks`.
pub static LINK: Rules = Rules {
    name: "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
    table: table!("Microsoft.Network.privateDnsZones.virtualNetworkLinks"),
    place: Place::Parent,
    prepare: prepare_link,
    show: |_, link, body| {
        let state = if link.pending.is_some() {
            "InProgress"
        } else {
            "Completed"
        };
        json::set(body, "properties.virtualNetworkLinkState", state);
    },
    guard: guard_link,
    ..USUAL
};

const RECORDS: Rules = Rules {
    versions: VERSIONS,
    place: Place::Parent,
    state: State::NONE,
    etag: true,
    malformed: "BadRequest",
    name_rule: NameRule {
        length: (1, 253),
        others: "_-.@*",
        ..NameRule::USUAL
    },
    show: show_records,
    ..Rules::USUAL
};

/// `Microsoft.Network/privateDnsZones/A`.
pub static ADDRESSES: Rules = Rules {
    name: "Microsoft.Network/privateDnsZones/A",
    table: table!("Microsoft.Network.privateDnsZones.A"),
    patch: Some(at_once(200)),
    prepare: |_, draft| {
        json::take(&mut draft.body, "etag");
        json::default(&mut draft.body, "properties.ttl", 3600);
        Ok(())
    },
    ..RECORDS
};

/// `Microsoft.Network/privateDnsZones/SOA`, which comes with the zone.
pub static AUTHORITY: Rules = Rules {
    name: "Microsoft.Network/privateDnsZones/SOA",
    table: table!("Microsoft.Network.privateDnsZones.SOA"),
    put: None,
    delete: None,
    ..RECORDS
};

/// `Microsoft.Network/privateDnsZones/ALL`: the list of all records.
pub static ALL_RECORDS: Rules = Rules {
    name: "Microsoft.Network/privateDnsZones/ALL",
    list: Some(|scene, _| {
        let inside = scene.world.store.within(scene.id);
        let records =
            inside.filter(|record| record.is(ADDRESSES.name) || record.is(AUTHORITY.name));
        records
            .map(|record| scene.world.shown(record, scene.now))
            .collect()
    }),
    put: None,
    delete: None,
    ..RECORDS
};

fn prepare_zone(_: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    let labels: Vec<&str> = draft.id.name().split('.').collect();
    if labels.len() < 2
        || labels
            .iter()
            .any(|label| label.is_empty() || label.len() > 63)
    {
        let message = format!(
            "The domain name '{}' is invalid: it needs at least two labels of 1 to 63 characters.",
            draft.id.name()
        );
        return Err(Refusal::bad_request("BadRequest", message));
    }
    json::take(&mut draft.body, "etag");
    draft.keep("properties.internalId", || guid().into());
    for (name, count) in [
        ("maxNumberOfRecordSets", 25000),
        ("maxNumberOfVirtualNetworkLinks", 1000),
        ("maxNumberOfVirtualNetworkLinksWithRegistration", 100),
    ] {
        json::set(&mut draft.body, &format!("properties.{name}"), count);
    }
    Ok(())
}

fn show_zone(world: &World, zone: &Resource, body: &mut Value) {
    let links = || world.store.of_type(&zone.id, LINK.name);
    let registering = links()
        .filter(|link| json::truth(&link.body, "properties.registrationEnabled"))
        .count();
    let records = world.store.within(&zone.id).count() - links().count();
    json::set(body, "properties.numberOfRecordSets", records);
    json::set(
        body,
        "properties.numberOfVirtualNetworkLinks",
        links().count(),
    );
    json::set(
        body,
        "properties.numberOfVirtualNetworkLinksWithRegistration",
        registering,
    );
}

/// A network is linked to a zone once, and registers its machines in one zone only.
fn prepare_link(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    const PATH: &str = "properties.virtualNetwork.id";
    json::take(&mut draft.body, "etag");
    draft.immutable(PATH, "BadRequest")?;
    json::default(&mut draft.body, "properties.registrationEnabled", false);
    json::default(&mut draft.body, "properties.resolutionPolicy", "Default");
    let Some(network) = scene.referred(&draft.body, PATH, "Microsoft.Network/virtualNetworks")?
    else {
        let message = "A virtual network link needs 'properties.virtualNetwork.id'.";
        return Err(Refusal::bad_request("BadRequest", message).at(PATH));
    };
    let registers = json::truth(&draft.body, "properties.registrationEnabled");
    for other in
        users(scene.world, &network.id, LINK.name, PATH).filter(|other| other.id != draft.id)
    {
        if other.id.parent() == draft.id.parent() {
            let message = format!(
                "The virtual network {} is already linked to the zone by '{}'.",
                network.id,
                other.id.name()
            );
            return Err(Refusal::conflict("Conflict", message));
        }
        if registers && json::truth(&other.body, "properties.registrationEnabled") {
            let message = format!(
                "The virtual network {} registers its machines in another zone already: {}.",
                network.id, other.id
            );
            return Err(
                Refusal::bad_request("BadRequest", message).at("properties.registrationEnabled")
            );
        }
    }
    Ok(())
}

/// While a database server in the network is known by a name of the zone, the link stays.
fn guard_link(scene: &Scene, link: &Resource) -> Result<(), Refusal> {
    let network = json::text(&link.body, "properties.virtualNetwork.id").unwrap_or_default();
    let Some(zone) = link.id.parent() else {
        return Ok(());
    };
    match of_zone(scene.world, &zone, network) {
        Some(server) => {
            let message = format!(
                "The virtual network link is in use by {} and cannot be deleted.",
                server.id
            );
            Err(Refusal::conflict("VirtualNetworkLinkInUse", message))
        }
        None => Ok(()),
    }
}

fn show_records(_: &World, record: &Resource, body: &mut Value) {
    let zone: Option<ResourceId> = record.id.parent();
    let zone = zone.as_ref().map_or("", |zone| zone.name());
    let name = match record.id.name() {
        "@" => format!("{zone}."),
        name => format!("{name}.{zone}."),
    };
    json::set(body, "properties.fqdn", name);
    json::set(body, "properties.isAutoRegistered", false);
}
