//! Microsoft.Resources: resource groups, and the tags of scopes.

use super::{TAGS, table};
use crate::rules::{Location, NameRule, Place, Put, Rules, State, Style, at_once, later};

/// The types of this service.
pub const TYPES: &[&Rules] = &[&RESOURCE_GROUP, &TAGS_OF_A_SCOPE];

/// `Microsoft.Resources`: versions that clients of groups, subscriptions and tags send.
const VERSIONS: &[&str] = &[
    "2025-04-01",
    "2024-11-01",
    "2022-12-01",
    "2022-09-01",
    "2021-04-01",
    "2020-06-01",
];

static RESOURCE_GROUP: Rules = Rules {
    name: "Microsoft.Resources/resourceGroups",
    versions: VERSIONS,
    table: table!("Microsoft.Resources.resourceGroups"),
    place: Place::Subscription,
    location: Location::Region,
    name_rule: NameRule {
        length: (1, 90),
        others: "_-.()",
        code: "InvalidResourceGroup",
        ..NameRule::USUAL
    },
    put: Some(Put {
        created: at_once(201),
        updated: at_once(200),
    }),
    patch: Some(at_once(200)),
    delete: Some(later(202, Style::Location)),
    busy: "ResourceGroupBeingDeleted",
    ..Rules::USUAL
};

/// Answered by `arm::tags`; declared for its versions and its table.
static TAGS_OF_A_SCOPE: Rules = Rules {
    name: TAGS,
    versions: VERSIONS,
    table: table!("Microsoft.Resources.tags"),
    place: Place::Anywhere,
    state: State::NONE,
    ..Rules::USUAL
};
