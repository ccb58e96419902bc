//! Create first or delete first, along chains.

use stack_model::Problem;
use stack_model::graph::{ReplaceOrder, Resource};

use super::{Decision, Sources, Verdict};
use crate::check::Node;
use crate::diff::same;
use crate::partial::Partial;
use crate::state::Object;

/// Settles the order of every replacement.
///
/// Where the old and the new object would share a unique key that the program fixed, the old one has to go first.
/// What depends on an object that goes first, and is replaced as well, has to go before it.
pub(super) fn spread(
    sources: &Sources<'_>,
    decisions: &mut [Decision],
    problems: &mut Vec<Problem>,
) {
    for node in &sources.graph.order {
        let Node::Resource(position) = *node else {
            continue;
        };
        let Verdict::Replace(order) = decisions[position].verdict else {
            continue;
        };
        if order == ReplaceOrder::DeleteFirst {
            continue;
        }
        let resource = &sources.graph.graph.resources[position];
        let Some(reason) = must_go_first(sources, decisions, position, resource) else {
            continue;
        };
        // The recorded order was asked for by a program that replaced nothing then.
        let asked = resource
            .options
            .replace_order
            .filter(|_| sources.graph.past.is_none());
        if asked == Some(ReplaceOrder::CreateFirst) {
            problems.push(Problem {
                subject: resource.urn().to_string(),
                at: resource.at.clone(),
                message: format!(
                    "cannot be created before the old object is deleted, as it asks for: {reason}"
                ),
            });
            continue;
        }
        decisions[position].verdict = Verdict::Replace(ReplaceOrder::DeleteFirst);
        decisions[position].reason.get_or_insert(reason);
    }
}

fn must_go_first(
    sources: &Sources<'_>,
    decisions: &[Decision],
    position: usize,
    resource: &Resource,
) -> Option<String> {
    let object = sources.state.object(&resource.urn())?;
    if let Some(keys) = shared_key(sources, &decisions[position], resource, object) {
        return Some(format!(
            "both objects would have the same {keys}; another one, or `moved`, avoids it"
        ));
    }
    object.request.dependencies.iter().find_map(|dependency| {
        let above = sources.graph.resources.get(dependency)?;
        (decisions[*above].verdict == Verdict::Replace(ReplaceOrder::DeleteFirst))
            .then(|| format!("it depends on {dependency}, whose old object goes first"))
    })
}

/// The unique key that an old and the new object would share, if they would.
pub(super) fn shared_key(
    sources: &Sources<'_>,
    decision: &Decision,
    resource: &Resource,
    object: &Object,
) -> Option<String> {
    let schema = &sources.schemas[&resource.type_name];
    // Absent on both sides is the same, as long as something of the key is there.
    let shared = |field: &String| {
        let declared = schema.inputs.get(field)?;
        match (decision.desired.get(field), object.value(field)) {
            (None, None) => Some(false),
            (Some(Partial::Known(wanted)), Some(value)) => {
                same(wanted, value, &declared.kind, declared.equality).then_some(true)
            }
            (Some(_) | None, _) => None,
        }
    };
    let shares = |key: &&Vec<String>| {
        let fields: Option<Vec<bool>> = key.iter().map(shared).collect();
        fields.is_some_and(|fields| fields.contains(&true))
    };
    let key = schema.unique.iter().find(shares)?;
    Some(key.join(" and "))
}
