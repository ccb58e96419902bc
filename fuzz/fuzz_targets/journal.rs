//! Journals: as they are, and with the digests that make a reader go on.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stack_testkit::{damage, readers};

fuzz_target!(|bytes: &[u8]| {
    readers::journal(bytes);
    readers::journal(&damage::with_digests(bytes));
});
