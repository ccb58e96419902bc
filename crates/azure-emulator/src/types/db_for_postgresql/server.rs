//! Flexible servers.

use serde_json::{Value, json};

use super::super::network::{is_delegated, users};
use super::super::table;
use super::{ACCEPTED, INVALID, PUT, VERSIONS, children, configuration, invalid};
use crate::actions::{asked, begin};
use crate::clock::{Millis, written};
use crate::exchange::Reply;
use crate::id::ResourceId;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Act, Draft, Location, NameRule, Rules, Scene, State};
use crate::store::Resource;
use crate::world::World;

/// `Microsoft.DBforPostgreSQL/flexibleServers`.
pub static SERVER: Rules = Rules {
    name: "Microsoft.DBforPostgreSQL/flexibleServers",
    versions: VERSIONS,
    table: table!("Microsoft.DBforPostgreSQL.flexibleServers"),
    location: Location::Region,
    name_rule: NameRule {
        length: (3, 63),
        others: "-",
        lower: true,
        code: INVALID,
    },
    taken: Some("ServerNameAlreadyExists"),
    put: PUT,
    patch: Some(ACCEPTED),
    delete: Some(ACCEPTED),
    state: State {
        path: "properties.state",
        creating: &["Provisioning"],
        updating: &["Updating"],
        deleting: "Dropping",
        well: "Ready",
    },
    busy: "ServerBusy",
    malformed: INVALID,
    prepare,
    stored,
    show: show_state,
    actions: &[
        ("start", |world, act| switch(world, act, "Ready")),
        ("stop", |world, act| switch(world, act, "Stopped")),
        ("restart", |world, act| switch(world, act, "Ready")),
    ],
    ..Rules::USUAL
};

/// Sizes of disks, in GiB: "Storage options" in the service's documentation.
const SIZES: &[i64] = &[
    32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767,
];

fn prepare(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    let mode = json::take(&mut draft.body, "properties.createMode");
    let ordinary =
        mode.is_none_or(|mode| matches!(mode.as_str(), Some("Create" | "Default" | "Update")));
    for path in [
        "properties.administratorLogin",
        "properties.network.delegatedSubnetResourceId",
        "properties.backup.geoRedundantBackup",
    ] {
        draft.immutable(path, "PropertyChangeNotAllowed")?;
    }
    kept(draft);
    administrator(draft, ordinary)?;
    sku(&draft.body)?;
    storage(draft)?;
    network(scene, draft)?;
    let body = &mut draft.body;
    let days = json::at(body, "properties.backup.backupRetentionDays").and_then(Value::as_i64);
    if days.is_some_and(|days| !(7..=35).contains(&days)) {
        return invalid(
            "properties.backup.backupRetentionDays",
            "The backup retention must be 7 to 35 days.",
        );
    }
    defaults(scene, draft);
    Ok(())
}

/// What a PUT of an existing server leaves out stays.
fn kept(draft: &mut Draft) {
    let Some(before) = draft.before else { return };
    for path in [
        "properties.administratorLogin",
        "properties.version",
        "properties.network",
        "properties.availabilityZone",
        "sku",
        "properties.storage",
    ] {
        if let Some(known) = json::at(&before.body, path) {
            json::default(&mut draft.body, path, known.clone());
        }
    }
}

fn administrator(draft: &mut Draft, ordinary: bool) -> Result<(), Refusal> {
    const LOGIN: &str = "properties.administratorLogin";
    const PASSWORD: &str = "properties.administratorLoginPassword";
    let passwords =
        json::text(&draft.body, "properties.authConfig.passwordAuth") != Some("Disabled");
    let password = json::take(&mut draft.body, PASSWORD);
    if draft.before.is_none() && ordinary && passwords {
        if json::at(&draft.body, LOGIN).is_none() {
            return invalid(LOGIN, "The property 'administratorLogin' is required.");
        }
        if password.is_none() {
            return invalid(
                PASSWORD,
                "The property 'administratorLoginPassword' is required.",
            );
        }
    }
    let login = json::text(&draft.body, LOGIN).unwrap_or_default();
    let reserved = [
        "azure_superuser",
        "azure_pg_admin",
        "admin",
        "administrator",
        "root",
        "guest",
        "public",
    ];
    if reserved.contains(&login) || login.starts_with("pg_") {
        return invalid(
            LOGIN,
            format!("The administrator cannot be called '{login}'."),
        );
    }
    if let Some(password) = password.as_ref().and_then(Value::as_str) {
        let tests: [fn(char) -> bool; 4] = [
            |c| c.is_lowercase(),
            |c| c.is_uppercase(),
            |c| c.is_ascii_digit(),
            |c| !c.is_alphanumeric(),
        ];
        let classes = tests
            .iter()
            .filter(|test| password.chars().any(test))
            .count();
        if !(8..=128).contains(&password.chars().count()) || classes < 3 {
            let message = "The password must have 8 to 128 characters of three of: lower case, upper case, digits, others.";
            return Err(Refusal::bad_request("PasswordNotComplex", message).at(PASSWORD));
        }
    }
    if let Some(password) = password {
        draft.hidden["administratorLoginPassword"] = password;
    }
    Ok(())
}

