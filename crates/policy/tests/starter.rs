//! The starter set.

use std::path::Path;

use serde_json::json;
use stack_policy::{Outcome, Policies, starter};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")
}

#[test]
fn its_own_tests_pass() {
    let policies = Policies::read_with_tests(&[folder()], &json!({})).unwrap();
    let tests = policies.tests();
    for test in &tests {
        assert_eq!(test.outcome, Outcome::Passed, "{}", test.name);
    }
    assert!(tests.len() >= 20, "{}", tests.len());
}

#[test]
fn every_file_of_the_folder_is_in_the_binary() {
    let mut found = Vec::new();
    for part in [folder(), folder().join("fixtures")] {
        for entry in std::fs::read_dir(part).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.strip_prefix(folder()).unwrap();
                found.push(name.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    let mut known: Vec<&str> = starter::FILES.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    assert_eq!(known, found);
}
