//! Microsoft.Authorization: role assignments, and the roles that are built in.

use serde_json::{Value, json};

use super::table;
use crate::clock::written;
use crate::exchange::Request;
use crate::id::ResourceId;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Draft, NameRule, Place, Rules, Scene, State};
use crate::store::Resource;

/// The types of this service.
pub const TYPES: &[&Rules] = &[&ASSIGNMENT, &DEFINITION];

const VERSIONS: &[&str] = &["2022-04-01"];

static ASSIGNMENT: Rules = Rules {
    name: "Microsoft.Authorization/roleAssignments",
    versions: VERSIONS,
    table: table!("Microsoft.Authorization.roleAssignments"),
    place: Place::Anywhere,
    name_rule: NameRule {
        length: (36, 36),
        others: "-",
        code: "InvalidRoleAssignmentId",
        ..NameRule::USUAL
    },
    state: State::NONE,
    prepare,
    list: Some(list),
    ..Rules::USUAL
};

static DEFINITION: Rules = Rules {
    name: "Microsoft.Authorization/roleDefinitions",
    versions: VERSIONS,
    table: table!("Microsoft.Authorization.roleDefinitions"),
    place: Place::Anywhere,
    state: State::NONE,
    list: Some(list_definitions),
    find: Some(|scene| {
        let known = role(scene.id.name()).map(|role| definition(scene.id, role));
        known.ok_or_else(|| {
            let message = format!(
                "The specified role definition with ID '{}' does not exist.",
                scene.id.name()
            );
            Refusal::not_found("RoleDefinitionDoesNotExist", message)
        })
    }),
    ..Rules::READ_ONLY
};

/// Roles by GUID and name: "Azure built-in roles" in the service's documentation.
const ROLES: &[(&str, &str)] = &[
    (
        "00482a5a-887f-4fb3-b363-3b7fe8e74483",
        "Key Vault Administrator",
    ),
    (
        "12338af0-0e69-4776-bea7-57ae8d297424",
        "Key Vault Crypto User",
    ),
    (
        "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
        "Key Vault Crypto Officer",
    ),
    (
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
    ),
    ("21090545-7ca7-4776-b22c-e363652d74d2", "Key Vault Reader"),
    (
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        "Storage Blob Data Reader",
    ),
    (
        "3913510d-42f4-4e42-8a64-420c390055eb",
        "Monitoring Metrics Publisher",
    ),
    (
        "4633458b-17de-408a-b874-0445c86b69e6",
        "Key Vault Secrets User",
    ),
    (
        "4d97b98b-1d4f-4787-a291-c67834d212e7",
        "Network Contributor",
    ),
    (
        "73c42c96-874c-492b-b04d-ab87d138a893",
        "Log Analytics Reader",
    ),
    ("7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPull"),
    ("8311e382-0749-4cb8-b61a-304f252e45ec", "AcrPush"),
    ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner"),
    (
        "92aaf0da-9dab-42b6-94a3-d43ce8d16293",
        "Log Analytics Contributor",
    ),
    (
        "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
        "Storage Queue Data Contributor",
    ),
    ("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader"),
    ("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor"),
    (
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        "Storage Blob Data Owner",
    ),
    (
        "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        "Key Vault Secrets Officer",
    ),
    (
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        "Storage Blob Data Contributor",
    ),
    (
        "e147488a-f6f5-4113-8e2d-b22465e65bf6",
        "Key Vault Crypto Service Encryption User",
    ),
    (
        "f1a07417-d97a-45cb-824c-7a7467783830",
        "Managed Identity Operator",
    ),
    (
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Role Based Access Control Administrator",
    ),
];

/// The roles that let an image be pulled.
pub const ACR_PULL: &[&str] = &["AcrPull", "AcrPush", "Owner", "Contributor", "Reader"];

/// The roles that let a secret be read.
pub const SECRET_READERS: &[&str] = &[
    "Key Vault Secrets User",
    "Key Vault Secrets Officer",
    "Key Vault Administrator",
];

