//! Vaults and secrets.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::{AS_A_PARENT, conformance, group, in_group};

conformance! {
    vault;
    secret;
}

fn vault() -> Case {
    let inputs = json!({"resource_group_id": group(), "tags": {"a": "1"}});
    in_group(Case::new("azure:keyvault:Vault", inputs))
        .update("tags", json!({"b": "2"}))
        .update("sku", json!("premium"))
        .update("enable_rbac_authorization", json!(false))
        .update("enable_purge_protection", json!(true))
        .update("public_network_access", json!(false))
        .update(
            "network_rules",
            json!({"default_action": "Deny", "bypass": "AzureServices"}),
        )
        .update("enabled_for_template_deployment", json!(true))
        .replace("name", json!("renamed"))
        .replace("location", json!("northeurope"))
        .replace("soft_delete_retention_in_days", json!(30))
        .replace("tenant_id", json!("7e000000-0000-4000-8000-000000000002"))
        .leave_out("resource_group_id", AS_A_PARENT)
        .leave_out("recover_deleted", "a test of its own covers it")
}

fn secret() -> Case {
    let inputs = json!({
        "vault_id": Case::of("azure:keyvault:Vault/vault", "id"),
        "value": {"$secret": "tomato"},
        "tags": {"a": "1"},
    });
    in_group(Case::new("azure:keyvault:Secret", inputs))
        .with(
            "azure:keyvault:Vault",
            "vault",
            json!({"resource_group_id": group()}),
        )
        .update("tags", json!({"b": "2"}))
        .update("value", json!({"$secret": "potato"}))
        .update("content_type", json!("text/plain"))
        .update("enabled", json!(false))
        .update("expires", json!(2_000_000_000))
        .update("not_before", json!(1_700_000_000))
        .replace("name", json!("renamed"))
        .leave_out("vault_id", AS_A_PARENT)
}
