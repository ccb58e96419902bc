//! Container Apps environments.

use serde_json::{Value, json};

use super::super::network::{is_delegated, users};
use super::super::table;
use super::{FIXED, NAME, USUAL, VERIFICATION, show_location};
use crate::clock::Millis;
use crate::json;
use crate::random::letters;
use crate::refusal::Refusal;
use crate::rules::{Draft, Location, NameRule, Rules, Scene, State};
use crate::store::{Resource, canonical_location};
use crate::world::World;

/// `Microsoft.App/managedEnvironments`.
pub static ENVIRONMENT: Rules = Rules {
    name: "Microsoft.App/managedEnvironments",
    table: table!("Microsoft.App.managedEnvironments"),
    location: Location::Region,
    name_rule: NameRule {
        length: (2, 60),
        lower: false,
        code: "ManagedEnvironmentInvalidName",
        ..NAME
    },
    state: State {
        creating: &[
            "Waiting",
            "InitializationInProgress",
            "InfrastructureSetupInProgress",
        ],
        updating: &["UpgradeRequested"],
        deleting: "ScheduledForDelete",
        ..State::USUAL
    },
    busy: "ManagedEnvironmentOperationInProgress",
    prepare,
    show: |_, _, body| show_location(body),
    guard,
    gone: keep_name,
    ..USUAL
};

/// Where what lives in an environment names it.
pub const TENANTS: &[(&str, &str)] = &[
    ("Microsoft.App/containerApps", "properties.environmentId"),
    (
        "Microsoft.App/containerApps",
        "properties.managedEnvironmentId",
    ),
    ("Microsoft.App/jobs", "properties.environmentId"),
];

fn prepare(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    for path in [
        "properties.vnetConfiguration",
        "properties.zoneRedundant",
        "properties.infrastructureResourceGroup",
    ] {
        draft.immutable(path, FIXED)?;
    }
    network(scene, draft)?;
    logs(scene, draft)?;
    let location = json::text(&draft.body, "location")
        .map(canonical_location)
        .unwrap_or_default();
    draft.keep("properties.defaultDomain", || {
        format!("calm{}.{location}.azurecontainerapps.io", letters(8)).into()
    });
    let profiled = json::at(&draft.body, "properties.workloadProfiles").is_some();
    if profiled {
        let group = draft
            .id
            .group()
            .map(|group| group.name().to_owned())
            .unwrap_or_default();
        let name = format!("ME_{}_{group}_{location}", draft.id.name());
        json::default(
            &mut draft.body,
            "properties.infrastructureResourceGroup",
            name,
        );
    }
    let internal = json::truth(&draft.body, "properties.vnetConfiguration.internal");
    let body = &mut draft.body;
    json::set(
        body,
        "properties.staticIp",
        if internal { "10.0.2.4" } else { "20.31.4.5" },
    );
    json::set(
        body,
        "properties.daprConfiguration.version",
        "1.13.6-msft.1",
    );
    json::set(body, "properties.kedaConfiguration.version", "2.17.1");
    json::set(
        body,
        "properties.customDomainConfiguration.customDomainVerificationId",
        VERIFICATION,
    );
    json::default(body, "properties.peerAuthentication.mtls.enabled", false);
    json::default(
        body,
        "properties.peerTrafficConfiguration.encryption.enabled",
        false,
    );
    json::default(body, "properties.publicNetworkAccess", "Enabled");
    json::default(body, "properties.zoneRedundant", false);
    Ok(())
}

/// The subnet must be delegated and hold a /27. Older documents want none of it for environments without workload
/// profiles; by what people report the service asks for it of every environment.
fn network(scene: &Scene, draft: &Draft) -> Result<(), Refusal> {
    let refused = |code: &str, message: String| Err(Refusal::bad_request(code, message).at(SUBNET));
    let Some(subnet) = scene.referred(
        &draft.body,
        SUBNET,
        "Microsoft.Network/virtualNetworks/subnets",
    )?
    else {
        return match json::truth(&draft.body, "properties.vnetConfiguration.internal") {
            true => refused(
                "VnetConfigurationInvalid",
                "An internal environment needs 'infrastructureSubnetId'.".to_owned(),
            ),
            false => Ok(()),
        };
    };
    if !is_delegated(subnet, "Microsoft.App/environments") {
        let message = format!(
            "The subnet of the environment must be delegated to the service 'Microsoft.App/environments': {}.",
            subnet.id
        );
        return refused("ManagedEnvironmentSubnetDelegationError", message);
    }
    let prefixes = json::list(&subnet.body, "properties.addressPrefixes")
        .iter()
        .filter_map(Value::as_str);
    let prefix = json::text(&subnet.body, "properties.addressPrefix")
        .into_iter()
        .chain(prefixes)
        .next();
    let size = prefix.and_then(|prefix| prefix.parse::<ipnet::IpNet>().ok());
    if size.is_some_and(|range| range.prefix_len() > 27) {
        let message = format!(
            "The subnet {} is too small; an environment needs a /27.",
            subnet.id
        );
        return refused("ManagedEnvironmentInvalidNetworkConfiguration", message);
    }
    let taken = TENANT_SUBNETS.iter().find_map(|(type_name, path)| {
        users(scene.world, &subnet.id, type_name, path).find(|other| other.id != draft.id)
    });
    match taken {
        Some(other) => refused(
            "ManagedEnvironmentSubnetInUse",
            format!("The subnet is already in use by {}.", other.id),
        ),
        None => Ok(()),
    }
}

