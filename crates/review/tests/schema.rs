//! `docs/schema/preview.json` is what the types say. `STACK_UPDATE=1` writes it anew:
//!
//! ```text
//! STACK_UPDATE=1 cargo test -p stack-review --test schema
//! ```

use std::path::Path;

use stack_review::Review;

#[test]
fn the_published_schema_of_a_preview_is_current() {
    // As it runs and not as it was compiled, which may have been in another checkout.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this");
    let path = Path::new(&package).join("../../docs/schema/preview.json");
    let current = format!("{:#}\n", schemars::schema_for!(Review).as_value());
    if std::env::var_os("STACK_UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, &current).expect("the schema can be written");
        return;
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    // Not assert_eq: two schemas of several hundred lines say less than how to go on.
    assert!(
        published == current,
        "{} is not what the types say: run this test with STACK_UPDATE=1",
        path.display()
    );
}
