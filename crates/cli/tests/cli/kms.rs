//! Secrets whose key is kept by AWS KMS: the real binary on the emulators.

use serde_json::json;

use crate::sandbox::{STACK_TOML, Sandbox, graph};

/// `Stack.toml` with what seals `dev`.
fn sealed_by(sandbox: &Sandbox, keeper: &str) {
    let text = format!("{STACK_TOML}\n[environments.dev]\nsealed_by = \"{keeper}\"\n");
    sandbox.write("Stack.toml", &text);
}

#[cfg(not(feature = "aws-kms"))]
#[test]
fn a_binary_without_aws_says_so() {
    let sandbox = Sandbox::new(&graph(json!([])));
    sealed_by(&sandbox, "aws-kms:alias/state");
    let refused = sandbox.output(&["apply", "--yes"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("AWS KMS key alias/state") && said.contains("was built without AWS"),
        "{said}"
    );
    assert!(!sandbox.state().join("state").join("0000000001").exists());
    let planned = sandbox.output(&["plan"]);
    assert_eq!(planned.status.code(), Some(0), "a plan needs no key yet");
}

/// What seals is chosen by environment, and what is recorded stays as it is until a person changes it.
#[test]
fn what_seals_is_chosen_by_environment() {
    let sandbox = Sandbox::new(&graph(json!([])));
    let with_words = |arguments: &[&str]| {
        let mut command = sandbox.binary(arguments);
        command.env("STACK_PASSPHRASE", "correct horse battery");
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    };
    sealed_by(&sandbox, "passphrase");
    let refused = sandbox.output(&["apply", "--yes"]);
    let said = String::from_utf8_lossy(&refused.stderr);
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
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("aws-kms:KEY"), "{said}");
}

#[cfg(feature = "aws-kms")]
mod with_aws {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::process::{Command, Output};

    use serde_json::{Value as Json, json};
    use xtask::emulator::{Emulator, Kind};

    use super::sealed_by;
    use crate::sandbox::{Sandbox, graph, value};
    use crate::secrets::{SECRET, clean};

    const REGION: &str = "eu-west-3";

    /// A project, and an account with a key that has an alias.
    struct Project {
        sandbox: Sandbox,
        endpoint: String,
        account: String,
        arn: String,
    }

    impl Project {
        fn new(kind: Kind) -> Self {
            let mut wanted = graph(json!([
                value("holder", json!({"$secret": {"password": SECRET}})),
                {"type": "std:random:Password", "name": "door", "inputs": {}},
            ]));
            wanted["outputs"] = json!({"password": {"value":
                {"$ref": {"urn": "std:core:Value/holder", "path": ["value", "password"]}}}});
            let mut project = Self {
                sandbox: Sandbox::new(&wanted),
                endpoint: Emulator::shared(kind),
                account: xtask::account::fresh(),
                arn: String::new(),
            };
            let made = project.ask("CreateKey", json!({}));
            project.arn = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
            let alias = json!({"AliasName": "alias/state", "TargetKeyId": project.arn});
            project.ask("CreateAlias", alias);
            project
        }

