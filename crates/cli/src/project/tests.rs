use std::path::Path;

use serde_json::json;
use stack_engine::Seal;
use stack_engine::backend::Result as SealResult;
use stack_model::Value;

use super::*;

fn parse(text: &str) -> Result<Project, ProjectError> {
    Project::parse(text, Path::new("/shop/Stack.toml"))
}

/// A `Stack.toml` with what every one needs, and then this.
fn with(rest: &str) -> Result<Project, ProjectError> {
    parse(&format!(
        "[stack]\nname = \"shop\"\nprogram = {{ cargo = \"shop\" }}\n{rest}"
    ))
}

fn refused(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn the_smallest_project_has_defaults() {
    let project = with("").unwrap();
    assert_eq!(project.backend, DEFAULT_BACKEND);
    assert_eq!(project.program, Program::Cargo("shop".into()));
    assert_eq!(project.folder, Path::new("/shop"));
    let environment = project.environment(None).unwrap();
    assert_eq!(environment.name, "dev");
    assert!(!environment.production && environment.accounts.is_empty());
}

#[test]
fn an_environment_is_chosen_and_never_guessed() {
    let one = with("[environments.prod]\nproduction = true\naccounts = [\"aws:1\"]\n").unwrap();
    let chosen = one.environment(None).unwrap();
    assert_eq!((chosen.name.as_str(), chosen.production), ("prod", true));
    assert_eq!(chosen.accounts, ["aws:1"]);

    let two = with("[environments.prod]\n[environments.test]\n").unwrap();
    let error = two.environment(None).unwrap_err();
    assert_eq!(error.hint().unwrap(), "name one with `-e`: prod, test");
    let error = two.environment(Some("prdo")).unwrap_err();
    assert!(
        error.to_string().ends_with("has no environment prdo"),
        "{error}"
    );
    let none = with("").unwrap();
    assert!(none.environment(Some("prod")).is_err());
}

#[test]
fn errors_name_file_line_and_key() {
    let head = "[stack]\nname = \"shop\"\nprogram = { cargo = \"shop\" }\n";
    let cases = [
        (
            "[stack]\nname = \"a b\"\nprogram = { cargo = \"x\" }\n",
            ":2: stack.name: \"a b\"",
        ),
        (
            "[stack]\nname = 7\nprogram = { cargo = \"x\" }\n",
            ":2: name: invalid type: integer `7`",
        ),
        ("[stack]\nname = \"shop\"\n", ":1: missing field `program`"),
        (
            "[stack]\nname = \"shop\"\nprogram = { }\n",
            ":3: stack.program must be one of",
        ),
        (
            "[stack]\nname = \"shop\"\nprogram = { command = [] }\n",
            ":3: stack.program.command",
        ),
        (
            "[stack]\nname = \"shop\"\nprogram = { cargo = \"x\"\n",
            ":3: ",
        ),
    ];
    for (text, expected) in cases {
        let found = refused(text);
        assert!(
            found.starts_with(&format!("/shop/Stack.toml{expected}")),
            "{found}"
        );
    }
    let cases = [
        (
            "[backend]\nuri = \"file:x\"\n",
            ":5: unknown field `uri`, expected `url` or `key_file`",
        ),
        ("[enviroments.dev]\n", ":4: unknown field `enviroments`"),
        (
            "[environments.dev]\nproduction = \"yes\"\n",
            ":5: environments.dev.production must be true or false",
        ),
        (
            "[environments.dev]\naccounts = \"aws:1\"\n",
            ":5: environments.dev.accounts must be a list",
        ),
        (
            "[environments.dev]\nsealed_by = \"keyfile\"\n",
            ":5: environments.dev.sealed_by is \"keyfile\": it must be \"key-file\", \"passphrase\", \"aws-kms:KEY\"",
        ),
        (
            "[environments.dev]\nsealed_by = 7\n",
            ":5: environments.dev.sealed_by is 7: it must be",
        ),
        (
            "[environments.dev]\nsealed_by = \"aws-kms:alias/\"\n",
            ":5: environments.dev.sealed_by is \"aws-kms:alias/\": \"alias/\" is no key of AWS KMS",
        ),
        (
            "[environments.dev]\nsealed_by = \"azure-key-vault:https://example.com/keys/state\"\n",
            ":5: environments.dev.sealed_by is \"azure-key-vault:https://example.com/keys/state\": ",
        ),
        ("[environments.\"a b\"]\n", ":4: environments.a b: "),
    ];
    for (rest, expected) in cases {
        let found = refused(&format!("{head}{rest}"));
        assert!(
            found.starts_with(&format!("/shop/Stack.toml{expected}")),
            "{found}"
        );
    }
}

/// Seals by turning digits around.
struct Backwards;

impl Seal for Backwards {
    fn seal(&self, plain: &[u8]) -> SealResult<String> {
        Ok(hex::encode(plain).chars().rev().collect())
    }

    fn open(&self, sealed: &str) -> SealResult<Vec<u8>> {
        Ok(hex::decode(sealed.chars().rev().collect::<String>()).unwrap_or_default())
    }

    fn header(&self) -> serde_json::Value {
        json!({})
    }
}

#[test]
fn an_environment_lies_over_what_all_share() {
    let project = with(
        "[config]\nsize = 1\nzones = [\"a\", \"b\"]\n[config.database]\nclass = \"small\"\nbackups = 7\n\
         [environments.dev]\nsize = 2\nzones = [\"c\"]\ndatabase = { class = \"large\" }\n",
    );
    let config = project.unwrap().environment(None).unwrap().config;
    let expected = json!({"size": 2, "zones": ["c"], "database": {"class": "large", "backups": 7}});
    assert_eq!(config.for_program(), expected);
    let opened = config.open(&Backwards).unwrap();
    assert_eq!(
        opened["database"]
            .at(&["backups".into()])
            .unwrap()
            .into_owned(),
        Value::Int(7)
    );
}

/// A sealed text as a value for `Stack.toml`.
fn sealed(text: &str) -> String {
    let sealed = super::seal(text, &Backwards).unwrap();
    format!("{{ {} = \"{sealed}\" }}", super::SEALED)
}

#[test]
fn a_sealed_value_reaches_the_engine_and_not_the_program() {
    let sealed = sealed("hunter2");
    let text = format!(
        "[config]\nkey = {{ plain = 1, sealed = \"no\" }}\n[environments.dev.payment]\nkeys = [{sealed}]\n"
    );
    let config = with(&text).unwrap().environment(None).unwrap().config;
    let program = config.for_program();
    assert_eq!(
        program["payment"]["keys"][0],
        json!({"$config": ["payment", "keys", 0]})
    );
    // Only a table with nothing else in it is sealed.
    assert_eq!(program["key"]["sealed"], json!("no"));
    let opened = config.open(&Backwards).unwrap();
    let key = opened["payment"]
        .at(&["keys".into(), 0.into()])
        .unwrap()
        .into_owned();
    assert_eq!(key, Value::from("hunter2").secret());
}

#[test]
fn a_sealed_value_that_does_not_open_is_named() {
    let text = "[environments.dev]\nkey = { sealed = \"nonsense\" }\n";
    let config = with(text).unwrap().environment(None).unwrap().config;
    let error = config.open(&Backwards).unwrap_err().to_string();
    assert!(
        error.starts_with("key does not open: it holds no value"),
        "{error}"
    );
}

#[test]
fn a_layer_over_a_sealed_value_replaces_it_whole() {
    let (below, above) = (sealed("x"), sealed("y"));
    let text = format!(
        "[config]
key = {below}
[environments.dev]
key = {above}
"
    );
    let config = with(&text).unwrap().environment(None).unwrap().config;
    assert_eq!(config.for_program(), json!({"key": {"$config": ["key"]}}));
    assert_eq!(
        config.open(&Backwards).unwrap()["key"],
        Value::from("y").secret()
    );
}

#[test]
fn a_key_that_reads_as_a_mark_is_refused() {
    let project = with("[environments.dev]\n\"$ref\" = 1\n").unwrap();
    let error = project.environment(None).unwrap_err().to_string();
    assert!(error.contains("the key \"$ref\" begins with $"), "{error}");
}
