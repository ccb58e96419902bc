//! Networks.

use serde_json::{Value, json};
use stack_testkit::conformance::Case;

use crate::emulated::{AS_A_PARENT, conformance, group, in_group};

conformance! {
    virtual_network;
    subnet;
    network_security_group;
    private_dns_zone;
    private_dns_zone_link;
    private_endpoint;
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
        .leave_out("resource_group_id", AS_A_PARENT)
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
        .with(
            "azure:network:NetworkSecurityGroup",
            "guard",
            json!({"resource_group_id": group()}),
        )
        .update(
            "network_security_group_id",
            Case::of("azure:network:NetworkSecurityGroup/guard", "id"),
        )
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
        .update(
            "route_table_id",
            Case::of("azure:resources:Generic/routes", "id"),
        )
        .replace("name", json!("renamed"))
        .replace("address_prefixes", json!(["10.0.2.0/24"]))
        .replace("default_outbound_access", json!(false))
        .leave_out("virtual_network_id", AS_A_PARENT)
        .leave_out(
            "nat_gateway_id",
            "no gateway is on the emulator; routes cover references",
        )
}

fn rule(name: &str, priority: i64, from: Value) -> Value {
    json!({
        "name": name,
        "priority": priority,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "Tcp",
        "source_address_prefixes": from,
        "source_port_ranges": ["*"],
        "destination_address_prefixes": ["*"],
        "destination_port_ranges": ["443", "8000-8080"],
    })
}

fn network_security_group() -> Case {
    let inputs = json!({
        "resource_group_id": group(),
        "security_rules": [rule("web", 100, json!(["Internet"]))],
        "tags": {"a": "1"},
    });
    in_group(Case::new("azure:network:NetworkSecurityGroup", inputs))
        .update("tags", json!({"b": "2"}))
        .update(
            "security_rules",
            json!([
                rule("web", 110, json!(["Internet"])),
                rule("office", 200, json!(["203.0.113.0/24", "198.51.100.0/24"])),
            ]),
        )
        .replace("name", json!("renamed"))
        .replace("location", json!("northeurope"))
        .leave_out("resource_group_id", AS_A_PARENT)
}

fn private_dns_zone() -> Case {
    let inputs = json!({
        "resource_group_id": group(), "name": "shop.example.com", "tags": {"a": "1"}});
    in_group(Case::new("azure:network:PrivateDnsZone", inputs))
        .update("tags", json!({"b": "2"}))
        .replace("name", json!("other.example.com"))
        .leave_out("resource_group_id", AS_A_PARENT)
}

fn with_network(case: Case) -> Case {
    in_group(case).with(
        "azure:network:VirtualNetwork",
        "network",
        json!({"resource_group_id": group(), "address_prefixes": ["10.0.0.0/16"]}),
    )
}

fn private_dns_zone_link() -> Case {
    let inputs = json!({
        "private_dns_zone_id": Case::of("azure:network:PrivateDnsZone/zone", "id"),
        "virtual_network_id": Case::of("azure:network:VirtualNetwork/network", "id"),
        "tags": {"a": "1"},
    });
    with_network(Case::new("azure:network:PrivateDnsZoneLink", inputs))
        .with(
            "azure:network:PrivateDnsZone",
            "zone",
            json!({"resource_group_id": group(), "name": "privatelink.blob.core.windows.net"}),
        )
        .with(
            "azure:network:VirtualNetwork",
            "other",
            json!({"resource_group_id": group(), "address_prefixes": ["10.1.0.0/16"]}),
        )
        .update("tags", json!({"b": "2"}))
        .update("registration_enabled", json!(true))
        .update("resolution_policy", json!("NxDomainRedirect"))
        .replace("name", json!("renamed"))
        .replace(
            "virtual_network_id",
            Case::of("azure:network:VirtualNetwork/other", "id"),
        )
        .leave_out("private_dns_zone_id", AS_A_PARENT)
}

fn private_endpoint() -> Case {
    let account = |name: &str| Case::of(&format!("azure:storage:StorageAccount/{name}"), "id");
    let subnet = |name: &str| Case::of(&format!("azure:network:Subnet/{name}"), "id");
    let of_network = |range: &str| {
        json!({
            "virtual_network_id": Case::of("azure:network:VirtualNetwork/network", "id"),
            "address_prefixes": [range],
        })
    };
    let storage = || json!({"resource_group_id": group(), "sku_name": "Standard_LRS"});
    let inputs = json!({
        "resource_group_id": group(),
        "subnet_id": subnet("endpoints"),
        "target_id": account("account"),
        "group_ids": ["blob"],
        "tags": {"a": "1"},
    });
    with_network(Case::new("azure:network:PrivateEndpoint", inputs))
        .with(
            "azure:network:Subnet",
            "endpoints",
            of_network("10.0.1.0/24"),
        )
        .with("azure:network:Subnet", "other", of_network("10.0.2.0/24"))
        .with("azure:storage:StorageAccount", "account", storage())
        .with("azure:storage:StorageAccount", "second", storage())
        .with(
            "azure:network:PrivateDnsZone",
            "zone",
            json!({"resource_group_id": group(), "name": "privatelink.blob.core.windows.net"}),
        )
        .update("tags", json!({"b": "2"}))
        .update(
            "private_dns_zone_ids",
            json!([Case::of("azure:network:PrivateDnsZone/zone", "id")]),
        )
        .replace("name", json!("renamed"))
        .replace("subnet_id", subnet("other"))
        .replace("target_id", account("second"))
        .replace("group_ids", json!(["queue"]))
        .replace("network_interface_name", json!("card"))
        .leave_out("location", "it is the network's")
        .leave_out("resource_group_id", AS_A_PARENT)
}