/// What else can have taken a whole subnet.
const TENANT_SUBNETS: &[(&str, &str)] = &[
    ("Microsoft.App/managedEnvironments", SUBNET),
    (
        "Microsoft.DBforPostgreSQL/flexibleServers",
        "properties.network.delegatedSubnetResourceId",
    ),
];

/// Where an environment names its subnet.
const SUBNET: &str = "properties.vnetConfiguration.infrastructureSubnetId";

/// Logs go to a workspace whose key is shown once: it is never given back, and a PUT has to bring it again.
fn logs(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    const PATH: &str = "properties.appLogsConfiguration.logAnalyticsConfiguration";
    if json::text(&draft.body, "properties.appLogsConfiguration.destination")
        != Some("log-analytics")
    {
        return Ok(());
    }
    if let Some(key) = json::take(&mut draft.body, &format!("{PATH}.sharedKey")) {
        draft.hidden["sharedKey"] = key;
    }
    let customer = json::text(&draft.body, &format!("{PATH}.customerId")).unwrap_or_default();
    let key = draft
        .hidden
        .get("sharedKey")
        .cloned()
        .unwrap_or(Value::Null);
    let mut workspaces = scene
        .world
        .store
        .all()
        .filter(|other| other.is("Microsoft.OperationalInsights/workspaces"));
    let right = workspaces.any(|workspace| {
        let mut keys = ["primarySharedKey", "secondarySharedKey"].into_iter();
        json::text(&workspace.body, "properties.customerId") == Some(customer)
            && keys.any(|name| workspace.hidden.get(name) == Some(&key))
    });
    match right {
        true => Ok(()),
        false => {
            let message = "LogAnalyticsConfiguration is invalid. Must provide a valid LogAnalyticsConfiguration: the customer id and a shared key of a workspace.";
            Err(Refusal::bad_request("InvalidRequestParameterWithDetails", message).at(PATH))
        }
    }
}

fn guard(scene: &Scene, environment: &Resource) -> Result<(), Refusal> {
    for (type_name, path) in TENANTS {
        let Some(tenant) = users(scene.world, &environment.id, type_name, path).next() else {
            continue;
        };
        let (code, what) = match tenant.is("Microsoft.App/jobs") {
            true => (
                "ManagedEnvironmentHasContainerAppsJobs",
                "Container Apps Jobs",
            ),
            false => ("ManagedEnvironmentHasContainerApps", "ContainerApps"),
        };
        let message = format!(
            "The specified environment {} cannot be deleted because it still contains {what}, such as {}.",
            environment.id.name(),
            tenant.id
        );
        return Err(Refusal::conflict(code, message));
    }
    Ok(())
}

/// The name of an environment stays taken for a while after it is gone.
fn keep_name(world: &mut World, environment: &Resource, now: Millis) {
    let time = world
        .settings
        .of(environment.id.subscription())
        .name_retention;
    if time > 0 {
        world
            .store
            .retained
            .insert(environment.id.key(), now.saturating_add(time));
    }
}

/// The environment that an app or a job is in: it must be there, be ready, and lie in the same region.
pub fn of_tenant<'a>(scene: &Scene<'a>, body: &Value, path: &str) -> Result<&'a Resource, Refusal> {
    let Some(environment) = scene.referred(body, path, ENVIRONMENT.name)? else {
        let message = format!("The property '{path}' is required.");
        return Err(Refusal::bad_request("InvalidRequestContent", message).at(path));
    };
    let state = scene.world.shown(environment, scene.now);
    let state = json::text(&state, "properties.provisioningState").unwrap_or_default();
    if !matches!(state, "Succeeded" | "UpgradeRequested") {
        let message = format!(
            "The environment '{}' is not ready; its state is '{state}'.",
            environment.id.name()
        );
        return Err(Refusal::conflict(
            "ManagedEnvironmentNotProvisioned",
            message,
        ));
    }
    let own = json::text(body, "location").map(canonical_location);
    if own != environment.location() {
        let message = format!(
            "The location must be that of the environment '{}'.",
            environment.id.name()
        );
        return Err(Refusal::bad_request("ContainerAppLocationMismatch", message).at("location"));
    }
    let profile = json::text(body, "properties.workloadProfileName");
    let profiles = json::list(&environment.body, "properties.workloadProfiles");
    let known = |name: &str| {
        profiles
            .iter()
            .any(|profile| json::text(profile, "name") == Some(name))
    };
    match profile {
        Some(name) if !known(name) => {
            let message = format!(
                "The environment '{}' has no workload profile '{name}'.",
                environment.id.name()
            );
            Err(Refusal::bad_request("WorkloadProfileNotFound", message)
                .at("properties.workloadProfileName"))
        }
        _ => Ok(environment),
    }
}

/// Whether what asks for a profile runs on the shared machines, whose sizes are fixed.
pub fn is_consumption(environment: &Resource, profile: Option<&str>) -> bool {
    let profiles = json::list(&environment.body, "properties.workloadProfiles");
    let found = profiles
        .iter()
        .find(|candidate| json::text(candidate, "name") == profile);
    found.is_none_or(|found| json::text(found, "workloadProfileType") == Some("Consumption"))
}

/// The part of an address that all apps of an environment have.
pub fn domain(environment: &Resource) -> String {
    json::text(&environment.body, "properties.defaultDomain")
        .unwrap_or_default()
        .to_owned()
}

/// The name of an environment's default profile, if it has profiles.
pub fn default_profile(environment: &Resource) -> Option<Value> {
    let profiles = json::list(&environment.body, "properties.workloadProfiles");
    let shared = profiles
        .iter()
        .find(|profile| json::text(profile, "workloadProfileType") == Some("Consumption"));
    shared.map(|profile| json!(json::text(profile, "name")))
}
