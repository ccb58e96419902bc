//! Microsoft.ManagedIdentity: user-assigned identities, and what else may sign in as one.

use serde_json::Value;

use super::table;
use crate::json;
use crate::random::guid;
use crate::refusal::Refusal;
use crate::rules::{Draft, Location, NameRule, Place, Rules, Scene, State, at_once};
use crate::token::TENANT;

/// The types of this service.
pub const TYPES: &[&Rules] = &[&IDENTITY, &FEDERATED_CREDENTIAL];

const VERSIONS: &[&str] = &["2024-11-30", "2023-01-31"];

static IDENTITY: Rules = Rules {
    name: "Microsoft.ManagedIdentity/userAssignedIdentities",
    versions: VERSIONS,
    table: table!("Microsoft.ManagedIdentity.userAssignedIdentities"),
    location: Location::Region,
    name_rule: NameRule {
        length: (3, 128),
        others: "_-",
        ..NameRule::USUAL
    },
    patch: Some(at_once(200)),
    state: State::NONE,
    malformed: "BadRequest",
    prepare: |_, draft| {
        draft.keep("properties.principalId", || guid().into());
        draft.keep("properties.clientId", || guid().into());
        draft.keep("properties.tenantId", || TENANT.into());
        Ok(())
    },
    ..Rules::USUAL
};

static FEDERATED_CREDENTIAL: Rules = Rules {
    name: "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
    versions: VERSIONS,
    table: table!("Microsoft.ManagedIdentity.userAssignedIdentities.federatedIdentityCredentials"),
    place: Place::Parent,
    name_rule: NameRule {
        length: (3, 120),
        others: "_-",
        ..NameRule::USUAL
    },
    state: State::NONE,
    malformed: "BadRequest",
    prepare: distinct,
    ..Rules::USUAL
};

/// Issuer and subject together name one credential of an identity.
fn distinct(scene: &Scene, draft: &mut Draft) -> Result<(), Refusal> {
    let who = |body: &Value| {
        let part = |path: &str| json::text(body, path).map(str::to_owned);
        (part("properties.issuer"), part("properties.subject"))
    };
    let Some(identity) = draft.id.parent() else {
        return Ok(());
    };
    let taken = scene
        .world
        .store
        .of_type(&identity, FEDERATED_CREDENTIAL.name)
        .any(|other| other.id != draft.id && who(&other.body) == who(&draft.body));
    match taken {
        false => Ok(()),
        true => {
            let message =
                "Issuer and subject combination already exists for this Managed Identity.";
            Err(Refusal::conflict("Conflict", message))
        }
    }
}
