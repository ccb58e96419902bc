//! States: as they are, and with the digest that makes a reader go on.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stack_testkit::{damage, readers};

fuzz_target!(|bytes: &[u8]| {
    readers::state(bytes);
    readers::state(&damage::with_digest(bytes));
});
