//! New stacks.

use std::path::Path;

use crate::sandbox::Sandbox;

fn checkout() -> String {
    xtask::root().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_new_stack_compiles_and_applies() {
    let sandbox = Sandbox::empty();
    sandbox.succeeds(&["new", "hello", "--sdk", &checkout()]);
    // Compiled once for all runs of this test, and without a network.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new");
    let run = |arguments: &[&str]| {
        let mut command = sandbox.binary(&[&["-C", "hello"], arguments].concat());
        command
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_NET_OFFLINE", "true");
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{stderr}");
        String::from_utf8(output.stdout).unwrap()
    };
    let checked = run(&["-e", "dev", "check"]);
    assert!(
        checked.starts_with("The program is sound: 1 resource"),
        "{checked}"
    );
    run(&["-e", "prod", "apply", "--yes"]);
    assert_eq!(run(&["-e", "prod", "output", "GREETING"]), "good day\n");
}

#[test]
fn what_is_made_and_what_is_refused() {
    let sandbox = Sandbox::empty();
    let mut seen = sandbox.stack(&["new", "hello"]);
    seen += &std::fs::read_to_string(sandbox.path("hello/Cargo.toml")).unwrap();
    seen += &std::fs::read_to_string(sandbox.path("hello/Stack.toml")).unwrap();
    seen += &sandbox.stack(&["new", "hello"]);
    seen += &sandbox.stack(&["new", "7up"]);
    seen += &sandbox.stack(&["new", "other", "--sdk", "hello"]);
    sandbox.assert("new", &seen);
    assert!(!sandbox.path("other").exists());
}