/// Whether a principal has one of some roles on a scope, or on what the scope lies in. An assignment is felt after a while.
pub fn may(scene: &Scene, principal: &str, scope: &ResourceId, roles: &[&str]) -> bool {
    let inside = format!("{}/", scope.key());
    let lag = scene.world.settings.of(scene.id.subscription()).role_lag;
    let assignments = scene.world.store.all();
    assignments
        .filter(|assignment| assignment.is(ASSIGNMENT.name))
        .any(|assignment| {
            let on = assignment
                .id
                .parent()
                .is_some_and(|on| inside.starts_with(&format!("{}/", on.key())));
            on && scene.now >= assignment.created.saturating_add(lag)
                && json::text(&assignment.body, "properties.principalId") == Some(principal)
                && role_of(&assignment.body).is_some_and(|(_, name)| roles.contains(&name))
        })
}

fn role(guid: &str) -> Option<(&'static str, &'static str)> {
    ROLES
        .iter()
        .copied()
        .find(|(known, _)| known.eq_ignore_ascii_case(guid))
}

fn role_of(body: &Value) -> Option<(&'static str, &'static str)> {
    role(
        json::text(body, "properties.roleDefinitionId")?
            .rsplit('/')
            .next()?,
    )
}

fn prepare(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    if uuid::Uuid::try_parse(draft.id.name()).is_err() {
        let message = format!(
            "The role assignment ID '{}' is not valid. The role assignment ID must be a GUID.",
            draft.id.name()
        );
        return Err(Refusal::bad_request("InvalidRoleAssignmentId", message));
    }
    let principal = json::text(&draft.body, "properties.principalId")
        .unwrap_or_default()
        .to_owned();
    if uuid::Uuid::try_parse(&principal).is_err() {
        let message = format!("A principal id is a GUID; '{principal}' is not one.");
        return Err(
            Refusal::bad_request("InvalidPrincipalId", message).at("properties.principalId")
        );
    }
    let Some((guid, _)) = role_of(&draft.body) else {
        let id = json::text(&draft.body, "properties.roleDefinitionId").unwrap_or_default();
        let message = format!("The specified role definition with ID '{id}' does not exist.");
        return Err(Refusal::bad_request("RoleDefinitionDoesNotExist", message));
    };
    let definition = draft.id.subscription_id().resource(DEFINITION.name, guid);
    json::set(
        &mut draft.body,
        "properties.roleDefinitionId",
        definition.as_str(),
    );
    principal_type(scene, draft, &principal)?;
    once(scene, draft)?;

    let now = written(scene.now);
    let scope = draft.id.parent().map(|scope| scope.as_str().to_owned());
    draft.keep("properties.createdOn", || now.clone().into());
    let body = &mut draft.body;
    json::set(body, "properties.scope", scope);
    json::set(body, "properties.updatedOn", now);
    for path in ["properties.createdBy", "properties.updatedBy"] {
        json::set(body, path, "7e000000-0000-4000-8000-000000000002");
    }
    Ok(())
}

/// Only the principals of identities that exist here are known. A new one is found by its type before it is found
/// without; any other GUID may be somebody in the directory.
fn principal_type(scene: &Scene, draft: &mut Draft, principal: &str) -> Result<(), Refusal> {
    let given = json::text(&draft.body, "properties.principalType");
    let mut all = scene.world.store.all();
    let identity = all.find(|resource| {
        let known = ["properties.principalId", "identity.principalId"];
        !resource.is(ASSIGNMENT.name)
            && known
                .iter()
                .any(|path| json::text(&resource.body, path) == Some(principal))
    });
    let Some(identity) = identity else {
        json::default(&mut draft.body, "properties.principalType", "User");
        return Ok(());
    };
    let lag = scene
        .world
        .settings
        .of(draft.id.subscription())
        .principal_lag;
    match given {
        None if scene.now < identity.created.saturating_add(lag) => {
            let message = format!(
                "Principal {principal} does not exist in the directory. If it is new, set the principalType property to a \
                 value, such as ServicePrincipal, to account for replication delays."
            );
            return Err(Refusal::bad_request("PrincipalNotFound", message));
        }
        Some(other) if other != "ServicePrincipal" => {
            let message = format!(
                "The principal {principal} is of type ServicePrincipal, and not of type {other}."
            );
            return Err(Refusal::bad_request("UnmatchedPrincipalType", message));
        }
        _ => {}
    }
    json::set(
        &mut draft.body,
        "properties.principalType",
        "ServicePrincipal",
    );
    Ok(())
}

