//! Networks.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::conformance;

conformance! {
    vpc on Moto;
}

fn vpc() -> Case {
    Case::new(
        "aws:ec2:Vpc",
        json!({"cidr_block": "10.1.0.0/16", "tags": {"a": "1"}}),
    )
    .update("enable_dns_hostnames", json!(true))
    .update("enable_dns_support", json!(false))
    .update("enable_network_address_usage_metrics", json!(true))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("cidr_block", json!("10.2.0.0/16"))
    .replace("instance_tenancy", json!("dedicated"))
    .replace("assign_generated_ipv6_cidr_block", json!(true))
}
