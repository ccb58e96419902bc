//! Policies: what judges a plan in plan, preview and apply.

use std::process::Output;

use serde_json::{Value as Json, json};

use crate::sandbox::{STACK_TOML, Sandbox, graph, value};

/// Values that are small are denied, those without a note are warned of.
const SMALL: &str = r#"
package small

deny contains {"urn": resource.urn, "message": message} if {
	some resource in input.resources
	resource.after.value.size < data.settings.least
	message := sprintf("size %d is below %d", [resource.after.value.size, data.settings.least])
}

warn contains "nothing is noted" if {
	some resource in input.resources
	not resource.after.value.note
}
"#;

/// The exit code.
const DENIED: i32 = 6;

fn sized(size: i64) -> Json {
    graph(json!([value("box", json!({"size": size}))]))
}

/// A project with that policy.
fn guarded(more: &str) -> Sandbox {
    let sandbox = Sandbox::new(&sized(1));
    let toml = format!("{STACK_TOML}\n[policies.settings]\nleast = 3\n{more}");
    sandbox.write("Stack.toml", &toml);
    sandbox.write("policies/small.rego", SMALL);
    sandbox
}

fn ends(sandbox: &Sandbox, arguments: &[&str], code: i32) -> (String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = sandbox.binary(arguments).output().unwrap();
    let (shown, said) = (
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    );
    assert_eq!(status.code(), Some(code), "{arguments:?}\n{shown}\n{said}");
    (shown, said)
}

#[test]
fn what_a_policy_denies_is_shown_and_not_applied() {
    let sandbox = guarded("");
    let (shown, said) = ends(&sandbox, &["plan", "--out", "plan"], DENIED);
    insta::assert_snapshot!("denied", format!("{shown}--- stderr\n{said}"));
    assert!(!sandbox.path("plan").exists(), "a denied plan is not saved");
    ends(&sandbox, &["apply", "--yes"], DENIED);
    let (listed, _) = ends(&sandbox, &["state", "list"], 0);
    assert!(!listed.contains("std:core:Value/box"), "{listed}");

    sandbox.graph(&sized(3));
    let (shown, _) = ends(&sandbox, &["apply", "--yes"], 0);
    assert!(shown.contains("nothing is noted"), "{shown}");
}

#[test]
fn a_saved_plan_is_judged_again_by_whoever_applies_it() {
    let sandbox = guarded("");
    sandbox.graph(&sized(3));
    ends(&sandbox, &["plan", "--out", "plan"], 0);
    let stricter = std::fs::read_to_string(sandbox.path("Stack.toml")).unwrap();
    sandbox.write("Stack.toml", &stricter.replace("least = 3", "least = 4"));
    let (shown, _) = ends(&sandbox, &["apply", "plan"], DENIED);
    assert!(shown.contains("size 3 is below 4"), "{shown}");
}

#[test]
fn a_preview_shows_what_policies_find() {
    let sandbox = guarded("");
    let (shown, _) = ends(&sandbox, &["preview", "--format", "json"], DENIED);
    let all: Json = serde_json::from_str(&shown).unwrap();
    let found = json!([
        {"level": "deny", "policy": "small", "urn": "std:core:Value/box", "message": "size 1 is below 3"},
        {"level": "warn", "policy": "small", "message": "nothing is noted"},
    ]);
    assert_eq!(all["previews"][0]["findings"], found);
    let (shown, _) = ends(&sandbox, &["preview", "--format", "markdown"], DENIED);
    assert!(
        shown.contains("**Policies: 1 violation, 1 warning: this is not applied**"),
        "{shown}"
    );
    let (shown, _) = ends(&sandbox, &["preview"], DENIED);
    assert!(shown.contains("size 1 is below 3"), "{shown}");
}

