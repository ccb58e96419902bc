//! `stack permissions`: what to permit to whoever plans and applies.

use serde_json::{Value as Json, json};

use crate::sandbox::{Sandbox, graph, value};

/// A bucket of AWS, of which much is known before it is made.
fn bucket() -> Json {
    json!({"type": "aws:s3:Bucket", "name": "files", "inputs": {"bucket": "our-files"}})
}

/// A resource group of Azure.
fn group() -> Json {
    json!({"type": "azure:resources:ResourceGroup", "name": "all", "inputs": {"location": "westeurope"}})
}

/// A project with these resources, and accounts that are allowed.
fn project(resources: Json) -> Sandbox {
    let sandbox = Sandbox::new(&graph(resources));
    sandbox.write(
        "Stack.toml",
        "[stack]\nname = \"shop\"\nprogram = { graph = \"graph.json\" }\n\
         [environments.dev]\naccounts = [\"aws:123456789012\", \"azure:00000000-0000-0000-0000-000000000001\"]\n",
    );
    sandbox
}

#[test]
fn the_permissions_of_each_cloud_are_shown_as_its_tools_take_them() {
    let both = project(json!([bucket(), group(), value("one", json!(1))]));
    let mut seen = String::new();
    for arguments in [
        ["permissions", "--cloud=aws"].as_slice(),
        &["permissions", "--cloud=aws", "--plan-only"],
        &["permissions", "--cloud=azure"],
        &["permissions", "--cloud=azure", "--plan-only"],
        &["permissions"],
        &["permissions", "--cloud=gcp"],
    ] {
        let shown = both.stack(arguments);
        assert_eq!(both.stack(arguments), shown, "it says the same every time");
        seen += &shown;
    }
    both.assert("permissions", &seen);
}

#[test]
fn each_document_is_written_into_a_file_of_its_own() {
    let both = project(json!([bucket(), group()]));
    let seen = both.stack(&["permissions", "--out", "roles"])
        + &both.stack(&["permissions", "--plan-only", "--out", "roles"]);
    both.assert("permissions_in_files", &seen);
    for (file, shown) in [
        ("shop-dev-aws-123456789012.json", ["--cloud=aws"].as_slice()),
        (
            "shop-dev-azure-00000000-0000-0000-0000-000000000001-plan.json",
            &["--cloud=azure", "--plan-only"],
        ),
    ] {
        let written = std::fs::read(both.path(&format!("roles/{file}"))).unwrap();
        let shown = both.succeeds(&[&["permissions"], shown].concat()).stdout;
        assert_eq!(
            String::from_utf8_lossy(&written),
            String::from_utf8_lossy(&shown)
        );
    }
}

/// Configurations that are told apart by the role that they assume have the same name and no known account.
#[test]
fn no_document_takes_the_place_of_another() {
    let mut program = graph(json!([
        {"type": "aws:s3:Bucket", "name": "one", "inputs": {"bucket": "one"}, "options": {"provider": "first"}},
        {"type": "aws:s3:Bucket", "name": "two", "inputs": {"bucket": "two"}, "options": {"provider": "second"}},
    ]));
    program["providers"] = json!([
        {"name": "first", "kind": "aws", "config": {"region": "eu-west-3", "assume_role": "arn:aws:iam::1:role/a"}},
        {"name": "second", "kind": "aws", "config": {"region": "eu-west-3", "assume_role": "arn:aws:iam::2:role/b"}},
    ]);
    let sandbox = Sandbox::new(&program);
    sandbox.succeeds(&["permissions", "--out", "roles"]);
    let mut resources = Vec::new();
    for (_, written) in sandbox.bytes_below("roles") {
        let document: Json = serde_json::from_slice(&written).unwrap();
        let statements = document["Statement"].as_array().unwrap();
        let buckets = statements.iter().find(|one| one["Sid"] == "S3").unwrap();
        resources.push(buckets["Resource"][0].as_str().unwrap().to_owned());
    }
    resources.sort();
    assert_eq!(resources, ["arn:aws:s3:::one", "arn:aws:s3:::two"]);
    let output = sandbox.succeeds(&["permissions"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("2 documents"), "{said}");
}

#[test]
fn what_takes_no_permission_is_said() {
    let sandbox = Sandbox::new(&graph(json!([value("one", json!(1))])));
    let shown = sandbox.stack(&["permissions"]);
    sandbox.assert("no_permissions", &shown);
}
