//! Roles.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::{conformance, group, in_group};

conformance! {
    role_assignment;
}

/// The GUIDs of `AcrPull` and `Reader`: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>.
const ACR_PULL: &str = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

fn role_assignment() -> Case {
    let identity = |name: &str| {
        let urn = format!("azure:managedidentity:UserAssignedIdentity/{name}");
        Case::of(&urn, "principal_id")
    };
    let inputs = json!({
        "scope": group(),
        "role_id": ACR_PULL,
        "principal_id": identity("one"),
    });
    let inputs_of_identity = || json!({"resource_group_id": group()});
    in_group(Case::new("azure:authorization:RoleAssignment", inputs))
        .with(
            "azure:managedidentity:UserAssignedIdentity",
            "one",
            inputs_of_identity(),
        )
        .with(
            "azure:managedidentity:UserAssignedIdentity",
            "two",
            inputs_of_identity(),
        )
        .with("azure:resources:ResourceGroup", "other", json!({}))
        .replace("role_id", json!(READER))
        .replace("principal_id", identity("two"))
        .replace(
            "scope",
            Case::of("azure:resources:ResourceGroup/other", "id"),
        )
        .replace("description", json!("to pull images"))
        .replace("name", json!("3f2504e0-4f89-41d3-9a0c-0305e82c3301"))
        .leave_out(
            "principal_type",
            "the emulator's principals are all of one kind",
        )
        .leave_out("condition", "it goes with few roles")
}
