//! The graph that is measured: values of which each refers to 2 of the 50 before it.

use std::fs::File;
use std::io::{BufWriter, Write};
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

/// How many resources the longest chain of references has.
pub fn depth(size: usize) -> usize {
    let mut depths: Vec<usize> = Vec::with_capacity(size);
    for index in 0..size {
        let behind = references(index).into_iter().map(|to| depths[to]).max();
        depths.push(behind.unwrap_or_default() + 1);
    }
    depths.into_iter().max().unwrap_or_default()
}

/// Writes a project with the graph.
///
/// One resource at a time: Linux counts what this process holds into the peak memory of the children that it starts.
pub fn write(folder: &Path, size: usize) -> Outcome {
    let mut file = BufWriter::new(File::create(folder.join("graph.json"))?);
    write!(file, r#"{{"format": 1, "resources": ["#)?;
    for index in 0..size {
        let refs = references(index).into_iter().map(
            |to| json!({"$ref": {"urn": format!("std:core:Value/v{to}"), "path": ["value", "n"]}}),
        );
        let resource = json!({"type": "std:core:Value", "name": format!("v{index}"),
                              "inputs": {"value": {"n": index, "refs": refs.collect::<Vec<_>>()}}});
        write!(file, "{}{resource}", if index == 0 { "" } else { "," })?;
    }
    write!(file, "]}}")?;
    file.flush()?;
    std::fs::write(
        folder.join("Stack.toml"),
        "[stack]\nname = \"bench\"\nprogram = { graph = \"graph.json\" }\n\n[backend]\nurl = \"file:state\"\n\n[environments.dev]\n",
    )?;
    Ok(())
}

/// The same graph for Terraform.
pub fn write_terraform(folder: &Path, size: usize) -> Outcome {
    let mut file = BufWriter::new(File::create(folder.join("main.tf"))?);
    for index in 0..size {
        let refs = references(index)
            .into_iter()
            .map(|to| format!("terraform_data.v{to}.output.n"));
        let refs = refs.collect::<Vec<_>>().join(", ");
        writeln!(
            file,
            "resource \"terraform_data\" \"v{index}\" {{\n  input = {{ n = {index}, refs = [{refs}] }}\n}}"
        )?;
    }
    Ok(file.flush()?)
}