fn sku(body: &Value) -> Result<(), Refusal> {
    let name = json::text(body, "sku.name").unwrap_or_default();
    let tier = json::text(body, "sku.tier").unwrap_or_default();
    let prefix = match tier {
        "Burstable" => "Standard_B",
        "GeneralPurpose" => "Standard_D",
        "MemoryOptimized" => "Standard_E",
        _ => {
            return invalid(
                "sku",
                "The property 'sku' is required, with a name and a tier.",
            );
        }
    };
    if !name.starts_with(prefix) {
        return invalid(
            "sku.name",
            format!("The compute size '{name}' is not one of the tier '{tier}'."),
        );
    }
    if tier == "Burstable"
        && json::text(body, "properties.highAvailability.mode")
            .is_some_and(|mode| mode != "Disabled")
    {
        return invalid(
            "properties.highAvailability",
            "High availability is not supported for the tier 'Burstable'.",
        );
    }
    Ok(())
}

fn storage(draft: &mut Draft) -> Result<(), Refusal> {
    const PATH: &str = "properties.storage.storageSizeGB";
    json::default(&mut draft.body, PATH, 32);
    let size = |body: &Value| {
        json::at(body, PATH)
            .and_then(Value::as_i64)
            .unwrap_or_default()
    };
    let wanted = size(&draft.body);
    if !SIZES.contains(&wanted)
        && json::text(&draft.body, "properties.storage.type") != Some("PremiumV2_LRS")
    {
        return invalid(
            PATH,
            format!("{wanted} GiB is not one of the sizes: {SIZES:?}."),
        );
    }
    let had = draft
        .before
        .map(|before| size(&before.body))
        .unwrap_or_default();
    if wanted < had {
        return invalid(
            PATH,
            format!("The storage cannot shrink from {had} to {wanted} GiB."),
        );
    }
    let version = |body: &Value| {
        json::text(body, "properties.version").and_then(|version| version.parse::<u32>().ok())
    };
    let old = draft.before.and_then(|before| version(&before.body));
    match (old, version(&draft.body)) {
        (Some(old), Some(new)) if new < old => invalid(
            "properties.version",
            format!("The version cannot go back from {old} to {new}."),
        ),
        _ => Ok(()),
    }
}

/// A server in a network needs a subnet that is delegated to it, and a private DNS zone that is linked to the network.
/// That the link comes first is from azurerm#20847; the codes of a missing delegation or link are not published.
fn network(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    const SUBNET: &str = "properties.network.delegatedSubnetResourceId";
    const ZONE: &str = "properties.network.privateDnsZoneArmResourceId";
    let Some(subnet) = scene.referred(
        &draft.body,
        SUBNET,
        "Microsoft.Network/virtualNetworks/subnets",
    )?
    else {
        json::default(
            &mut draft.body,
            "properties.network.publicNetworkAccess",
            "Enabled",
        );
        return Ok(());
    };
    if !is_delegated(subnet, SERVER.name) {
        let message = format!(
            "The subnet {} must be delegated to '{}'.",
            subnet.id, SERVER.name
        );
        return Err(Refusal::bad_request("SubnetNotDelegated", message).at(SUBNET));
    }
    // It has to be said: left out it counts as enabled, as azurerm#26098 tells.
    const ACCESS: &str = "properties.network.publicNetworkAccess";
    if json::text(&draft.body, ACCESS) != Some("Disabled") {
        let message = "Conflicting configuration is detected between Public Network Access and Virtual Network arguments. \
                       Public Network Access is not supported along with Virtual Network feature.";
        return Err(Refusal::bad_request(
            "ConflictingPublicNetworkAccessAndVirtualNetworkConfiguration",
            message,
        )
        .at(ACCESS));
    }
    let Some(zone) = scene.referred(&draft.body, ZONE, "Microsoft.Network/privateDnsZones")? else {
        let message = "The parameter privateDnsZoneArmResourceId is required, and must be provided by customer.";
        return Err(Refusal::bad_request("EmptyPrivateDnsZoneArmResourceId", message).at(ZONE));
    };
    if !zone
        .id
        .name()
        .to_lowercase()
        .ends_with(".postgres.database.azure.com")
    {
        let message = format!(
            "The name of the private DNS zone {} must end with '.postgres.database.azure.com'.",
            zone.id
        );
        return Err(Refusal::bad_request("PrivateDnsZoneNameNotValid", message).at(ZONE));
    }
    let network = subnet.id.parent();
    let mut links = scene.world.store.of_type(
        &zone.id,
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
    );
    let linked = links.any(|link| {
        let to = json::text(&link.body, "properties.virtualNetwork.id").and_then(ResourceId::parse);
        link.visible && link.pending.is_none() && to.is_some() && to == network
    });
    if !linked {
        let message = format!(
            "The private DNS zone {} is not linked to the virtual network of {}.",
            zone.id, subnet.id
        );
        return Err(Refusal::bad_request("PrivateDnsZoneNotLinked", message).at(ZONE));
    }
    Ok(())
}

