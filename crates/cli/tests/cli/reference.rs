//! The reference of the command line says what the binary says of itself. `STACK_UPDATE=1` writes it anew.

use std::fmt::Write;

use crate::sandbox::Sandbox;

/// What `--help` says of a command, without the options of every command.
fn help(sandbox: &Sandbox, command: &str) -> String {
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let output = sandbox.succeeds(&[&words[..], &["--help"]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let (own, _) = text.split_once("  -h, --help").unwrap();
    let own = own.trim_end();
    own.strip_suffix("Options:")
        .unwrap_or(own)
        .trim_end()
        .to_owned()
}

#[test]
fn the_reference_is_what_the_binary_says() {
    let path = xtask::root().unwrap().join("docs/src/cli.md");
    let reference = std::fs::read_to_string(&path).unwrap();
    let sandbox = Sandbox::empty();
    let mut current = String::new();
    let mut commands = 0;
    let mut rest = reference.as_str();
    while let Some((before, after)) = rest.split_once("\n### `stack ") {
        let (command, after) = after.split_once("`\n").unwrap();
        let (between, after) = after.split_once("```text\n").unwrap();
        let (_, after) = after.split_once("```\n").unwrap();
        let command = format!("stack {command}");
        let help = help(&sandbox, &command);
        let _ = write!(
            current,
            "{before}\n### `{command}`\n{between}```text\n{help}\n```\n"
        );
        rest = after;
        commands += 1;
    }
    current.push_str(rest);
    assert!(commands > 30, "{commands}");
    if std::env::var_os("STACK_UPDATE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let line = current.lines().zip(reference.lines());
    let first = line.enumerate().find(|(_, (one, other))| one != other);
    assert!(
        std::env::var_os("STACK_UPDATE").is_some() || current == reference,
        "docs/src/cli.md is not what the binary says (STACK_UPDATE=1 writes it): {first:?}"
    );
}
