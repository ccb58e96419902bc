//! Graphs: read, checked, planned and applied to a fake cloud.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stack_testkit::readers;

fuzz_target!(|bytes: &[u8]| readers::graph(bytes));