fn defaults(scene: &Scene, draft: &mut Draft) {
    let address = format!("{}.postgres.database.azure.com", draft.id.name());
    draft.keep("properties.backup.earliestRestoreDate", || {
        written(scene.now).into()
    });
    let body = &mut draft.body;
    let available =
        json::text(body, "properties.highAvailability.mode").is_some_and(|mode| mode != "Disabled");
    for (path, value) in [
        ("properties.version", json!("17")),
        ("properties.availabilityZone", json!("1")),
        ("properties.storage.autoGrow", json!("Disabled")),
        ("properties.storage.iops", json!(120)),
        ("properties.storage.tier", json!("P4")),
        ("properties.storage.type", json!("Premium_LRS")),
        ("properties.backup.backupRetentionDays", json!(7)),
        ("properties.backup.geoRedundantBackup", json!("Disabled")),
        (
            "properties.authConfig.activeDirectoryAuth",
            json!("Disabled"),
        ),
        ("properties.authConfig.passwordAuth", json!("Enabled")),
        ("properties.dataEncryption.type", json!("SystemManaged")),
        (
            "properties.maintenanceWindow.customWindow",
            json!("Disabled"),
        ),
        ("properties.maintenanceWindow.dayOfWeek", json!(0)),
        ("properties.maintenanceWindow.startHour", json!(0)),
        ("properties.maintenanceWindow.startMinute", json!(0)),
        ("properties.replicationRole", json!("Primary")),
    ] {
        json::default(body, path, value);
    }
    for (path, value) in [
        ("properties.fullyQualifiedDomainName", json!(address)),
        (
            "properties.highAvailability.state",
            json!(if available { "Healthy" } else { "NotEnabled" }),
        ),
        ("properties.minorVersion", json!("6")),
        ("properties.privateEndpointConnections", json!([])),
        ("properties.replicaCapacity", json!(5)),
    ] {
        json::set(body, path, value);
    }
}

/// A server comes with its databases and its parameters.
fn stored(world: &mut World, server: &ResourceId, before: Option<&Resource>, now: Millis) {
    if before.is_none() {
        for resource in children::first(server, now)
            .into_iter()
            .chain(configuration::all(server, now))
        {
            world.store.put(resource);
        }
    }
}

/// A server has no state for what failed: it goes on as it was.
fn show_state(_: &World, server: &Resource, body: &mut Value) {
    let shown = json::text(body, "properties.state");
    if matches!(shown, Some("Failed" | "Canceled")) {
        json::set(body, "properties.state", "Ready");
    }
    if server.pending.is_none() && json::text(&server.hidden, "switched") == Some("Stopped") {
        json::set(body, "properties.state", "Stopped");
    }
}

fn switch(world: &mut World, act: &Act, state: &str) -> Result<Reply, Refusal> {
    asked(world, act)?.hidden["switched"] = state.into();
    Ok(begin(world, act, None, None))
}

/// The servers that use a private DNS zone with a network.
pub fn of_zone<'a>(
    world: &'a World,
    zone: &'a ResourceId,
    network: &'a str,
) -> Option<&'a Resource> {
    let network = ResourceId::parse(network)?;
    let mut servers = users(
        world,
        zone,
        SERVER.name,
        "properties.network.privateDnsZoneArmResourceId",
    );
    servers.find(|server| {
        let subnet = json::text(&server.body, "properties.network.delegatedSubnetResourceId");
        subnet
            .and_then(ResourceId::parse)
            .and_then(|subnet| subnet.parent())
            == Some(network.clone())
    })
}
