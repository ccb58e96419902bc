//! What an apply would fail of half-way is found before it begins, all of it at once.

use std::process::{Command, Output};

use serde_json::{Value as Json, json};
use xtask::recorder::Recorder;

use crate::sandbox::{Sandbox, graph};

/// A project whose binary reaches a cloud through a recording proxy.
struct Watched {
    sandbox: Sandbox,
    recorder: Recorder,
    variables: Vec<(&'static str, String)>,
}

impl Watched {
    fn stack(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.binary(arguments);
        command.envs(self.variables.iter().cloned());
        command
    }

    /// Runs a command to its end; gives what it said, once it ended as expected.
    fn says(&self, arguments: &[&str], code: i32) -> String {
        let output: Output = self.stack(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{said}");
        said
    }

    /// A preview that finds something.
    fn previewed(&self) -> String {
        let output = self.stack(&["preview", "--preflight"]).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(6), "{shown}");
        shown
    }

    /// What an apply is refused with, before anything of it was done.
    fn refused(&self) -> String {
        self.recorder.take();
        let said = self.says(&["apply", "--yes"], 1);
        let wrote: Vec<_> = self.recorder.take();
        let wrote: Vec<_> = wrote.iter().filter(|call| !call.reads).collect();
        assert!(wrote.is_empty(), "{wrote:#?}");
        let listed = self.sandbox.succeeds(&["state", "list"]).stdout;
        assert_eq!(String::from_utf8_lossy(&listed), "");
        said
    }
}

fn has(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
}

#[cfg(feature = "aws")]
mod aws {
    use xtask::account;
    use xtask::emulator::{Emulator, Kind, ask};

    use super::*;

    /// An account of its own, and the emulator's address.
    fn watched(kind: Kind, resources: Json) -> (Watched, String, String) {
        let endpoint = Emulator::shared(kind);
        let (account, recorder) = (account::fresh(), Recorder::start(&endpoint).unwrap());
        let watched = Watched {
            sandbox: Sandbox::new(&graph(resources)),
            variables: vec![
                ("AWS_ENDPOINT_URL", recorder.endpoint().to_owned()),
                ("AWS_REGION", "eu-west-3".to_owned()),
                ("AWS_ACCESS_KEY_ID", account.clone()),
                ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ],
            recorder,
        };
        (watched, endpoint, account)
    }

    fn network_and_bucket(bucket: &str) -> Json {
        json!([
            {"type": "aws:ec2:Vpc", "name": "main", "inputs": {"cidr_block": "10.0.0.0/16"}},
            {"type": "aws:s3:Bucket", "name": "files", "inputs": {"bucket": bucket}},
        ])
    }

    #[test]
    fn a_bucket_that_is_there_and_what_is_not_permitted_are_found_together() {
        let bucket = format!("taken-{}", account::fresh());
        let (theirs, ..) = watched(Kind::Ministack, network_and_bucket(&bucket));
        theirs.says(&["apply", "--yes"], 0);

        let (ours, endpoint, account) = watched(Kind::Ministack, network_and_bucket(&bucket));
        ask(&endpoint, &format!("deny/{account}/ec2:CreateVpc")).unwrap();
        let said = ours.refused();
        has(
            &said,
            &[
                "an apply would fail half-way, so none was begun",
                "aws:s3:Bucket/files",
                &format!("there is a bucket {bucket} already"),
                "may not ec2:CreateVpc\n",
                "`stack apply --no-preflight` begins all the same",
            ],
        );
        has(
            &ours.says(&["plan", "--preflight"], 1),
            &["there is a bucket", "ec2:CreateVpc"],
        );
        // A preview is made as somebody else than who applies.
        let said = ours.previewed();
        has(&said, &["there is a bucket"]);
        assert!(!said.contains("ec2:CreateVpc"), "{said}");
        ours.says(&["plan"], 0);
    }

