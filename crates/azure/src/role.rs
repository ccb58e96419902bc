//! A custom role that permits what is asked for.
//!
//! <https://learn.microsoft.com/azure/role-based-access-control/custom-roles>

use std::collections::BTreeSet;

use serde_json::json;
use stack_model::{Expr, Value};
use stack_provider::{Catalog, Need, Purpose};

use crate::arm::actions::waiting;
use crate::client::Azure;

/// The type whose objects are of any type: which, only an input says.
const GENERIC: &str = "azure:resources:Generic";

/// The role's definition, as `az role definition create` takes it.
pub(crate) fn definition(catalog: &Catalog<Azure>, purpose: &Purpose) -> String {
    // Who we are is asked before anything else.
    let mut wanted = BTreeSet::from(["Microsoft.Resources/subscriptions/read".to_owned()]);
    for need in &purpose.needs {
        let Some(actions) = catalog.actions(&need.type_name) else {
            continue;
        };
        let called = actions.called().filter(|(verb, _)| purpose.includes(*verb));
        let called = called.map(|(_, action)| action.as_ref());
        match any_type(need) {
            Some(kind) => {
                wanted.extend(called.map(|action| action.replacen('*', kind, 1)));
                wanted.extend(waiting(kind).into_iter().filter(|_| purpose.changing));
            }
            None => wanted.extend(called.map(str::to_owned)),
        }
        let implied = purpose.implied(need, actions);
        wanted.extend(implied.map(|implied| implied.action.clone().into_owned()));
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
