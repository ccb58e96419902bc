//! What keeps the key to the secrets: what is the same wherever it is kept.

use std::process::{Command, Output};

use serde_json::json;

use crate::sandbox::{STACK_TOML, Sandbox, graph};
use crate::secrets::clean;

/// `Stack.toml` with what seals `dev`.
pub fn sealed_by(sandbox: &Sandbox, keeper: &str) {
    let text = format!("{STACK_TOML}\n[environments.dev]\nsealed_by = \"{keeper}\"\n");
    sandbox.write("Stack.toml", &text);
}

/// A binary that was built without a cloud names the key, makes no state, and plans nonetheless.
#[cfg(not(all(feature = "aws-kms", feature = "azure-key-vault")))]
pub fn is_named_without_its_cloud(keeper: &str, key: &str, cloud: &str) {
    let sandbox = Sandbox::new(&graph(json!([])));
    sealed_by(&sandbox, keeper);
    let refused = sandbox.output(&["apply", "--yes"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = said(&refused);
    let without = format!("was built without {cloud}");
    assert!(said.contains(key) && said.contains(&without), "{said}");
    assert!(!sandbox.state().join("state").join("0000000001").exists());
    let planned = sandbox.output(&["plan"]);
    assert_eq!(planned.status.code(), Some(0), "a plan needs no key yet");
}

/// What the binary said.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it says, none of which may be what was planted.
pub fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = said(&output);
    assert!(output.status.success(), "{command:?}: {text}");
    clean("stdout", &output.stdout);
    clean("stderr", &output.stderr);
    text
}

/// What seals is chosen by environment, and what is recorded stays as it is until a person changes it.
#[test]
fn what_seals_is_chosen_by_environment() {
    let sandbox = Sandbox::new(&graph(json!([])));
    let with_words = |arguments: &[&str]| {
        let mut command = sandbox.binary(arguments);
        succeeds(command.env("STACK_PASSPHRASE", "correct horse battery"))
    };
    sealed_by(&sandbox, "passphrase");
    let said = said(&sandbox.output(&["apply", "--yes"]));
    assert!(said.contains("set STACK_PASSPHRASE"), "{said}");

    sealed_by(&sandbox, "key-file");
    let said = with_words(&["apply", "--yes"]);
    assert!(!said.contains("warning"), "{said}");
    sandbox.succeeds(&["plan"]);

    sealed_by(&sandbox, "passphrase");
    let warning = "warning: the key of dev is kept by key-file, and Stack.toml says passphrase: \
                   `stack secrets rotate --to passphrase` changes that\n";
    for arguments in [&["plan"][..], &["apply", "--yes"], &["plan", "--out", "p"]] {
        let said = with_words(arguments);
        assert_eq!(said.matches("warning").count(), 1, "{said}");
        assert!(said.contains(warning), "{said}");
    }
    assert!(with_words(&["apply", "p"]).contains(warning));
    sandbox.write("Stack.toml", STACK_TOML);
    assert!(!with_words(&["plan"]).contains("warning"));
}

#[test]
fn a_keeper_that_there_is_not_is_a_usage_error() {
    let sandbox = Sandbox::new(&graph(json!([])));
    let refused = sandbox.output(&["secrets", "rotate", "--to", "keyfile"]);
    let said = said(&refused);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    for keeper in ["aws-kms:KEY", "azure-key-vault:KEY"] {
        assert!(said.contains(keeper), "{said}");
    }
}