/// Who and what an assignment is about.
fn matter(body: &Value) -> [Option<String>; 2] {
    ["properties.principalId", "properties.roleDefinitionId"]
        .map(|path| json::text(body, path).map(str::to_lowercase))
}

/// An assignment is about the same for ever, and there is one of each.
fn once(scene: &Scene, draft: &Draft) -> Result<(), Refusal> {
    if let Some(before) = draft.before {
        if matter(&before.body) == matter(&draft.body) {
            return Ok(());
        }
        let message =
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
        return Err(Refusal::bad_request(
            "RoleAssignmentUpdateNotPermitted",
            message,
        ));
    }
    let Some(scope) = draft.id.parent() else {
        return Ok(());
    };
    let mut there = scene.world.store.of_type(&scope, ASSIGNMENT.name);
    let same = |other: &Resource| {
        other.id.parent().as_ref() == Some(&scope) && matter(&other.body) == matter(&draft.body)
    };
    match there.find(|other| same(other)) {
        Some(other) => {
            let message = format!(
                "The role assignment already exists. The ID of the existing role assignment is {}.",
                other.id.name()
            );
            Err(Refusal::conflict("RoleAssignmentExists", message))
        }
        None => Ok(()),
    }
}

/// Those on a scope, on what it lies in and, unless `atScope()` asks for less, on what lies in it.
fn list(scene: &Scene, request: &Request) -> Vec<Value> {
    let filter = request
        .parameter("$filter")
        .unwrap_or_default()
        .to_lowercase();
    let quoted = filter.split('\'').nth(1);
    let wanted =
        quoted.filter(|_| filter.contains("principalid eq") || filter.contains("assignedto("));
    let here = format!("{}/", scene.id.key());
    let assignments = scene
        .world
        .store
        .all()
        .filter(|resource| resource.is(ASSIGNMENT.name));
    assignments
        .filter(|assignment| {
            let on = assignment
                .id
                .parent()
                .map(|on| format!("{}/", on.key()))
                .unwrap_or_default();
            here.starts_with(&on) || (!filter.contains("atscope()") && on.starts_with(&here))
        })
        .filter(|assignment| {
            let principal =
                json::text(&assignment.body, "properties.principalId").unwrap_or_default();
            wanted.is_none_or(|wanted| principal.eq_ignore_ascii_case(wanted))
        })
        .map(|assignment| scene.world.shown(assignment, scene.now))
        .collect()
}

fn list_definitions(scene: &Scene, request: &Request) -> Vec<Value> {
    let filter = request.parameter("$filter").unwrap_or_default();
    let wanted = filter
        .strip_prefix("roleName eq '")
        .and_then(|rest| rest.strip_suffix('\''));
    let known = ROLES
        .iter()
        .filter(|(_, name)| wanted.is_none_or(|wanted| name.eq_ignore_ascii_case(wanted)));
    known.map(|role| definition(scene.id, *role)).collect()
}

fn definition(scope: &ResourceId, (guid, name): (&str, &str)) -> Value {
    json!({
        "id": scope.subscription_id().resource(DEFINITION.name, guid).as_str(),
        "name": guid,
        "type": DEFINITION.name,
        "properties": {
            "roleName": name, "type": "BuiltInRole", "description": name, "assignableScopes": ["/"], "permissions": [],
        },
    })
}