        /// Asks KMS itself.
        fn ask(&self, operation: &str, body: Json) -> Json {
            let address = self.endpoint.trim_start_matches("http://");
            let mut stream = TcpStream::connect(address).unwrap();
            let (body, account) = (body.to_string(), &self.account);
            let request = format!(
                "POST / HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: \
                 TrentService.{operation}\r\nAuthorization: AWS4-HMAC-SHA256 Credential={account}/20260101/{REGION}\
                 /kms/aws4_request, SignedHeaders=host, Signature=0\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.contains(" 200 "), "{answer}");
            let (_, body) = answer.split_once("\r\n\r\n").unwrap();
            serde_json::from_str(body).unwrap_or(Json::Null)
        }

        /// The binary, with AWS around it and nothing else of this machine.
        fn command(&self, arguments: &[&str]) -> Command {
            let mut command = self.sandbox.binary(arguments);
            for name in [
                "AWS_PROFILE",
                "AWS_SESSION_TOKEN",
                "AWS_DEFAULT_REGION",
                "AWS_ENDPOINT_URL_KMS",
            ] {
                command.env_remove(name);
            }
            command
                .env("AWS_ACCESS_KEY_ID", &self.account)
                .env("AWS_SECRET_ACCESS_KEY", "secret")
                .env("AWS_REGION", REGION)
                .env("AWS_ENDPOINT_URL", &self.endpoint)
                .env("AWS_EC2_METADATA_DISABLED", "true")
                .env("NO_PROXY", "127.0.0.1");
            command
        }

        fn succeeds(&self, arguments: &[&str]) -> String {
            succeeds(&mut self.command(arguments))
        }

        fn refused(&self, command: &mut Command) -> String {
            let output = command.output().unwrap();
            let said = said(&output);
            assert_eq!(output.status.code(), Some(1), "{said}");
            said
        }

        /// What the newest state says of its key.
        fn header(&self) -> Json {
            let mut states: Vec<_> = self
                .sandbox
                .bytes_below(".stack/state/shop/dev/state")
                .into_iter()
                .collect();
            states.sort();
            let (_, bytes) = states.pop().unwrap();
            let line = bytes.split(|byte| *byte == b'\n').next().unwrap();
            serde_json::from_slice::<Json>(line).unwrap()["sealing"].clone()
        }

        /// Neither what is planted nor the data key is anywhere.
        fn is_clean(&self) {
            let header = self.header();
            let mut context = json!({"stack:purpose": "stack-data-key-1"});
            context["stack:lineage"] = self.lineage().into();
            let data = self.ask(
                "Decrypt",
                json!({"KeyId": header["key"], "CiphertextBlob": header["wrapped"], "EncryptionContext": context}),
            );
            let data = data["Plaintext"]
                .as_str()
                .unwrap()
                .trim_end_matches('=')
                .to_owned();
            assert_eq!(data.len(), 43, "32 bytes in base64");
            for (path, bytes) in self.sandbox.bytes_below(".stack") {
                let path = path.display().to_string();
                clean(&path, &bytes);
                let text = String::from_utf8_lossy(&bytes);
                assert!(!text.contains(&data), "{path} holds the data key");
            }
        }

        fn lineage(&self) -> String {
            let states = self.sandbox.bytes_below(".stack/state/shop/dev/state");
            let (_, bytes) = &states[0];
            let line = bytes.split(|byte| *byte == b'\n').next().unwrap();
            let preamble: Json = serde_json::from_slice(line).unwrap();
            preamble["lineage"].as_str().unwrap().to_owned()
        }
    }

