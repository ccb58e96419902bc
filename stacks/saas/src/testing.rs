//! What the stacks' own tests share.

use serde::de::DeserializeOwned;
use stack::Graph;
use toml::{Table, Value};

/// The settings that a `Stack.toml` gives to an environment, as the engine layers them.
///
/// # Panics
///
/// When the text is not such a file, or the settings do not fit.
pub fn settings_of<S: DeserializeOwned>(project: &str, environment: &str) -> S {
    let project: Table = project.parse().expect("Stack.toml is TOML");
    let mut config = project["config"].clone();
    lay(&mut config, &project["environments"][environment]);
    if let Some(table) = config.as_table_mut() {
        // What the engine keeps for itself.
        table.remove("production");
        table.remove("accounts");
    }
    config.try_into().expect("the settings fit the program")
}

fn lay(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Table(below), Value::Table(above)) => {
            for (key, value) in above {
                let below = below.entry(key).or_insert(Value::Table(Table::new()));
                lay(below, value);
            }
        }
        (below, above) => *below = above.clone(),
    }
}

/// How many resources of a type a graph has.
pub fn count(graph: &Graph, type_name: &str) -> usize {
    let types = graph.resources.iter().map(|resource| &resource.type_name);
    types.filter(|found| found.as_str() == type_name).count()
}
