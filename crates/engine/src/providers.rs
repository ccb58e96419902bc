//! Which provider configuration serves a resource, and what its settings are.

use stack_model::{Graph, Map, Name, TypeName};

use crate::partial::{Partial, evaluate};
use crate::scope::Actual;
use crate::state::State;

/// The configuration that serves a resource: the one it names, its cloud's default, or one named after the cloud,
/// which takes its settings from the surroundings.
pub fn name_for(graph: &Graph, type_name: &TypeName, asked: &Option<Name>) -> Name {
    if let Some(name) = asked {
        return name.clone();
    }
    let cloud = type_name.cloud();
    match graph
        .providers
        .iter()
        .find(|provider| provider.default && provider.kind == cloud)
    {
        Some(provider) => provider.name.clone(),
        None => cloud.parse().expect("the cloud of a type is a name"),
    }
}

/// The settings of a configuration, resolved. `None` when they cannot be; the check of the graph has said why.
pub fn config_of(graph: &Graph, name: &Name, config: &Map) -> Option<Map> {
    let Some(provider) = graph
        .providers
        .iter()
        .find(|provider| provider.name == *name)
    else {
        return Some(Map::new());
    };
    let nothing = State::default();
    let scope = Actual {
        state: &nothing,
        config,
        stacks: &std::collections::BTreeMap::new(),
    };
    let resolved = provider.config.iter().map(|(key, expr)| {
        let value = evaluate(expr, &scope).ok().and_then(Partial::into_known)?;
        Some((key.clone(), value))
    });
    resolved.collect()
}

/// The cloud that a configuration is for.
pub fn kind_of(graph: &Graph, name: &Name) -> String {
    let declared = graph
        .providers
        .iter()
        .find(|provider| provider.name == *name);
    declared.map_or_else(|| name.to_string(), |provider| provider.kind.clone())
}
