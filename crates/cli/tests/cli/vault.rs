//! Secrets whose key is kept by Azure Key Vault: the real binary on the emulator.

#[cfg(not(feature = "azure-key-vault"))]
#[test]
fn a_binary_without_azure_names_the_vaults_key() {
    let key = "https://shop.vault.azure.net/keys/state";
    let keeper = format!("azure-key-vault:{key}");
    let key = format!("Azure Key Vault key {key}");
    crate::sealing::is_named_without_its_cloud(&keeper, &key, "Azure");
}

#[cfg(feature = "azure-key-vault")]
mod with_azure {
    use std::process::Command;

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value as Json, json};
    use stack_backend::Key;
    use xtask::vault::{OFFICER, SUBSCRIPTION, Vault};

    use crate::kept::{
        Kept, holding, is_born_and_lives, moves_in_and_out, nothing_was_born, refused,
    };
    use crate::sandbox::Sandbox;
    use crate::sealing::{said, sealed_by};

    const APPLY: [&str; 2] = ["apply", "--yes"];

    /// A project, and a vault with the key `state`.
    struct Project {
        sandbox: Sandbox,
        vault: Vault,
        named: String,
        kid: String,
    }

    impl Project {
        fn new() -> Self {
            let vault = Vault::start().unwrap();
            Self {
                sandbox: holding(),
                named: format!("{}/keys/state", vault.address()),
                kid: vault.key("state", "RSA").unwrap(),
                vault,
            }
        }

        /// What the vault itself unwraps.
        fn unwrapped(&self, header: &Json) -> Vec<u8> {
            let key = header["key"].as_str().unwrap();
            let path = key.strip_prefix(&self.vault.address()).unwrap();
            let path = format!("{}/unwrapkey", path.trim_start_matches('/'));
            let body = json!({"alg": "RSA-OAEP-256", "value": header["wrapping_key"]});
            let (status, answer) = self.vault.ask("POST", &path, &body).unwrap();
            assert_eq!(status, 200, "{answer}");
            let value = answer["value"].as_str().unwrap();
            URL_SAFE_NO_PAD.decode(value).unwrap()
        }

        /// What it says when it refuses, without what differs from run to run.
        fn refuses(&self, command: &mut Command) -> String {
            let said = refused(command).replace(&self.vault.address(), "VAULT");
            let (_, version) = self.kid.rsplit_once('/').unwrap();
            let said = said.replace(version, "VERSION");
            match said.split_once(" (request ") {
                None => said,
                Some((before, after)) => {
                    let (request, after) = after.split_once(')').unwrap();
                    assert_eq!(request.len(), 36, "{said}");
                    format!("{before} (request ID){after}")
                }
            }
        }

        fn sealed_by(&self, key: &str) {
            let vault = self.vault.address();
            sealed_by(
                &self.sandbox,
                &format!("azure-key-vault:{vault}/keys/{key}"),
            );
        }
    }

    impl Kept for Project {
        const KIND: (&str, &str) = ("azure-key-vault", "Azure Key Vault key");

        fn sandbox(&self) -> &Sandbox {
            &self.sandbox
        }

        fn command(&self, arguments: &[&str]) -> Command {
            let mut command = self.sandbox.binary(arguments);
            for name in [
                "AZURE_CLIENT_ID",
                "AZURE_CLIENT_SECRET",
                "AZURE_FEDERATED_TOKEN_FILE",
                "AZURE_TENANT_ID",
            ] {
                command.env_remove(name);
            }
            command
                .envs(self.vault.azure.variables(SUBSCRIPTION))
                .env("NO_PROXY", "127.0.0.1");
            command
        }

        fn key(&self) -> &str {
            &self.kid
        }

        fn named(&self) -> &str {
            &self.named
        }

        fn keys(&self, lineage: &str, header: &Json) -> Vec<Vec<u8>> {
            let wrapping = self.unwrapped(header);
            let purpose = format!("stack-data-key-1 {lineage}");
            let data = Key::from_bytes(&wrapping).unwrap();
            let data = data.open(purpose.as_bytes(), header["wrapped"].as_str().unwrap());
            vec![data.unwrap().to_vec(), wrapping]
        }

        fn disable(&self) {
            self.vault.enable("state", false).unwrap();
        }
    }

    #[test]
    fn a_state_is_born_under_a_key_of_a_vault() {
        is_born_and_lives(&Project::new());
    }

    #[test]
    fn a_key_moves_from_the_key_file_to_a_vault_to_a_passphrase() {
        moves_in_and_out(&Project::new());
    }

    /// The error that a person sees first of all: nothing is recorded, and each says what to do.
    #[test]
    fn what_cannot_be_had_of_a_vault_is_said_in_full() {
        let project = Project::new();
        project.vault.key("curve", "EC").unwrap();
        let apply = || project.command(&APPLY);
        let sealing = "error: cannot seal the data key of this state: keys/wrapKey with the Azure Key Vault key VAULT/keys";

        project.sealed_by("none");
        assert_eq!(
            project.refuses(&mut apply()),
            format!(
                "{sealing}/none failed: KeyNotFound: A key with (name/id) none was not found in this key vault. If you \
                 recently deleted this key you may be able to recover it using the correct recovery command. For help \
                 resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182 (request ID); see \
                 whether the key is there; one that was deleted can be recovered until it is purged\n"
            )
        );
        project.sealed_by("curve");
        assert_eq!(
            project.refuses(&mut apply()),
            format!(
                "{sealing}/curve failed: BadParameter: Key and algorithm are incompatible: key type EC, algorithm \
                 RSA-OAEP-256 (request ID); take an RSA key: keys of another type cannot wrap\n"
            )
        );
        project.sealed_by("state");
        // Its header is missing, and there is nobody else on the path.
        let nobody = project.refuses(apply().env_remove("IDENTITY_HEADER").env("PATH", ""));
        let named =
            format!("{sealing}/state failed: no credential gave a token (the managed identity: ");
        assert!(nobody.starts_with(&named), "{nobody}");
        let advice = "); sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET\n";
        assert!(nobody.ends_with(advice), "{nobody}");
        assert_eq!(nobody.lines().count(), 1, "{nobody}");

        project.vault.dismiss(OFFICER).unwrap();
        let denied = project.refuses(&mut apply());
        let named =
            format!("{sealing}/state failed: Forbidden, ForbiddenByRbac: Caller is not authorized");
        assert!(denied.starts_with(&named), "{denied}");
        let advice = "(request ID); give the identity that runs this the role \"Key Vault Crypto User\" on this key or its \
                      vault; a new role is felt after some minutes\n";
        assert!(denied.ends_with(advice), "{denied}");
        nothing_was_born(&project.sandbox);
        project.vault.assign(OFFICER).unwrap();
        project.succeeds(&APPLY);

        project.disable();
        assert_eq!(
            project.refuses(&mut project.command(&["plan"])),
            "error: cannot open the secrets of this state: keys/unwrapKey with the Azure Key Vault key \
             VAULT/keys/state/VERSION failed: Forbidden, KeyDisabled: Operation unwrapKey is not allowed on a disabled \
             key (request ID); enable the key again: what it sealed cannot be opened without it\n"
        );
        project.vault.enable("state", true).unwrap();
        // A key that cannot be wrapped anew stays as it was.
        let before = project.header();
        let to = format!("azure-key-vault:{}/keys/none", project.vault.address());
        let said = project.refuses(&mut project.command(&["secrets", "rotate", "--to", &to]));
        assert!(
            said.contains("VAULT/keys/none failed: KeyNotFound"),
            "{said}"
        );
        assert_eq!(project.header(), before);
        project.succeeds(&["plan", "--exit-code"]);
    }

    /// The version that wrapped is in the header, so a rotated key goes on opening what is older.
    #[test]
    fn a_new_version_of_the_key_opens_what_an_older_one_sealed() {
        let project = Project::new();
        project.sealed_by("state");
        project.succeeds(&APPLY);
        let second = project.vault.key("state", "RSA").unwrap();
        let same = project.succeeds(&["plan", "--exit-code"]);
        assert!(!same.contains("warning"), "{same}");
        project.succeeds(&["apply", "--yes", "--replace", "std:random:Password/door"]);
        assert_eq!(project.header()["key"], project.kid.as_str());

        let to = format!("azure-key-vault:{}", project.named);
        project.succeeds(&["secrets", "rotate", "--to", &to]);
        assert_eq!(project.header()["key"], second.as_str());
        // The older one is not needed any more.
        let (_, version) = project.kid.rsplit_once('/').unwrap();
        let disabled = json!({"attributes": {"enabled": false}});
        let path = format!("keys/state/{version}");
        project.vault.ask("PATCH", &path, &disabled).unwrap();
        project.succeeds(&["plan", "--exit-code"]);
        project.is_clean();
        // A setting that wants one version says so where another sealed.
        sealed_by(
            &project.sandbox,
            &format!("azure-key-vault:{}", project.kid),
        );
        let warned = project.succeeds(&["plan"]);
        assert!(warned.contains("changes that"), "{warned}");
    }

    #[test]
    fn a_token_goes_to_vaults_alone() {
        let project = Project::new();
        for (key, expected) in [
            (
                "https://shop.vault.azure.net.example.com/keys/state",
                "https://shop.vault.azure.net.example.com is not Azure Key Vault, and whoever is there would be given a \
                 token for every vault: write an https address below vault.azure.net, ",
            ),
            (
                "http://shop.vault.azure.net/keys/state",
                "http://shop.vault.azure.net is not Azure Key Vault",
            ),
            (
                "https://shop.vault.azure.net/secrets/state",
                "\"https://shop.vault.azure.net/secrets/state\" is no key of Azure Key Vault: write its identifier",
            ),
        ] {
            let keeper = format!("azure-key-vault:{key}");
            sealed_by(&project.sandbox, &keeper);
            let refused = project.command(&["plan"]).output().unwrap();
            let said = said(&refused);
            assert_ne!(refused.status.code(), Some(0), "{said}");
            let named =
                format!("Stack.toml:6: environments.dev.sealed_by is \"{keeper}\": {expected}");
            assert!(said.contains(&named), "{said}");
        }
    }
}