    fn said(output: &Output) -> String {
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// What it says, none of which may be what was planted.
    fn succeeds(command: &mut Command) -> String {
        let output = command.output().unwrap();
        let text = said(&output);
        assert!(output.status.success(), "{command:?}: {text}");
        clean("stdout", &output.stdout);
        clean("stderr", &output.stderr);
        text
    }

    #[test]
    fn a_state_is_born_under_a_key_of_kms() {
        for kind in Kind::AWS {
            let project = Project::new(kind);
            sealed_by(&project.sandbox, "aws-kms:alias/state");
            project.succeeds(&["plan"]);
            assert!(
                !project.sandbox.path(".stack").exists(),
                "a plan makes none"
            );
            project.succeeds(&["apply", "--yes"]);
            assert!(!project.sandbox.path("home/.config/stack").exists());
            let header = project.header();
            assert_eq!(header["kind"], "aws-kms");
            assert_eq!(header["key"], project.arn.as_str());
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
            let saved = std::fs::read(project.sandbox.path("plan.json")).unwrap();
            clean("plan.json", &saved);
            project.succeeds(&["apply", "plan.json"]);
            project.is_clean();

            // What is recorded needs no setting, and the key's own region is the one that counts.
            project
                .sandbox
                .write("Stack.toml", crate::sandbox::STACK_TOML);
            let mut elsewhere = project.command(&["plan", "--exit-code"]);
            succeeds(elsewhere.env("AWS_REGION", "us-east-1"));
            succeeds(elsewhere.env_remove("AWS_REGION"));
        }
    }

    #[test]
    fn a_key_moves_from_the_key_file_to_kms_to_a_passphrase() {
        for kind in Kind::AWS {
            let project = Project::new(kind);
            project.succeeds(&["apply", "--yes"]);
            assert_eq!(project.header()["kind"], "key-file");
            let to = format!("aws-kms:{}", project.arn);
            sealed_by(&project.sandbox, &to);
            let warned = project.succeeds(&["plan"]);
            let rotate = format!("`stack secrets rotate --to {to}` changes that");
            assert!(warned.contains(&rotate), "{warned}");
            let rotated = project.succeeds(&["secrets", "rotate", "--to", &to]);
            assert!(
                rotated.contains(&format!("kept by the AWS KMS key {} now", project.arn)),
                "{rotated}"
            );
            assert!(!rotated.contains("still says"), "{rotated}");
            project.is_clean();

            let key = project.sandbox.path("home/.config/stack/keys/default.key");
            std::fs::remove_file(key).unwrap();
            let same = project.succeeds(&["plan", "--exit-code"]);
            assert!(!same.contains("warning"), "{same}");
            project.succeeds(&["apply", "--yes", "--replace", "std:random:Password/door"]);
            let verified = project.succeeds(&["state", "verify"]);
            assert!(verified.contains("whole and sound"), "{verified}");

            let words = "correct horse battery";
            let mut to_words = project.command(&["secrets", "rotate", "--to", "passphrase"]);
            let rotated = succeeds(to_words.env("STACK_NEW_PASSPHRASE", words));
            assert!(
                rotated.contains("Stack.toml still says sealed_by = \"aws-kms:"),
                "{rotated}"
            );
            assert_eq!(project.header()["kind"], "passphrase");
            // KMS is not needed any more, not even for the states that it sealed.
            project.ask("DisableKey", json!({"KeyId": project.arn}));
            sealed_by(&project.sandbox, "passphrase");
            for arguments in [&["plan", "--exit-code"][..], &["state", "verify"]] {
                let mut command = project.command(arguments);
                let said = succeeds(command.env("STACK_PASSPHRASE", words));
                assert!(!said.contains("warning"), "{said}");
            }
        }
    }

    /// The error that a person sees first of all: nothing is recorded, and each says what to do.
    #[test]
    fn what_cannot_be_had_of_kms_is_said_in_full() {
        let project = Project::new(Kind::Moto);
        sealed_by(&project.sandbox, "aws-kms:alias/state");
        let apply = ["apply", "--yes"];
        let said = project.refused(project.command(&apply).env("AWS_REGION", "us-east-1"));
        for part in [
            "error: cannot seal the data key of this state: kms:Encrypt with the AWS KMS key alias/state failed: NotFoundException",
            "us-east-1",
            "(request ",
            "name it by its ARN",
        ] {
            assert!(said.contains(part), "{said}");
        }
        let said = project.refused(project.command(&apply).env_remove("AWS_REGION"));
        assert!(said.contains("no region is set; name the key"), "{said}");
        let mut nobody = project.command(&apply);
        nobody
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY");
        let said = project.refused(&mut nobody);
        assert!(said.contains("failed: the credential"), "{said}");
        assert!(said.contains("no credentials found"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("sign in, or set AWS_PROFILE"), "{said}");
        let serials = project.sandbox.state().join("state");
        assert!(
            !serials.exists() || std::fs::read_dir(serials).unwrap().next().is_none(),
            "nothing was born"
        );

        project.succeeds(&apply);
        let other = xtask::account::fresh();
        let said = project.refused(project.command(&["plan"]).env("AWS_ACCESS_KEY_ID", other));
        assert!(
            said.contains("error: cannot open the secrets of this state: kms:Decrypt with the AWS KMS key arn:"),
            "{said}"
        );
        project.ask("DisableKey", json!({"KeyId": project.arn}));
        let said = project.refused(&mut project.command(&["plan"]));
        assert!(said.contains("enable the key again"), "{said}");

        // A key that cannot be wrapped anew stays as it was.
        project.ask("EnableKey", json!({"KeyId": project.arn}));
        let before = project.header();
        let rotate = ["secrets", "rotate", "--to", "aws-kms:alias/none"];
        let said = project.refused(&mut project.command(&rotate));
        assert!(said.contains("alias/none"), "{said}");
        assert_eq!(project.header(), before);
        project.succeeds(&["plan", "--exit-code"]);
    }
}