#[test]
fn the_stream_has_the_findings_between_the_plan_and_the_error() {
    let sandbox = guarded("");
    let (shown, _) = ends(&sandbox, &["apply", "--yes", "--format", "json"], DENIED);
    let events: Vec<Json> = shown
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let place = |name: &str| {
        let place = events.iter().position(|event| event["event"] == name);
        place.unwrap_or_else(|| panic!("{name}: {shown}"))
    };
    assert!(place("plan") < place("findings") && place("findings") < place("error"));
    assert_eq!(events[place("findings")]["findings"][0]["level"], "deny");
    assert_eq!(events[place("error")]["exit"], DENIED);
}

#[test]
fn an_accepted_finding_is_shown_with_its_reason_and_keeps_nobody() {
    let exception = "\n[[policies.exceptions]]\npolicy = \"small\"\nurn = \"std:core:Value/box\"\nreason = \"it holds pins\"\n";
    let sandbox = guarded(exception);
    let (shown, _) = ends(&sandbox, &["apply", "--yes"], 0);
    assert!(shown.contains("accepted: it holds pins"), "{shown}");

    // For another environment, another resource or another policy it says nothing.
    for wrong in [
        exception.replace("policy = \"small\"", "policy = \"other\""),
        exception.replace("Value/box", "Value/chest"),
        format!("{exception}environment = \"prod\"\n"),
    ] {
        let sandbox = guarded(&wrong);
        ends(&sandbox, &["plan"], DENIED);
    }
    let sandbox = guarded(&exception.replace("reason = \"it holds pins\"", ""));
    let (_, said) = ends(&sandbox, &["plan"], 2);
    assert!(said.contains("reason"), "{said}");
}

#[test]
fn policies_of_another_folder_take_the_place_of_the_projects() {
    let sandbox = guarded("");
    sandbox.write(
        "main/policies/none.rego",
        "package none\n\ndeny contains \"nothing goes\" if true\n",
    );
    let (shown, _) = ends(&sandbox, &["plan", "--policies", "main/policies"], DENIED);
    assert!(shown.contains("nothing goes"), "{shown}");
    assert!(!shown.contains("is below"), "{shown}");
    let mut command = sandbox.binary(&["plan"]);
    let output = command.env("STACK_POLICIES", "main/policies").output();
    assert_eq!(output.unwrap().status.code(), Some(DENIED));

    // A folder of that name may hold policies of another kind. Once it is named it has to have rules.
    let sandbox = Sandbox::new(&sized(1));
    sandbox.write("policies/bucket.json", "{\"Version\": \"2012-10-17\"}");
    ends(&sandbox, &["plan"], 0);
    ends(&sandbox, &["plan", "--policies", "policies"], 1);

    // Named and missing, or empty, is a mistake: nobody means to be without guard.
    let toml = format!("{STACK_TOML}\n[policies]\nfolders = [\"elsewhere\"]\n");
    sandbox.write("Stack.toml", &toml);
    let (_, said) = ends(&sandbox, &["plan"], 1);
    assert!(said.contains("elsewhere"), "{said}");
    std::fs::create_dir(sandbox.path("elsewhere")).unwrap();
    let (_, said) = ends(&sandbox, &["plan"], 1);
    assert!(said.contains("there is no policy in"), "{said}");
}

/// What was not judged is not applied.
#[test]
fn a_policy_that_fails_lets_nothing_through() {
    let broken = [
        ("deny contains", "small.rego"),
        ("deny contains to_number(\"x\") if true", "to_number"),
        ("deny contains {\"text\": 1} if true", "no finding"),
        ("deny := true", "no finding"),
        ("deny contains missing.rule if true", "missing"),
        ("deny contains http.send({}) if true", "http.send"),
        ("deny contains time.now_ns() if true", "time.now_ns"),
    ];
    for (rule, expected) in broken {
        let sandbox = guarded("");
        sandbox.write("policies/small.rego", &format!("package small\n\n{rule}\n"));
        let (_, said) = ends(&sandbox, &["apply", "--yes"], 1);
        assert!(said.contains(expected), "{rule}\n{said}");
        assert!(said.contains("small"), "{rule}\n{said}");
        let (listed, _) = ends(&sandbox, &["state", "list"], 0);
        assert!(!listed.contains("std:core:Value/box"), "{listed}");
    }
}

