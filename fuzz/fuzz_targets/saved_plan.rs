//! Saved plans: as they are, and with these bytes inside of a sound outside.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use stack_cli::saved::{Sealed, open};
use stack_testkit::Glass;

fn read(bytes: &[u8]) {
    if let Ok(sealed) = Sealed::parse(bytes, "plan.json") {
        let _ = futures::executor::block_on(open(sealed, &Glass));
    }
}

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let around = json!({
        "format": 1, "release": "0", "sealing": {}, "body": String::from_utf8_lossy(bytes),
        "stack": "shop", "environment": "dev", "lineage": "lineage", "serial": 7, "epoch": 9,
    });
    read(around.to_string().as_bytes());
});
