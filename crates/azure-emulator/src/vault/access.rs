//! Who may ask a vault: tokens, networks, and then roles or access policies, as the vault has it.

use super::asked::{Asked, Right};
use super::{Address, forbidden};
use crate::clock::Millis;
use crate::exchange::Request;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::Scene;
use crate::store::Resource;
use crate::token::{TENANT, Unfit};
use crate::types::authorization::may;
use crate::world::World;

/// What tokens for vaults are for.
const AUDIENCE: &str = "https://vault.azure.net";

/// The principal whose token a request brings. Without one that is for vaults the client is told where to get it.
pub fn caller(
    world: &World,
    address: &Address,
    request: &Request,
    now: Millis,
) -> Result<String, Refusal> {
    let message = match world.tokens.of(request, now) {
        Ok(token) if token.audience.trim_end_matches('/') == AUDIENCE => {
            return Ok(token.principal.clone());
        }
        Ok(token) => format!(
            "AKV10022: Invalid audience. Expected {AUDIENCE}, found: {}.",
            token.audience
        ),
        Err(Unfit::Missing) => "AKV10000: Request is missing a Bearer or PoP token.".to_owned(),
        Err(Unfit::Unknown) => "Error validating token: it is not known here.".to_owned(),
        Err(Unfit::Expired) => "Error validating token: it has expired.".to_owned(),
    };
    let challenge = format!(
        "Bearer authorization=\"{}\", resource=\"{AUDIENCE}\"",
        address.authority
    );
    Err(Refusal::new(401, "Unauthorized", message).with_header("www-authenticate", challenge))
}

/// Refuses what comes over a network that the vault does not let in, and what the principal may not.
pub fn check(
    world: &World,
    vault: &Resource,
    principal: &str,
    asked: &Asked,
    now: Millis,
) -> Result<(), Refusal> {
    let text = |path| json::text(&vault.body, path).unwrap_or_default();
    if text("properties.publicNetworkAccess").eq_ignore_ascii_case("Disabled") {
        let message = "Public network access is disabled and request is not from a trusted service nor via an approved private link.";
        return Err(forbidden("ForbiddenByConnection", message));
    }
    if text("properties.networkAcls.defaultAction").eq_ignore_ascii_case("Deny") {
        let message = "Client address is not authorized and caller is not a trusted service.";
        return Err(forbidden("ForbiddenByFirewall", message));
    }
    let right = asked.right();
    let who = format!("appid={principal};oid={principal};iss=https://sts.windows.net/{TENANT}/");
    let place = format!(
        "{};location={}",
        vault.id.name(),
        vault.location().unwrap_or_default()
    );
    match json::truth(&vault.body, "properties.enableRbacAuthorization") {
        true => by_role(world, vault, principal, asked, &right, now).map_err(|resource| {
            let message = format!(
                "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or \
                 role definitions were changed recently, please observe propagation time.\r\nCaller: {who}\r\nAction: \
                 'Microsoft.KeyVault/vaults/keys/{}'\r\nResource: '{resource}'\r\nAssignment: (not found)\r\nVault: \
                 {place}\r\n",
                right.action
            );
            forbidden("ForbiddenByRbac", message)
        }),
        false if in_policies(vault, principal, right.permission) => Ok(()),
        false => {
            let message = format!(
                "The user, group or application '{who}' does not have keys {} permission on key vault '{place}'. For \
                 help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
                right.permission
            );
            Err(forbidden("ForbiddenByPolicy", message))
        }
    }
}

fn by_role(
    world: &World,
    vault: &Resource,
    principal: &str,
    asked: &Asked,
    right: &Right,
    now: Millis,
) -> Result<(), String> {
    let on = match asked.key() {
        Some(name) => vault.id.child("keys", name),
        None => vault.id.clone(),
    };
    let scene = Scene {
        world,
        id: &vault.id,
        now,
    };
    match may(&scene, principal, &on, right.roles) {
        true => Ok(()),
        false => Err(on.as_str().to_lowercase()),
    }
}

fn in_policies(vault: &Resource, principal: &str, permission: &str) -> bool {
    let mut policies = json::list(&vault.body, "properties.accessPolicies").iter();
    policies.any(|policy| {
        let mut keys = json::list(policy, "permissions.keys").iter();
        json::text(policy, "objectId") == Some(principal)
            && keys.any(|granted| {
                let granted = granted.as_str().unwrap_or_default();
                granted.eq_ignore_ascii_case(permission) || granted.eq_ignore_ascii_case("all")
            })
    })
}
