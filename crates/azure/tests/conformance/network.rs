//! Networks.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::{conformance, group, in_group};

conformance! {
    virtual_network;
    subnet;
}

fn virtual_network() -> Case {
    let inputs = json!({
        "resource_group_id": group(),
        "address_prefixes": ["10.0.0.0/16"],
        "tags": {"a": "1"},
    });
    in_group(Case::new("azure:network:VirtualNetwork", inputs))
        .update("tags", json!({"b": "2"}))
        .update("address_prefixes", json!(["10.0.0.0/16", "10.1.0.0/16"]))
        .update("dns_servers", json!(["10.0.0.4"]))
        .update("flow_timeout_in_minutes", json!(10))
        .leave_out("ddos_protection_plan_id", "no plan is on the emulator")
        .leave_out(
            "resource_group_id",
            "as for every type of a group; identities cover it",
        )
        .replace("name", json!("renamed"))
        .replace("location", json!("northeurope"))
}

fn subnet() -> Case {
    let network = Case::of("azure:network:VirtualNetwork/network", "id");
    let inputs = json!({"virtual_network_id": network, "address_prefixes": ["10.0.1.0/24"]});
    in_group(Case::new("azure:network:Subnet", inputs))
        .with(
            "azure:network:VirtualNetwork",
            "network",
            json!({"resource_group_id": group(), "address_prefixes": ["10.0.0.0/16"]}),
        )
        .update("delegation", json!("Microsoft.App/environments"))
        .update("service_endpoints", json!(["Microsoft.Storage"]))
        .update("private_endpoint_network_policies", json!("Enabled"))
        .replace("name", json!("renamed"))
        .replace("address_prefixes", json!(["10.0.2.0/24"]))
        .replace("default_outbound_access", json!(false))
        .leave_out("virtual_network_id", "as a parent; identities cover it")
        .leave_out("network_security_group_id", "below")
        .leave_out("route_table_id", "below")
        .leave_out("nat_gateway_id", "below")
}