/// Secrets have no way into a finding.
#[test]
fn a_policy_sees_no_secret() {
    let secret = "canary-policy-secret";
    let sandbox = Sandbox::new(&graph(json!([value("box", json!({"$secret": secret}))])));
    sandbox.write(
        "policies/all.rego",
        "package all\n\ndeny contains json.marshal(input) if true\n",
    );
    let (shown, said) = ends(&sandbox, &["plan"], DENIED);
    assert!(shown.contains("$secret"), "{shown}");
    assert!(!shown.contains(secret) && !said.contains(secret), "{shown}");
}

#[test]
fn tests_of_policies_run() {
    let sandbox = guarded("");
    let (_, said) = ends(&sandbox, &["policy", "test"], 1);
    assert!(said.contains("have no tests"), "{said}");
    sandbox.write(
        "policies/small_test.rego",
        r#"package small_test

import data.small

test_small if count(small.deny) == 1 with input as data.fixtures.small

test_wrong if {
	print("looked at", data.fixtures.small.stack)
	count(small.deny) == 7 with input as data.fixtures.small
}

test_broken if to_number("x") == 1
"#,
    );
    let resource = json!({"urn": "a:b:C/x", "after": {"value": {"size": 1}}});
    let small = json!({"stack": "shop", "resources": [resource]});
    sandbox.write("policies/fixtures/small.json", &small.to_string());
    let (shown, said) = ends(&sandbox, &["policy", "test"], 1);
    insta::with_settings!({filters => [(r"/\S*/policies/", "[folder]/")]}, {
        insta::assert_snapshot!("tested", format!("{shown}--- stderr\n{said}"));
    });
    let arguments = ["policy", "test", "policies", "--format", "json"];
    let (shown, _) = ends(&sandbox, &arguments, 1);
    let all: Json = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        (&all["failed"], &all["tests"][1]["outcome"]),
        (&json!(2), &json!("passed"))
    );
    // Tests and fixtures are no part of a verdict.
    sandbox.graph(&sized(3));
    ends(&sandbox, &["plan"], 0);
}

#[test]
fn a_project_begins_with_the_starter_set() {
    let sandbox = Sandbox::new(&sized(1));
    ends(&sandbox, &["policy", "init"], 0);
    let (_, said) = ends(&sandbox, &["policy", "test"], 0);
    assert!(said.contains("0 failed"), "{said}");
    ends(&sandbox, &["apply", "--yes"], 0);
    let (_, said) = ends(&sandbox, &["policy", "init"], 2);
    assert!(said.contains("is there already"), "{said}");
    // Without a project around it too.
    let empty = Sandbox::empty();
    ends(&empty, &["policy", "init", "rules"], 0);
    ends(&empty, &["policy", "test", "rules"], 0);

    // Deletions are limited, as the project says.
    let toml = format!("{STACK_TOML}\n[policies.settings]\ndeletions.limit = 0\n");
    sandbox.write("Stack.toml", &toml);
    sandbox.graph(&graph(json!([])));
    let (shown, _) = ends(&sandbox, &["plan"], DENIED);
    assert!(shown.contains("deletions"), "{shown}");
}

/// The starter set, on what the binary itself says of the types of a cloud.
#[cfg(any(feature = "aws", feature = "azure"))]
mod starter {
    use super::*;

    fn reference(urn: &str) -> Json {
        json!({"$ref": {"urn": urn, "path": ["id"]}})
    }

    fn resource(urn: &str, inputs: Json) -> Json {
        let (type_name, name) = urn.rsplit_once('/').unwrap();
        json!({"type": type_name, "name": name, "inputs": inputs})
    }

