//! Secrets whose key a cloud keeps: what is the same for every cloud.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};

use crate::sandbox::{STACK_TOML, Sandbox, graph, value};
use crate::sealing::{said, sealed_by, succeeds};
use crate::secrets::{SECRET, clean};

/// A project with a secret, whose key a cloud keeps.
pub trait Kept {
    /// What a header's `kind` is, and how messages call the key.
    const KIND: (&str, &str);

    /// The project, as [`holding`] makes it.
    fn sandbox(&self) -> &Sandbox;

    /// The binary, with the cloud around it and nothing else of this machine.
    fn command(&self, arguments: &[&str]) -> Command;

    /// The key as the header names it.
    fn key(&self) -> &str;

    /// The key as `Stack.toml` names it, in the shortest way.
    fn named(&self) -> &str;

    /// Every key that opens something, as far as a header leads to it: asked of the cloud itself.
    fn keys(&self, lineage: &str, header: &Json) -> Vec<Vec<u8>>;

    /// Disables the key.
    fn disable(&self);

    /// Runs the binary, and gives what it says.
    fn succeeds(&self, arguments: &[&str]) -> String {
        succeeds(&mut self.command(arguments))
    }

    /// What the newest state says of its key.
    fn header(&self) -> Json {
        preamble(self.sandbox())["sealing"].clone()
    }

    /// Neither what is planted nor a key is anywhere.
    fn is_clean(&self) {
        let lineage = preamble(self.sandbox())["lineage"].clone();
        let keys = self.keys(lineage.as_str().unwrap(), &self.header());
        let written = |key: &Vec<u8>| {
            assert_eq!(key.len(), 32);
            [STANDARD_NO_PAD.encode(key), URL_SAFE_NO_PAD.encode(key)]
        };
        let keys: Vec<String> = keys.iter().flat_map(written).collect();
        for (path, bytes) in self.sandbox().bytes_below(".stack") {
            let path = path.display().to_string();
            clean(&path, &bytes);
            let text = String::from_utf8_lossy(&bytes);
            let held = keys.iter().any(|key| text.contains(key));
            assert!(!held, "{path} holds a key");
        }
    }
}

/// A project with a secret, in what it records and in its outputs.
pub fn holding() -> Sandbox {
    let mut wanted = graph(json!([
        value("holder", json!({"$secret": {"password": SECRET}})),
        {"type": "std:random:Password", "name": "door", "inputs": {}},
    ]));
    wanted["outputs"] = json!({"password": {"value":
        {"$ref": {"urn": "std:core:Value/holder", "path": ["value", "password"]}}}});
    Sandbox::new(&wanted)
}

/// A state is born under the key, lives, and is opened without the setting.
pub fn is_born_and_lives<K: Kept>(project: &K) {
    let (kind, _) = K::KIND;
    let sandbox = project.sandbox();
    sealed_by(sandbox, &format!("{kind}:{}", project.named()));
    project.succeeds(&["plan"]);
    assert!(!sandbox.path(".stack").exists(), "a plan makes none");
    project.succeeds(&["apply", "--yes"]);
    assert!(!sandbox.path("home/.config/stack").exists());
    let header = project.header();
    assert_eq!(header["kind"], kind);
    assert_eq!(header["key"], project.key());
    project.is_clean();
    let same = project.succeeds(&["plan", "--exit-code"]);
    assert!(!same.contains("warning"), "{same}");
    let mut shown = project.command(&["output", "password", "--show-secrets"]);
    let shown = shown.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&shown.stdout).trim(), SECRET);
    project.succeeds(&[
        "plan",
        "--out",
        "plan.json",
        "--replace",
        "std:core:Value/holder",
    ]);
    let saved = std::fs::read(sandbox.path("plan.json")).unwrap();
    clean("plan.json", &saved);
    project.succeeds(&["apply", "plan.json"]);
    project.is_clean();

    // What is recorded needs no setting.
    sandbox.write("Stack.toml", STACK_TOML);
    project.succeeds(&["plan", "--exit-code"]);
}

/// The key moves from the key file to the cloud, and from there to a passphrase.
pub fn moves_in_and_out<K: Kept>(project: &K) {
    let (kind, called) = K::KIND;
    let sandbox = project.sandbox();
    project.succeeds(&["apply", "--yes"]);
    assert_eq!(project.header()["kind"], "key-file");
    let to = format!("{kind}:{}", project.key());
    sealed_by(sandbox, &to);
    let warned = project.succeeds(&["plan"]);
    let rotate = format!("`stack secrets rotate --to {to}` changes that");
    assert!(warned.contains(&rotate), "{warned}");
    let rotated = project.succeeds(&["secrets", "rotate", "--to", &to]);
    let kept = format!("kept by the {called} {} now", project.key());
    assert!(rotated.contains(&kept), "{rotated}");
    assert!(!rotated.contains("still says"), "{rotated}");
    project.is_clean();

    let key = sandbox.path("home/.config/stack/keys/default.key");
    std::fs::remove_file(key).unwrap();
    let same = project.succeeds(&["plan", "--exit-code"]);
    assert!(!same.contains("warning"), "{same}");
    project.succeeds(&["apply", "--yes", "--replace", "std:random:Password/door"]);
    let verified = project.succeeds(&["state", "verify"]);
    assert!(verified.contains("whole and sound"), "{verified}");

    let words = "correct horse battery";
    let mut to_words = project.command(&["secrets", "rotate", "--to", "passphrase"]);
    let rotated = succeeds(to_words.env("STACK_NEW_PASSPHRASE", words));
    let still = format!("Stack.toml still says sealed_by = \"{kind}:");
    assert!(rotated.contains(&still), "{rotated}");
    assert_eq!(project.header()["kind"], "passphrase");
    // The cloud is not needed any more, not even for the states that it sealed.
    project.disable();
    sealed_by(sandbox, "passphrase");
    for arguments in [&["plan", "--exit-code"][..], &["state", "verify"]] {
        let mut command = project.command(arguments);
        let said = succeeds(command.env("STACK_PASSPHRASE", words));
        assert!(!said.contains("warning"), "{said}");
    }
}

/// The first line of the newest state.
fn preamble(sandbox: &Sandbox) -> Json {
    let states = sandbox.bytes_below(".stack/state/shop/dev/state");
    let (_, newest) = states.into_iter().max().unwrap();
    let line = newest.split(|byte| *byte == b'\n').next().unwrap();
    serde_json::from_slice(line).unwrap()
}

/// No state was made.
pub fn nothing_was_born(sandbox: &Sandbox) {
    let serials = sandbox.state().join("state");
    assert!(
        !serials.exists() || std::fs::read_dir(serials).unwrap().next().is_none(),
        "nothing was born"
    );
}

/// What it says when it refuses.
pub fn refused(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    text
}
