//! A graph for Graphviz and for Markdown. An arrow points from a resource to what it depends on.

use std::collections::HashMap;
use std::fmt::Write;

use stack_engine::CheckedGraph;
use stack_model::Resource;

/// For Graphviz; components are clusters.
pub fn dot(checked: &CheckedGraph) -> String {
    let mut text = "digraph stack {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for (index, (group, members)) in groups(checked).into_iter().enumerate() {
        let (open, close) = match group.is_empty() {
            true => (String::new(), ""),
            false => (
                format!("  subgraph cluster_{index} {{\n  label={group:?};\n"),
                "  }\n",
            ),
        };
        text.push_str(&open);
        for (_, resource) in members {
            let _ = writeln!(text, "  {:?};", resource.urn().as_str());
        }
        text.push_str(close);
    }
    for (resource, dependencies) in checked.graph.resources.iter().zip(&checked.dependencies) {
        for dependency in dependencies {
            let _ = writeln!(
                text,
                "  {:?} -> {:?};",
                resource.urn().as_str(),
                dependency.as_str()
            );
        }
    }
    text.push_str("}\n");
    text
}

/// For Markdown; components are subgraphs.
pub fn mermaid(checked: &CheckedGraph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (index, (group, members)) in groups(checked).into_iter().enumerate() {
        let (open, close) = match group.is_empty() {
            true => (String::new(), ""),
            false => (
                format!("  subgraph g{index}[\"{}\"]\n", group.replace('"', "'")),
                "  end\n",
            ),
        };
        text.push_str(&open);
        for (position, resource) in members {
            let _ = writeln!(text, "  n{position}[\"{}\"]", resource.urn());
        }
        text.push_str(close);
    }
    for (position, dependencies) in checked.dependencies.iter().enumerate() {
        for dependency in dependencies {
            let _ = writeln!(text, "  n{position} --> n{}", checked.resources[dependency]);
        }
    }
    text
}

/// The resources with their positions, by component, in the program's order.
fn groups(checked: &CheckedGraph) -> Vec<(String, Vec<(usize, &Resource)>)> {
    let mut groups: Vec<(String, Vec<(usize, &Resource)>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (position, resource) in checked.graph.resources.iter().enumerate() {
        let title = resource.group.join(" / ");
        let place = *places.entry(title.clone()).or_insert_with(|| {
            groups.push((title, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push((position, resource));
    }
    groups
}
