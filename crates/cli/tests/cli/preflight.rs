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

/// The lines that say what a preflight could not tell.
fn untold(said: &str) -> Vec<&str> {
    let lines = said.lines();
    lines
        .filter(|line| line.starts_with("warning: preflight could not tell all: "))
        .collect()
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
        // Tags that a create sets are asked for by it, and permitted by themselves.
        for action in ["ec2:CreateVpc", "ec2:CreateTags"] {
            ask(&endpoint, &format!("deny/{account}/{action}")).unwrap();
        }
        let said = ours.refused();
        has(
            &said,
            &[
                "an apply would fail half-way, so none was begun",
                "aws:s3:Bucket/files",
                &format!("there is a bucket {bucket} already"),
                "may not ec2:CreateTags, ec2:CreateVpc\n",
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

    fn database(identifier: Json) -> Json {
        json!([
            {"type": "aws:ec2:Vpc", "name": "main", "inputs": {"cidr_block": "10.0.0.0/16"}},
            {"type": "aws:rds:Instance", "name": "db", "inputs": {
                "identifier": identifier, "engine": "postgres", "instance_class": "db.t4g.micro",
                "allocated_storage": 20, "master_username": "app", "master_password": "long-enough"}},
        ])
    }

    /// A name that is known once the network is there.
    fn named_later() -> Json {
        let id = json!({"$ref": {"urn": "aws:ec2:Vpc/main", "path": ["id"]}});
        json!({"$call": {"fn": "concat", "args": ["shop-", id]}})
    }

    #[test]
    fn a_policy_that_names_databases_one_by_one_is_asked_about_them() {
        let (ours, endpoint, account) = watched(Kind::Ministack, database(json!("shop-main")));
        let control = |what: &str| ask(&endpoint, what).unwrap();
        control(&format!("deny/{account}/rds:CreateDBInstance"));
        let allow = |name: &str| {
            let resource = format!("arn:aws:rds:eu-west-3:{account}:db:{name}");
            control(&format!("allow/{account}/rds:CreateDBInstance/{resource}"));
        };
        allow("other-*");
        has(&ours.refused(), &["may not rds:CreateDBInstance\n"]);
        allow("shop-*");
        let said = ours.says(&["plan", "--preflight"], 0);
        assert!(!said.contains("rds:CreateDBInstance"), "{said}");
    }

    #[test]
    fn what_is_refused_on_everything_may_be_permitted_on_what_has_no_name_yet() {
        let (ours, endpoint, account) = watched(Kind::Ministack, database(named_later()));
        let control =
            |what: &str| ask(&endpoint, &format!("{what}/{account}/rds:CreateDBInstance"));
        control("deny").unwrap();
        let said = ours.says(&["plan", "--preflight"], 0);
        let [untold] = untold(&said)[..] else {
            panic!("one line: {said}")
        };
        has(untold, &["may not rds:CreateDBInstance on everything"]);
        // A statement that denies it on everything leaves nothing open.
        control("forbid").unwrap();
        has(&ours.refused(), &["may not rds:CreateDBInstance\n"]);
    }

    fn addresses(names: &[&str]) -> Json {
        let address =
            |name: &&str| json!({"type": "aws:ec2:ElasticIp", "name": name, "inputs": {}});
        names.iter().map(address).collect()
    }

    #[test]
    fn a_quota_is_for_all_that_a_plan_makes_together() {
        let (ours, endpoint, account) = watched(Kind::Ministack, addresses(&["a", "b", "c"]));
        let limit = |limit: u32| {
            ask(&endpoint, &format!("quota/{account}/L-0263D0A3/{limit}")).unwrap();
        };
        limit(2);
        has(
            &ours.refused(),
            &[
                "an apply would fail half-way, so none was begun\n  provider configuration aws\n",
                "the quota EC2-VPC Elastic IPs (L-0263D0A3) is 2: 0 in use, and this plan needs 3 more\n",
                "try: ask the cloud for a higher limit, or delete what is not needed\n",
            ],
        );
        // A preview is made as somebody else than who applies.
        let shown = ours.stack(&["preview", "--preflight"]).output().unwrap();
        assert_eq!(shown.status.code(), Some(0));
        limit(3);
        ours.says(&["apply", "--yes"], 0);
        // What is there needs none, and what goes does so last.
        ours.says(&["plan", "--preflight"], 0);
        ours.sandbox.graph(&graph(addresses(&["b", "c", "d"])));
        has(
            &ours.says(&["apply", "--yes"], 1),
            &["is 3: 3 in use, and this plan needs 1 more\n"],
        );
        limit(4);
        ours.says(&["apply", "--yes"], 0);
    }

    #[test]
    fn a_quota_may_be_of_more_than_objects() {
        let mut resources = database(json!("shop-one"));
        let mut other = resources[1].clone();
        other["name"] = json!("other");
        other["inputs"]["identifier"] = json!("shop-other");
        other["inputs"]["allocated_storage"] = json!(30);
        resources.as_array_mut().unwrap().push(other);
        let (ours, endpoint, account) = watched(Kind::Ministack, resources);
        let limit = |code: &str, limit: u32| {
            ask(&endpoint, &format!("quota/{account}/{code}/{limit}")).unwrap();
        };
        limit("L-7ADDB58A", 49);
        limit("L-7B6409FD", 1);
        has(
            &ours.says(&["plan", "--preflight"], 1),
            &[
                "Total storage for all DB instances (L-7ADDB58A) is 49: 0 in use, and this plan needs 50 more\n",
                "DB instances (L-7B6409FD) is 1: 0 in use, and this plan needs 2 more\n",
            ],
        );
        limit("L-7ADDB58A", 50);
        limit("L-7B6409FD", 2);
        ours.says(&["plan", "--preflight"], 0);
    }

    #[test]
    fn quotas_that_are_not_told_are_said_once_and_stop_nothing() {
        let bucket = format!("ours-{}", account::fresh());
        let mut resources = network_and_bucket(&bucket);
        let more = addresses(&["a"]).as_array().unwrap().clone();
        resources.as_array_mut().unwrap().extend(more);
        let (ours, endpoint, account) = watched(Kind::Ministack, resources);
        ask(&endpoint, &format!("quota/{account}/refused/0")).unwrap();
        let said = ours.says(&["apply", "--yes"], 0);
        assert_eq!(untold(&said).len(), 1, "{said}");
        has(untold(&said)[0], &["servicequotas:GetServiceQuota"]);
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

    /// Networks, each in a region.
    fn networks(regions: &[&str]) -> Json {
        let network = |(number, region): (usize, &&str)| {
            let inputs = json!({"address_prefixes": ["10.0.0.0/16"]});
            let name = format!("net-{number}");
            let mut network = in_group("azure:network:VirtualNetwork", &name, inputs);
            network["inputs"]["location"] = json!(region);
            network
        };
        let networks = regions.iter().enumerate().map(network);
        std::iter::once(group()).chain(networks).collect()
    }

    #[test]
    fn a_quota_is_for_all_that_a_plan_makes_together_in_a_region() {
        let azure = Arc::new(LocalAzure::start(Duration::ZERO).unwrap());
        let here = ["westeurope", "West Europe"];
        let (ours, subscription) = watched(&azure, networks(&here));
        let limit = |limit: u32| {
            let settings = format!("settings?subscription={subscription}");
            let quotas = json!({"quotas": {"VirtualNetworks": limit}});
            azure.control("PUT", &settings, Some(&quotas)).unwrap();
        };
        limit(1);
        has(
            &ours.refused(),
            &[
                "  provider configuration azure\n    \
                 the quota Virtual Networks in westeurope is 1: 0 in use, and this plan needs 2 more\n",
                "try: ask the cloud for a higher limit, or delete what is not needed\n",
            ],
        );
        let shown = ours.stack(&["preview", "--preflight"]).output().unwrap();
        assert_eq!(shown.status.code(), Some(0));
        // Elsewhere is another quota.
        ours.sandbox
            .graph(&graph(networks(&["westeurope", "northeurope"])));
        ours.says(&["plan", "--preflight"], 0);
        limit(2);
        ours.sandbox.graph(&graph(networks(&here)));
        ours.says(&["apply", "--yes"], 0);
        let more = ["westeurope", "West Europe", "westeurope"];
        ours.sandbox.graph(&graph(networks(&more)));
        has(
            &ours.says(&["apply", "--yes"], 1),
            &["is 2: 2 in use, and this plan needs 1 more\n"],
        );
    }

    #[test]
    fn a_server_of_postgres_takes_the_cores_of_its_size() {
        let azure = Arc::new(LocalAzure::start(Duration::ZERO).unwrap());
        let server = json!({"sku_name": "Standard_D4ds_v5", "sku_tier": "GeneralPurpose", "version": "16",
            "administrator_login": "judge", "administrator_login_password": "Secret-password-1"});
        let server = in_group("azure:dbforpostgresql:FlexibleServer", "db", server);
        let (ours, subscription) = watched(&azure, json!([group(), server]));
        for (limit, code) in [(3, 1), (4, 0)] {
            let settings = format!("settings?subscription={subscription}");
            let quotas = json!({"quotas": {"cores": limit}});
            azure.control("PUT", &settings, Some(&quotas)).unwrap();
            let said = ours.says(&["plan", "--preflight"], code);
            let exceeded = said.contains("is 3: 0 in use, and this plan needs 4 more\n");
            assert_eq!(exceeded, code == 1, "{said}");
        }
    }

    #[test]
    fn quotas_that_are_not_told_are_said_and_stop_nothing() {
        let azure = Arc::new(LocalAzure::start(Duration::ZERO).unwrap());
        let (ours, subscription) = watched(&azure, networks(&["westeurope", "northeurope"]));
        let fault = json!([{"method": "GET", "path": "/usages",
            "count": 100, "answer": {"status": 403, "code": "AuthorizationFailed", "message": "no"}}]);
        let faults = format!("faults?subscription={subscription}");
        azure.control("PUT", &faults, Some(&fault)).unwrap();
        let said = ours.says(&["apply", "--yes"], 0);
        assert_eq!(untold(&said).len(), 1, "{said}");
        has(
            untold(&said)[0],
            &["Microsoft.Network/locations/usages/read"],
        );
    }
}