    /// Which policy denies which resource.
    fn denied(resources: Vec<Json>, code: i32) -> Vec<(String, String)> {
        let sandbox = Sandbox::new(&graph(Json::Array(resources)));
        ends(&sandbox, &["policy", "init"], 0);
        let arguments = ["preview", "--offline", "--format", "json"];
        let (shown, _) = ends(&sandbox, &arguments, code);
        let all: Json = serde_json::from_str(&shown).unwrap();
        let findings = all["previews"][0]["findings"].as_array().unwrap();
        let pair = |finding: &Json| {
            let text = |field: &str| finding[field].as_str().unwrap().to_owned();
            assert_eq!(finding["level"], "deny", "{finding}");
            (text("policy"), text("urn"))
        };
        let mut pairs: Vec<_> = findings.iter().map(pair).collect();
        pairs.dedup();
        pairs
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(policy, urn): &(&str, &str)| ((*policy).to_owned(), (*urn).to_owned());
        expected.iter().map(owned).collect()
    }

    #[cfg(feature = "aws")]
    #[test]
    fn denies_what_is_open_on_aws() {
        let group = |name: &str| {
            resource(
                &format!("aws:ec2:SecurityGroup/{name}"),
                json!({"description": "x", "vpc_id": "vpc-1"}),
            )
        };
        let rule = |name: &str, group: &str, cidr: &str| {
            resource(
                &format!("aws:ec2:SecurityGroupRule/{name}"),
                json!({"direction": "ingress", "protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": cidr,
                    "security_group_id": reference(&format!("aws:ec2:SecurityGroup/{group}"))}),
            )
        };
        let database = |name: &str, more: Json| {
            let mut inputs = json!({"engine": "postgres", "instance_class": "db.t4g.micro", "allocated_storage": 20,
                "master_username": "app", "manage_master_user_password": true});
            inputs
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            resource(&format!("aws:rds:Instance/{name}"), inputs)
        };
        let balancer = resource(
            "aws:elbv2:LoadBalancer/front",
            json!({"subnets": ["subnet-1", "subnet-2"], "security_groups": [reference("aws:ec2:SecurityGroup/front")]}),
        );
        let cache = |name: &str, more: Json| {
            let mut inputs = json!({"engine": "redis", "node_type": "cache.t4g.micro"});
            inputs
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            resource(&format!("aws:elasticache:ReplicationGroup/{name}"), inputs)
        };
        let good = vec![
            group("front"),
            group("inside"),
            balancer,
            rule("front", "front", "0.0.0.0/0"),
            rule("inside", "inside", "10.0.0.0/8"),
            resource("aws:s3:Bucket/files", json!({})),
            database("main", json!({"storage_encrypted": true})),
            cache("main", json!({"at_rest_encryption_enabled": true})),
        ];
        assert_eq!(denied(good.clone(), 0), []);
        let mut bad = good;
        bad.extend([
            rule("world", "inside", "0.0.0.0/0"),
            resource(
                "aws:s3:Bucket/site",
                json!({"public_access_block": {"block_public_policy": false}}),
            ),
            database(
                "open",
                json!({"publicly_accessible": true, "storage_encrypted": true}),
            ),
            database("plain", json!({})),
            cache("plain", json!({})),
        ]);
        let expected = [
            (
                "encryption_at_rest",
                "aws:elasticache:ReplicationGroup/plain",
            ),
            ("encryption_at_rest", "aws:rds:Instance/plain"),
            ("open_to_the_internet", "aws:ec2:SecurityGroupRule/world"),
            ("public_database", "aws:rds:Instance/open"),
            ("public_storage", "aws:s3:Bucket/site"),
        ];
        assert_eq!(denied(bad, DENIED), pairs(&expected));
    }

