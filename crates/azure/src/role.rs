//! A custom role that permits what is asked for.
//!
//! <https://learn.microsoft.com/azure/role-based-access-control/custom-roles>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use stack_model::{Expr, Value};
use stack_provider::{Ask, Catalog, Need, Purpose};

use crate::arm::ResourceId;
use crate::arm::actions::waiting;
use crate::client::Azure;
use crate::preflight::ACTIONS as PREFLIGHT;
use crate::quotas;

/// The type whose objects are of any type: which, only an input says.
const GENERIC: &str = "azure:resources:Generic";

/// Every action that it takes.
fn actions(catalog: &Catalog<Azure>, purpose: &Purpose) -> BTreeSet<String> {
    // Who we are is asked before anything else.
    let mut wanted = BTreeSet::from(["Microsoft.Resources/subscriptions/read".to_owned()]);
    for need in &purpose.needs {
        let Some(actions) = catalog.actions(&need.type_name) else {
            continue;
        };
        let called = need.called(actions).map(AsRef::as_ref);
        match any_type(need) {
            Some(kind) => {
                wanted.extend(called.map(|action| action.replacen('*', kind, 1)));
                wanted.extend(waiting(kind).into_iter().filter(|_| purpose.changing));
            }
            None => wanted.extend(called.map(str::to_owned)),
        }
        let implied = need.implied(actions);
        wanted.extend(implied.map(|implied| implied.action.clone().into_owned()));
    }
    wanted
}

/// What Azure can be asked about it: the actions, at the subscription and at each resource group that is known.
pub(crate) fn asks(catalog: &Catalog<Azure>, purpose: &Purpose) -> Vec<Ask> {
    let ids = purpose.needs.iter().flat_map(|need| need.inputs.values());
    let ids = ids.filter_map(|expr| match expr {
        Expr::Literal(value) => ResourceId::parse(value.revealed().as_str()?).ok(),
        _ => None,
    });
    let groups: BTreeSet<String> = ids.filter_map(|id| Some(id.group()?.to_string())).collect();
    // What is asked for by a pattern, a role may permit by name.
    let actions = actions(catalog, purpose).into_iter();
    vec![Ask {
        actions: actions.filter(|action| !action.contains('*')).collect(),
        on: groups.into_iter().collect(),
        given: BTreeMap::new(),
        exact: true,
    }]
}

/// The role's definition, as `az role definition create` takes it.
pub(crate) fn definition(catalog: &Catalog<Azure>, purpose: &Purpose) -> String {
    let mut wanted = actions(catalog, purpose);
    if purpose.changing {
        // What an apply asks before it begins. See `preflight` and `quotas`.
        wanted.extend(PREFLIGHT.map(str::to_owned));
        let types = purpose.needs.iter().map(|need| &need.type_name);
        wanted.extend(types.filter_map(quotas::action).map(str::to_owned));
    }
    let (what, ending) = match purpose.changing {
        true => ("makes, changes and deletes", ""),
        false => ("plans", " plan"),
    };
    let subscription = purpose.account.as_deref().unwrap_or("SUBSCRIPTION");
    let definition = json!({
        "Name": format!("stack {}{ending}", purpose.name),
        "IsCustom": true,
        "Description": format!("What stack {what} of {}", purpose.name),
        "Actions": wanted,
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": [format!("/subscriptions/{subscription}")],
    });
    format!("{definition:#}")
}

/// The type of an object that may be of any, where it is known.
fn any_type(need: &Need) -> Option<&str> {
    match need.inputs.get("type") {
        Some(Expr::Literal(Value::String(kind))) if need.type_name.as_str() == GENERIC => {
            Some(kind)
        }
        _ => None,
    }
}
