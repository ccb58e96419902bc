//! Public addresses.

use serde_json::json;

use super::super::table;
use super::{PATCH, USUAL};
use crate::json;
use crate::random::guid;
use crate::refusal::Refusal;
use crate::rules::{Location, Rules};

/// `Microsoft.Network/publicIPAddresses`.
pub static ADDRESS: Rules = Rules {
    name: "Microsoft.Network/publicIPAddresses",
    table: table!("Microsoft.Network.publicIPAddresses"),
    location: Location::Region,
    patch: PATCH,
    prepare: |_, draft| {
        draft.keep("properties.resourceGuid", || guid().into());
        let body = &mut draft.body;
        for (path, value) in [
            ("sku.name", json!("Standard")),
            ("sku.tier", json!("Regional")),
            ("properties.publicIPAllocationMethod", json!("Static")),
            ("properties.publicIPAddressVersion", json!("IPv4")),
            ("properties.idleTimeoutInMinutes", json!(4)),
            ("properties.ipTags", json!([])),
        ] {
            json::default(body, path, value);
        }
        let dynamic = json::text(body, "properties.publicIPAllocationMethod") == Some("Dynamic");
        if dynamic && json::text(body, "sku.name") != Some("Basic") {
            let message = "Standard sku publicIp must have AllocationMethod set to Static.";
            return Err(Refusal::bad_request(
                "StandardSkuPublicIPAddressMustBeStatic",
                message,
            ));
        }
        if !dynamic {
            draft.keep("properties.ipAddress", || "20.31.4.8".into());
        }
        Ok(())
    },
    ..USUAL
};
