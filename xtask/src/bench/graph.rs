//! The graph that is measured: values of which each refers to 2 of the 50 before it.

use std::fmt::Write;
use std::path::Path;

use serde_json::json;

use crate::step::Outcome;

/// The two that a value refers to. The same for us and for Terraform, and the same in every run.
pub fn references(index: usize) -> Vec<usize> {
    let back = |salt: usize| 1 + (index.wrapping_mul(2_654_435_761) / salt) % 50.min(index.max(1));
    let mut references: Vec<usize> = match index {
        0 => Vec::new(),
        _ => vec![index - back(7), index - back(1_009)],
    };
    references.dedup();
    references
}

/// Writes a project with the graph.
pub fn write(folder: &Path, size: usize) -> Outcome {
    let resources = (0..size).map(|index| {
        let refs = references(index).into_iter().map(
            |to| json!({"$ref": {"urn": format!("std:core:Value/v{to}"), "path": ["value", "n"]}}),
        );
        json!({"type": "std:core:Value", "name": format!("v{index}"),
               "inputs": {"value": {"n": index, "refs": refs.collect::<Vec<_>>()}}})
    });
    let graph = json!({"format": 1, "resources": resources.collect::<Vec<_>>()});
    std::fs::write(folder.join("graph.json"), graph.to_string())?;
    std::fs::write(
        folder.join("Stack.toml"),
        "[stack]\nname = \"bench\"\nprogram = { graph = \"graph.json\" }\n\n[backend]\nurl = \"file:state\"\n\n[environments.dev]\n",
    )?;
    Ok(())
}

/// The same graph for Terraform.
pub fn write_terraform(folder: &Path, size: usize) -> Outcome {
    let mut text = String::new();
    for index in 0..size {
        let refs: Vec<String> = references(index)
            .into_iter()
            .map(|to| format!("terraform_data.v{to}.output.n"))
            .collect();
        writeln!(
            text,
            "resource \"terraform_data\" \"v{index}\" {{\n  input = {{ n = {index}, refs = [{}] }}\n}}",
            refs.join(", ")
        )?;
    }
    std::fs::write(folder.join("main.tf"), text)?;
    Ok(())
}