    #[cfg(feature = "azure")]
    #[test]
    fn denies_what_is_open_on_azure() {
        let inside = |urn: &str, more: Json| {
            let mut inputs =
                json!({"resource_group_id": reference("azure:resources:ResourceGroup/main")});
            let inputs_ = inputs.as_object_mut().unwrap();
            inputs_.extend(more.as_object().unwrap().clone());
            resource(urn, inputs)
        };
        let guard = |name: &str, source: &str| {
            let rule = json!({"name": "in", "access": "Allow", "direction": "Inbound", "priority": 100, "protocol": "Tcp",
                "source_address_prefixes": [source], "source_port_ranges": ["*"],
                "destination_address_prefixes": ["*"], "destination_port_ranges": ["443"]});
            let urn = format!("azure:network:NetworkSecurityGroup/{name}");
            inside(&urn, json!({"security_rules": [rule]}))
        };
        let subnet = |name: &str, guard: &str, delegation: &str| {
            let guard = reference(&format!("azure:network:NetworkSecurityGroup/{guard}"));
            let urn = format!("azure:network:Subnet/{name}");
            let network = reference("azure:network:VirtualNetwork/main");
            resource(
                &urn,
                json!({"virtual_network_id": network, "address_prefixes": ["10.0.0.0/24"],
                    "network_security_group_id": guard, "delegation": delegation}),
            )
        };
        let server = |name: &str, more: Json| {
            let mut inputs = json!({"sku_name": "Standard_B1ms", "sku_tier": "Burstable", "storage_size_gb": 32,
                "version": "16", "administrator_login": "app", "administrator_login_password": {"$secret": "Abcdef123!"}});
            inputs
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            inside(
                &format!("azure:dbforpostgresql:FlexibleServer/{name}"),
                inputs,
            )
        };
        let good = vec![
            resource(
                "azure:resources:ResourceGroup/main",
                json!({"location": "westeurope"}),
            ),
            inside(
                "azure:network:VirtualNetwork/main",
                json!({"location": "westeurope", "address_prefixes": ["10.0.0.0/16"]}),
            ),
            guard("apps", "Internet"),
            subnet("apps", "apps", "Microsoft.App/environments"),
            inside(
                "azure:storage:StorageAccount/files",
                json!({"location": "westeurope", "sku_name": "Standard_LRS"}),
            ),
            server(
                "inside",
                json!({"delegated_subnet_id": reference("azure:network:Subnet/apps")}),
            ),
            inside(
                "azure:cache:RedisEnterprise/main",
                json!({"sku_name": "Balanced_B0", "public_network_access": false}),
            ),
        ];
        assert_eq!(denied(good.clone(), 0), []);
        let account = reference("azure:storage:StorageAccount/open");
        let mut bad = good;
        bad.extend([
            guard("world", "*"),
            inside(
                "azure:storage:StorageAccount/open",
                json!({"sku_name": "Standard_LRS", "allow_blob_public_access": true}),
            ),
            resource(
                "azure:storage:BlobContainer/open",
                json!({"storage_account_id": account, "public_access": "Blob"}),
            ),
            server("open", json!({})),
            resource(
                "azure:dbforpostgresql:FirewallRule/all",
                json!({"server_id": reference("azure:dbforpostgresql:FlexibleServer/open"),
                    "start_ip_address": "0.0.0.0", "end_ip_address": "255.255.255.255"}),
            ),
            inside(
                "azure:cache:RedisEnterprise/open",
                json!({"sku_name": "Balanced_B0", "public_network_access": true}),
            ),
        ]);
        let expected = [
            (
                "open_to_the_internet",
                "azure:network:NetworkSecurityGroup/world",
            ),
            ("public_database", "azure:cache:RedisEnterprise/open"),
            ("public_database", "azure:dbforpostgresql:FirewallRule/all"),
            (
                "public_database",
                "azure:dbforpostgresql:FlexibleServer/open",
            ),
            ("public_storage", "azure:storage:BlobContainer/open"),
            ("public_storage", "azure:storage:StorageAccount/open"),
        ];
        assert_eq!(denied(bad, DENIED), pairs(&expected));
    }
}
