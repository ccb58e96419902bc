//! The cross-check of bodies: what the provider sends, read with the models of Microsoft's SDKs and written again by
//! them, is what was sent.
//!
//! The emulator checks bodies too, and its tables come from the Python models. Here the SDKs themselves read, by their
//! own code, and the Rust models come from another generator and an older specification.

mod compare;
mod program;
mod python;
mod rust;
mod sent;

#[test]
fn the_models_of_the_python_sdk_read_what_is_sent() {
    let sent = sent::of(|_| true);
    let judgements = python::judge(&sent.bodies);
    compare::only_known_faults(&sent, &judgements, &python::MODELS);
}

#[test]
fn the_models_of_the_rust_sdk_read_what_is_sent() {
    let mut sent = sent::of(|type_name| {
        type_name.starts_with("azure:app:") || type_name.starts_with("azure:dbforpostgresql:")
    });
    sent.bodies.retain(|body| rust::knows(&body.type_name));
    let judgements = rust::judge(&sent.bodies);
    compare::only_known_faults(&sent, &judgements, &rust::MODELS);
}
