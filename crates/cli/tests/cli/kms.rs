//! Secrets whose key is kept by AWS KMS: the real binary on the emulators.

#[cfg(not(feature = "aws-kms"))]
#[test]
fn a_binary_without_aws_says_so() {
    let key = "AWS KMS key alias/state";
    crate::sealing::is_named_without_its_cloud("aws-kms:alias/state", key, "AWS");
}

#[cfg(feature = "aws-kms")]
mod with_aws {

    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::process::Command;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value as Json, json};
    use xtask::emulator::{Emulator, Kind};

    use crate::kept::{
        Kept, holding, is_born_and_lives, moves_in_and_out, nothing_was_born, refused,
    };
    use crate::sandbox::Sandbox;
    use crate::sealing::{sealed_by, succeeds};

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
            let mut project = Self {
                sandbox: holding(),
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
    }

    impl Kept for Project {
        const KIND: (&str, &str) = ("aws-kms", "AWS KMS key");

        fn sandbox(&self) -> &Sandbox {
            &self.sandbox
        }

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

        fn key(&self) -> &str {
            &self.arn
        }

        fn named(&self) -> &str {
            "alias/state"
        }

        fn keys(&self, lineage: &str, header: &Json) -> Vec<Vec<u8>> {
            let context = json!({"stack:purpose": "stack-data-key-1", "stack:lineage": lineage});
            let data = self.ask(
                "Decrypt",
                json!({"KeyId": header["key"], "CiphertextBlob": header["wrapped"], "EncryptionContext": context}),
            );
            let data = data["Plaintext"].as_str().unwrap();
            vec![STANDARD.decode(data).unwrap()]
        }

        fn disable(&self) {
            self.ask("DisableKey", json!({"KeyId": self.arn}));
        }
    }

    #[test]
    fn a_state_is_born_under_a_key_of_kms() {
        for kind in Kind::AWS {
            let project = Project::new(kind);
            is_born_and_lives(&project);
            // The key's own region is the one that counts.
            let mut elsewhere = project.command(&["plan", "--exit-code"]);
            succeeds(elsewhere.env("AWS_REGION", "us-east-1"));
            succeeds(elsewhere.env_remove("AWS_REGION"));
        }
    }

    #[test]
    fn a_key_moves_from_the_key_file_to_kms_to_a_passphrase() {
        for kind in Kind::AWS {
            moves_in_and_out(&Project::new(kind));
        }
    }

    #[test]
    fn what_cannot_be_had_of_kms_is_said_in_full() {
        let project = Project::new(Kind::Moto);
        sealed_by(&project.sandbox, "aws-kms:alias/state");
        let apply = ["apply", "--yes"];
        let said = refused(project.command(&apply).env("AWS_REGION", "us-east-1"));
        for part in [
            "error: cannot seal the data key of this state: kms:Encrypt with the AWS KMS key alias/state failed: NotFoundException",
            "us-east-1",
            "(request ",
            "name it by its ARN",
        ] {
            assert!(said.contains(part), "{said}");
        }
        let said = refused(project.command(&apply).env_remove("AWS_REGION"));
        assert!(said.contains("no region is set; name the key"), "{said}");
        let mut nobody = project.command(&apply);
        nobody
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY");
        let said = refused(&mut nobody);
        assert!(said.contains("failed: the credential"), "{said}");
        assert!(said.contains("no credentials found"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("sign in, or set AWS_PROFILE"), "{said}");
        nothing_was_born(&project.sandbox);

        project.succeeds(&apply);
        let other = xtask::account::fresh();
        let said = refused(project.command(&["plan"]).env("AWS_ACCESS_KEY_ID", other));
        assert!(
            said.contains("error: cannot open the secrets of this state: kms:Decrypt with the AWS KMS key arn:"),
            "{said}"
        );
        project.ask("DisableKey", json!({"KeyId": project.arn}));
        let said = refused(&mut project.command(&["plan"]));
        assert!(said.contains("enable the key again"), "{said}");

        // A key that cannot be wrapped anew stays as it was.
        project.ask("EnableKey", json!({"KeyId": project.arn}));
        let before = project.header();
        let rotate = ["secrets", "rotate", "--to", "aws-kms:alias/none"];
        let said = refused(&mut project.command(&rotate));
        assert!(said.contains("alias/none"), "{said}");
        assert_eq!(project.header(), before);
        project.succeeds(&["plan", "--exit-code"]);
    }
}