    #[test]
    fn a_simulation_that_is_refused_is_said_and_stops_nothing() {
        let bucket = format!("ours-{}", account::fresh());
        let (ours, endpoint, account) = watched(Kind::Ministack, network_and_bucket(&bucket));
        for action in ["iam:SimulatePrincipalPolicy", "ec2:CreateVpc"] {
            ask(&endpoint, &format!("deny/{account}/{action}")).unwrap();
        }
        let said = ours.says(&["apply", "--yes"], 0);
        let told = said.lines().filter(|line| line.contains("preflight"));
        assert_eq!(told.count(), 1, "{said}");
        has(&said, &["iam:SimulatePrincipalPolicy", "Applied: 2 steps"]);
        // What is there by now has its own name, and what has to go is asked about.
        ours.says(&["plan", "--preflight"], 0);
    }

    #[test]
    fn a_name_that_goes_from_one_resource_to_another_wants_to_be_said() {
        let bucket = format!("ours-{}", account::fresh());
        let (ours, ..) = watched(Kind::Ministack, network_and_bucket(&bucket));
        ours.says(&["apply", "--yes"], 0);
        let mut resources = network_and_bucket(&bucket);
        resources[1]["name"] = json!("others");
        let mut program = graph(resources);
        ours.sandbox.graph(&program);
        let said = ours.says(&["apply", "--yes"], 1);
        has(
            &said,
            &["it is aws:s3:Bucket/files: where that becomes this one, say so with `moved`"],
        );
        program["moved"] = json!([{"from": "aws:s3:Bucket/files", "to": "aws:s3:Bucket/others"}]);
        ours.sandbox.graph(&program);
        ours.says(&["apply", "--yes"], 0);
    }

    #[test]
    fn only_what_the_plan_does_has_to_be_permitted() {
        let bucket = format!("ours-{}", account::fresh());
        let (ours, endpoint, account) = watched(Kind::Ministack, network_and_bucket(&bucket));
        ours.says(&["apply", "--yes"], 0);
        for action in ["ec2:CreateVpc", "ec2:DeleteVpc"] {
            ask(&endpoint, &format!("deny/{account}/{action}")).unwrap();
        }
        let settings = json!({"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": true});
        let mut resources = network_and_bucket(&bucket);
        resources[0]["inputs"] = settings;
        ours.sandbox.graph(&graph(resources.clone()));
        ours.says(&["apply", "--yes"], 0);
        resources.as_array_mut().unwrap().remove(0);
        ours.sandbox.graph(&graph(resources));
        has(
            &ours.says(&["apply", "--yes"], 1),
            &["may not ec2:DeleteVpc\n"],
        );
        // The simulator is not who decides.
        ours.says(&["apply", "--yes", "--no-preflight"], 0);
    }
}

#[cfg(feature = "azure")]
mod azure {
    use std::sync::Arc;
    use std::time::Duration;

    use uuid::Uuid;
    use xtask::azure::LocalAzure;

    use super::*;

    fn watched(azure: &Arc<LocalAzure>, resources: Json) -> (Watched, String) {
        let subscription = Uuid::new_v4().to_string();
        let recorder = Recorder::start(azure.endpoint()).unwrap();
        let mut variables = azure.variables(&subscription).to_vec();
        variables.push(("STACK_AZURE_ENDPOINT", recorder.endpoint().to_owned()));
        let watched = Watched {
            sandbox: Sandbox::new(&graph(resources)),
            recorder,
            variables,
        };
        (watched, subscription)
    }

    fn group() -> Json {
        json!({"type": "azure:resources:ResourceGroup", "name": "all", "inputs": {"location": "westeurope"}})
    }

    fn in_group(type_name: &str, name: &str, mut inputs: Json) -> Json {
        inputs["resource_group_id"] =
            json!({"$ref": {"urn": "azure:resources:ResourceGroup/all", "path": ["id"]}});
        inputs["location"] = json!("westeurope");
        json!({"type": type_name, "name": name, "inputs": inputs})
    }

