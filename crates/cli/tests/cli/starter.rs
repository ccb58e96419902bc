//! The AWS starter, from its first plan to nothing left, on an emulator.

use std::process::Output;

use serde_json::Value as Json;
use xtask::emulator::{Emulator, Kind};
use xtask::starter::Starter;

fn starter() -> Starter {
    let endpoint = Emulator::shared(Kind::Ministack);
    Starter::new(env!("CARGO_BIN_EXE_stack").into(), &endpoint).unwrap()
}

/// Runs a command to its end and expects this exit code.
fn ends(starter: &Starter, arguments: &[&str], code: i32) -> Output {
    let output = starter.stack(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}\n{shown}\n{said}"
    );
    output
}

/// The event that tells the plan.
fn planned(output: &Output) -> Json {
    let lines = output.stdout.split(|byte| *byte == b'\n');
    let mut events = lines.filter_map(|line| serde_json::from_slice::<Json>(line).ok());
    events.find(|event| event["event"] == "plan").unwrap()
}

#[test]
fn the_starter_lives_and_leaves_nothing() {
    let starter = starter();
    let plan = planned(&ends(&starter, &["plan", "--format", "json"], 0));
    let changes = plan["changes"].as_array().unwrap();
    assert!(changes.len() > 70, "{} changes", changes.len());
    assert!(
        changes
            .iter()
            .all(|change| change["action"] == "create" || change["action"] == "run")
    );

    ends(&starter, &["apply", "--yes"], 0);
    let again = ends(&starter, &["plan", "--exit-code"], 0);
    assert!(String::from_utf8_lossy(&again.stdout).contains("No changes"));

    let output = ends(&starter, &["output", "--format", "json"], 0);
    let outputs: Json = serde_json::from_slice(&output.stdout).unwrap();
    for name in [
        "APP_PUBLIC_URL",
        "API_BASE_URL",
        "DATABASE_URL",
        "REDIS_URL",
        "STORAGE_PROVIDER",
        "STORAGE_BUCKET",
        "SECRETS_PROVIDER",
    ] {
        assert!(!outputs[name].is_null(), "{name} in {outputs}");
    }
    assert!(!String::from_utf8_lossy(&output.stdout).contains("postgres://"));

    // One line of configuration.
    starter
        .configure(&[("app.web.replicas", 2.into())])
        .unwrap();
    let change = ends(&starter, &["plan", "--exit-code", "--format", "json"], 3);
    let changes = planned(&change)["changes"].as_array().unwrap().clone();
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!(changes[0]["urn"], "aws:ecs:Service/web-service");
    ends(&starter, &["apply", "--yes"], 0);
    ends(&starter, &["plan", "--exit-code"], 0);

    ends(&starter, &["destroy", "--yes"], 0);
    let left = starter.left().unwrap().output().unwrap();
    assert!(
        left.status.success(),
        "{}{}",
        String::from_utf8_lossy(&left.stdout),
        String::from_utf8_lossy(&left.stderr)
    );
}
