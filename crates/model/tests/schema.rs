//! `docs/schema/graph.json` is what the types say. `STACK_UPDATE=1` writes it anew:
//!
//! ```text
//! STACK_UPDATE=1 cargo test -p stack-model --features schema --test schema
//! ```

#![cfg(feature = "schema")]

use std::path::Path;

use stack_model::Graph;

#[test]
fn the_published_schema_of_the_graph_is_current() {
    // As it runs and not as it was compiled, which may have been in another checkout.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this");
    let path = Path::new(&package).join("../../docs/schema/graph.json");
    let current = format!("{:#}\n", schemars::schema_for!(Graph).as_value());
    if std::env::var_os("STACK_UPDATE").is_some_and(|value| value == "1") {
        let folder = path.parent().expect("the file is in a folder");
        std::fs::create_dir_all(folder).expect("the folder can be made");
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
