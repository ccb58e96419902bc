//! Resource groups.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::{AS_A_PARENT, conformance, group, in_group};

conformance! {
    resource_group;
    generic;
    generic_child;
}

fn resource_group() -> Case {
    Case::new("azure:resources:ResourceGroup", json!({"tags": {"a": "1"}}))
        .update("tags", json!({"a": "2", "b": "3"}))
        .replace("name", json!("renamed"))
        .replace("location", json!("North Europe"))
}

fn generic() -> Case {
    let inputs = json!({
        "parent_id": group(),
        "type": "Microsoft.Network/routeTables",
        "api_version": "2025-07-01",
        "location": "westeurope",
        "body": {"properties": {"disableBgpRoutePropagation": false}},
        "tags": {"a": "1"},
    });
    in_group(Case::new("azure:resources:Generic", inputs))
        .update("tags", json!({"b": "2"}))
        .update(
            "body",
            json!({"properties": {"disableBgpRoutePropagation": true}}),
        )
        .replace("name", json!("renamed"))
        .replace("location", json!("northeurope"))
        .replace("type", json!("Microsoft.Network/publicIPAddresses"))
        .leave_out("api_version", "the emulator has one version of each type")
        .leave_out("parent_id", AS_A_PARENT)
}

fn generic_child() -> Case {
    let route = |to: &str| json!({"properties": {"addressPrefix": to, "nextHopType": "VnetLocal"}});
    let inputs = json!({
        "parent_id": Case::of("azure:resources:Generic/routes", "id"),
        "type": "Microsoft.Network/routeTables/routes",
        "api_version": "2025-07-01",
        "body": route("10.0.0.0/16"),
    });
    let covered = "generic covers it";
    let case = in_group(Case::new("azure:resources:Generic", inputs))
        .with(
            "azure:resources:Generic",
            "routes",
            json!({
                "parent_id": group(),
                "type": "Microsoft.Network/routeTables",
                "api_version": "2025-07-01",
                "location": "westeurope",
            }),
        )
        .update("body", route("10.1.0.0/16"));
    [
        "tags",
        "name",
        "location",
        "type",
        "api_version",
        "parent_id",
    ]
    .into_iter()
    .fold(case, |case, field| case.leave_out(field, covered))
}