    fn named() -> Json {
        json!([
            group(),
            in_group(
                "azure:storage:StorageAccount",
                "files",
                json!({"name": "takenfiles", "sku_name": "Standard_LRS"})
            ),
            in_group(
                "azure:containerregistry:Registry",
                "images",
                json!({"name": "takenimages", "sku": "Basic"})
            ),
            in_group(
                "azure:keyvault:Vault",
                "secrets",
                json!({"name": "taken-secrets"})
            ),
        ])
    }

    #[test]
    fn names_that_are_taken_are_found_together() {
        let azure = Arc::new(LocalAzure::start(Duration::ZERO).unwrap());
        let (theirs, _) = watched(&azure, named());
        theirs.says(&["apply", "--yes"], 0);
        let (ours, _) = watched(&azure, named());
        let said = ours.refused();
        has(
            &said,
            &[
                "azure:storage:StorageAccount/files",
                "cannot be called takenfiles: ",
                "azure:containerregistry:Registry/images",
                "cannot be called takenimages: ",
                "azure:keyvault:Vault/secrets",
                "cannot be called taken-secrets: ",
            ],
        );
        has(&ours.previewed(), &["takenfiles", "taken-secrets"]);
    }

    #[test]
    fn a_deleted_vault_keeps_its_name() {
        let azure = Arc::new(LocalAzure::start(Duration::ZERO).unwrap());
        let with = |recover: bool| {
            let inputs = json!({"name": "kept-secrets", "recover_deleted": recover});
            json!([group(), in_group("azure:keyvault:Vault", "secrets", inputs)])
        };
        let (ours, _) = watched(&azure, with(false));
        ours.says(&["apply", "--yes"], 0);
        ours.says(&["destroy", "--yes"], 0);
        let said = ours.refused();
        has(
            &said,
            &["a deleted vault keeps this name", "recover_deleted"],
        );
        // The vault was in another resource group of ours, so Azure does not give it back here; but its name is asked for.
        ours.sandbox.graph(&graph(with(true)));
        ours.says(&["plan", "--preflight"], 0);
    }

    #[test]
    fn what_no_role_allows_and_no_service_knows_is_found_together() {
        let azure = Arc::new(LocalAzure::start(Duration::ZERO).unwrap());
        let (ours, subscription) = watched(&azure, named());
        let roles = json!({"permissions": [{"actions": ["*"], "notActions": ["Microsoft.Storage/*/write"]}]});
        let settings = format!("settings?subscription={subscription}");
        azure.control("PUT", &settings, Some(&roles)).unwrap();
        let token = azure.token("https://management.azure.com/").unwrap();
        let bearer = [("authorization", format!("Bearer {token}"))];
        let bearer: Vec<(&str, &str)> = bearer
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let unregister = format!(
            "/subscriptions/{subscription}/providers/Microsoft.KeyVault/unregister?api-version=2025-04-01"
        );
        assert_eq!(
            azure.ask("POST", &unregister, &bearer, None).unwrap().0,
            200
        );
        let said = ours.refused();
        has(
            &said,
            &[
                "no role of ours allows Microsoft.Storage/storageAccounts/blobServices/write, \
                 Microsoft.Storage/storageAccounts/write\n",
                "the subscription has not registered Microsoft.KeyVault\n",
                "az provider register --namespace Microsoft.KeyVault",
            ],
        );
        // What cannot be told stops nothing: it is tried.
        let fault = json!([{"method": "GET", "path": "providers/Microsoft.Authorization/permissions",
            "count": 100, "answer": {"status": 403, "code": "AuthorizationFailed", "message": "no"}}]);
        azure
            .control(
                "PUT",
                &format!("faults?subscription={subscription}"),
                Some(&fault),
            )
            .unwrap();
        let register = unregister.replace("unregister", "register");
        assert_eq!(azure.ask("POST", &register, &bearer, None).unwrap().0, 200);
        let said = ours.says(&["apply", "--yes"], 0);
        has(
            &said,
            &["warning: preflight could not tell all: provider configuration azure: "],
        );
    }
}
