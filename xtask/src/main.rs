//! What people do often: `cargo xtask demo | test | bench | check`.
fn main() {}
