//! Test accounts that clean up after themselves, on both clouds at once.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use uuid::Uuid;
use xtask::azure::LocalAzure;
use xtask::emulator::{self, Emulator, Kind};
use xtask::{account, venv};

use crate::running::signal;
use crate::sandbox::{STACK_TOML, Sandbox, graph, transcript};

const ENVIRONMENTS: &str = "\n[environments.pr-1]\n[environments.pr-2]\n[environments.pr-3]\n";

/// A project on both clouds, in an account and a subscription of its own.
struct Accounts {
    sandbox: Sandbox,
    aws: String,
    account: String,
    azure: Arc<LocalAzure>,
    subscription: String,
}

/// What every environment has.
fn resources() -> Json {
    let of = |urn: &str, field: &str| json!({"$ref": {"urn": urn, "path": [field]}});
    let group = "azure:resources:ResourceGroup/all";
    json!([
        {"type": "aws:ec2:Vpc", "name": "net", "inputs": {"cidr_block": "10.0.0.0/16"}},
        {"type": "aws:ec2:Subnet", "name": "one",
         "inputs": {"vpc_id": of("aws:ec2:Vpc/net", "id"), "cidr_block": "10.0.1.0/24"},
         "options": {"timeouts": {"delete": "2s"}}},
        {"type": "aws:ec2:SecurityGroup", "name": "web",
         "inputs": {"vpc_id": of("aws:ec2:Vpc/net", "id"), "description": "web"}},
        {"type": "aws:s3:Bucket", "name": "files", "inputs": {}},
        {"type": "aws:logs:LogGroup", "name": "logs", "inputs": {"retention_in_days": 7}},
        {"type": "azure:resources:ResourceGroup", "name": "all", "inputs": {"location": "westeurope"}},
        {"type": "azure:network:VirtualNetwork", "name": "net",
         "inputs": {"resource_group_id": of(group, "id"), "location": "westeurope", "address_prefixes": ["10.0.0.0/16"]}},
        {"type": "azure:storage:StorageAccount", "name": "files",
         "inputs": {"resource_group_id": of(group, "id"), "location": "westeurope", "sku_name": "Standard_LRS"}},
    ])
}

/// How many of them there are.
const RESOURCES: usize = 8;

impl Accounts {
    fn new() -> Self {
        let sandbox = Sandbox::new(&graph(resources()));
        sandbox.write("Stack.toml", &format!("{STACK_TOML}{ENVIRONMENTS}"));
        Self {
            sandbox,
            aws: Emulator::shared(Kind::Ministack),
            account: account::fresh(),
            azure: Arc::new(LocalAzure::start(Duration::ZERO).unwrap()),
            subscription: Uuid::new_v4().to_string(),
        }
    }

    fn surround(&self, command: &mut Command) {
        command
            .env("AWS_ENDPOINT_URL", &self.aws)
            .env("AWS_REGION", "eu-west-3")
            .env("AWS_DEFAULT_REGION", "eu-west-3")
            .env("AWS_ACCESS_KEY_ID", &self.account)
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .envs(self.azure.variables(&self.subscription));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.binary(arguments);
        self.surround(&mut command);
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the binary, which must end with this code; gives all that a person sees.
    fn ends(&self, arguments: &[&str], code: i32) -> String {
        let output = self.output(arguments);
        let seen = transcript(arguments, &output);
        assert_eq!(output.status.code(), Some(code), "{seen}");
        seen
    }

    fn expiring(&self, environment: &str) {
        self.ends(
            &["apply", "--yes", "-e", environment, "--expires-in", "1s"],
            0,
        );
    }

    /// Waits until so many environments have expired.
    fn expired(&self, number: usize) {
        let until = Instant::now() + Duration::from_secs(60);
        let look = ["teardown", "--expired", "--dry-run"];
        while String::from_utf8(self.output(&look).stdout)
            .unwrap()
            .lines()
            .count()
            != number
        {
            assert!(Instant::now() < until, "{number} do not expire");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Starts an apply, and waits until everything is made but a check that never ends.
    fn killed_while_applying(&self, environment: &str) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "http://127.0.0.1:{}/",
            listener.local_addr().unwrap().port()
        );
        drop(listener);
        let mut all = resources();
        all.as_array_mut()
            .unwrap()
            .push(json!({"type": "std:http:Check", "name": "up",
            "inputs": {"url": url, "interval_seconds": 1}}));
        self.sandbox.graph(&graph(all));
        let arguments = ["apply", "--yes", "-e", environment, "--expires-in", "1s"];
        let mut apply = self.command(&arguments);
        let mut child = apply
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (made, _more) = wait_for(&mut child, |said| {
            said.contains("std:http:Check/up: waiting") && said.contains("LogGroup/logs: created")
        });
        assert!(made.contains("Check/up"));
        signal(&child, "-KILL");
        child.wait().unwrap();
        self.sandbox.graph(&graph(resources()));
    }

    /// What the clouds' own SDKs for Python see in the account and the subscription.
    fn objects(&self) -> Vec<String> {
        let mut objects = Vec::new();
        for script in ["left.py", "left_azure.py"] {
            let mut command = Command::new(venv::ensure().unwrap());
            command.arg(xtask::root().unwrap().join("tests/emulators").join(script));
            self.surround(&mut command);
            let output = command.output().unwrap();
            assert!(output.stderr.is_empty(), "{output:?}");
            let told = String::from_utf8(output.stdout).unwrap();
            let lines = told.lines().filter(|line| *line != "nothing is left");
            objects.extend(lines.map(str::to_owned));
        }
        objects
    }

    /// What an environment records at the clouds.
    fn recorded(&self, environment: &str) -> usize {
        let listed = self.output(&["state", "list", "-e", environment]).stdout;
        String::from_utf8(listed).unwrap().lines().count()
    }

    /// Lets calls of an operation of AWS fail; 0 times lets them through again.
    fn fails(&self, operation: &str, code: &str, times: u32) {
        let what = format!("fail/{}/{operation}/{code}/{times}", self.account);
        emulator::ask(&self.aws, &what).unwrap();
    }

    /// Lets requests to Azure fail; none lets them through again.
    fn azure_fails(&self, faults: Json) {
        self.azure.control("PUT", "faults", Some(&faults)).unwrap();
    }
}

/// Reads what a process says on standard error until that is enough; gives that, and where the rest will be.
fn wait_for(child: &mut Child, enough: impl Fn(&str) -> bool) -> (String, BufReader<ChildStderr>) {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !enough(&said) {
        let read = stderr.read_line(&mut said).unwrap();
        assert!(read > 0, "it ended early: {said}");
    }
    (said, stderr)
}

#[test]
fn a_teardown_goes_on_past_what_refuses() {
    let accounts = Accounts::new();
    for environment in ["pr-1", "pr-2", "pr-3"] {
        accounts.expiring(environment);
    }
    accounts.expired(3);
    // Subnets are in use for longer than they are waited for; a log group and a storage account may not be deleted; and both
    // clouds want to be left alone at first.
    accounts.fails("DeleteLogGroup", "denied", 1_000);
    accounts.fails("DeleteSubnet", "DependencyViolation", 1_000);
    accounts.fails("DeleteVpc", "RequestLimitExceeded", 3);
    accounts.azure_fails(json!([
        {"method": "DELETE", "type": "Microsoft.Storage/storageAccounts", "count": 1000,
         "answer": {"status": 403, "code": "AuthorizationFailed", "message": "no"}},
        {"method": "DELETE", "type": "Microsoft.Network/virtualNetworks",
         "answer": {"status": 429, "code": "TooManyRequests", "message": "slow down"}},
    ]));
    let mut teardown = accounts.command(&["teardown", "--expired", "--yes"]);
    let teardown = teardown.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = teardown.spawn().unwrap();
    let (mut said, mut more) = wait_for(&mut child, |said| {
        said.contains("aws:ec2:Subnet/one: deleting failed")
    });
    accounts.fails("DeleteSubnet", "DependencyViolation", 0);
    more.read_to_string(&mut said).unwrap();
    let output = child.wait_with_output().unwrap();
    said += &String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("aws:logs:LogGroup/logs: logs:DeleteLogGroup"),
        "{said}"
    );
    assert!(
        said.contains("azure:storage:StorageAccount/files: "),
        "{said}"
    );
    assert!(
        said.contains("try: allow logs:DeleteLogGroup to the identity"),
        "{said}"
    );
    assert!(said.contains("trying again what was blocked"), "{said}");
    // In each a log group; and the storage account, with the resource group that it is in.
    let left: usize = ["pr-1", "pr-2", "pr-3"]
        .map(|name| accounts.recorded(name))
        .iter()
        .sum();
    assert_eq!(left, 9, "{said}");
    accounts.fails("DeleteLogGroup", "denied", 0);
    accounts.azure_fails(json!([]));
    accounts.ends(&["teardown", "--expired", "--yes"], 0);
    assert_eq!(accounts.objects(), Vec::<String>::new());
    assert_eq!(accounts.recorded("pr-1"), 0);
}

#[test]
fn a_teardown_that_is_killed_goes_on_with_the_next() {
    let accounts = Accounts::new();
    accounts.expiring("pr-1");
    accounts.expired(1);
    // A network that is in use for as long as it takes to be killed.
    accounts.fails("DeleteVpc", "DependencyViolation", 1_000);
    let mut teardown = accounts.command(&["teardown", "--expired", "--yes"]);
    let teardown = teardown.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = teardown.spawn().unwrap();
    let _said = wait_for(&mut child, |said| {
        said.contains("aws:ec2:Vpc/net: trying again")
    });
    signal(&child, "-KILL");
    child.wait().unwrap();
    accounts.fails("DeleteVpc", "DependencyViolation", 0);
    assert_ne!(accounts.objects(), Vec::<String>::new());
    let said = accounts.ends(&["teardown", "--expired", "--yes"], 0);
    assert!(said.contains("shop/pr-1: gone"), "{said}");
    assert_eq!(accounts.objects(), Vec::<String>::new());
}

/// The whole of it: three environments with an expiry, one extended, one drifted, one killed while it was being applied, and
/// something that leaked of the drifted one. When the time is over, teardown and sweep leave what was extended and no more.
#[test]
fn a_test_account_lives_and_cleans_up_after_itself() {
    let accounts = Accounts::new();
    accounts.expiring("pr-1");
    accounts.expiring("pr-2");
    accounts.killed_while_applying("pr-3");
    accounts.ends(&["extend", "1d", "-e", "pr-1"], 0);
    let extended = accounts.recorded("pr-1");
    assert_eq!(extended, RESOURCES);

    // Somebody deletes a log group behind the engine's back, and forgets a bucket and a network.
    let listed = json!({"logGroupNamePrefix": ""});
    let logs = |target: &str, body: &Json| {
        let target = format!("Logs_20140328.{target}");
        emulator::call(&accounts.aws, &accounts.account, "logs", &target, body).unwrap()
    };
    let groups = logs("DescribeLogGroups", &listed);
    let groups = groups["logGroups"].as_array().unwrap().iter();
    let names = groups.filter_map(|group| group["logGroupName"].as_str());
    let drifted = names
        .into_iter()
        .find(|name| name.contains("pr-2"))
        .unwrap();
    logs("DeleteLogGroup", &json!({"logGroupName": drifted}));
    let said = accounts.ends(&["drift", "-e", "pr-2"], 3);
    assert!(said.contains("aws:logs:LogGroup/logs"), "{said}");
    for urn in ["aws:s3:Bucket/files", "azure:network:VirtualNetwork/net"] {
        accounts.ends(&["state", "rm", "--yes", urn, "-e", "pr-2"], 0);
    }

    accounts.expired(2);
    let everything = accounts.objects().len();
    let said = accounts.ends(&["teardown", "--expired", "--yes"], 0);
    assert!(said.contains("Torn down: 2 environments."), "{said}");

    // Another account is not looked at, not even a little.
    let aws = format!("aws:{}", accounts.account);
    let azure = format!("azure:{}", accounts.subscription);
    accounts.ends(&["sweep", "--account", "aws:999999999999"], 1);
    let both = ["sweep", "--account", &aws, "--account", &azure];
    let said = accounts.ends(&[&both[..], &["--exit-code"]].concat(), 3);
    assert!(said.contains("left by shop/pr-2"), "{said}");
    assert!(!said.contains("left by shop/pr-1"), "{said}");
    let delete = ["--yes", "--confirm", &aws, "--confirm", &azure];
    let said = accounts.ends(&[&both[..], &delete[..]].concat(), 0);
    assert!(said.contains("Swept: "), "{said}");

    let left = accounts.objects();
    assert!(left.len() < everything, "{left:?}");
    accounts.ends(&["plan", "--exit-code", "-e", "pr-1"], 0);
    let said = accounts.ends(&[&both[..], &["--exit-code"]].concat(), 0);
    assert!(said.contains("0 objects belong to nobody"), "{said}");
    accounts.ends(&["destroy", "--yes", "-e", "pr-1"], 0);
    assert_eq!(accounts.objects(), Vec::<String>::new());
}

/// The bucket of an environment, by what is recorded.
fn bucket(accounts: &Accounts, environment: &str) -> String {
    let exported = accounts.output(&["state", "export-file", "-", "-e", environment]);
    let state: Json = serde_json::from_slice(&exported.stdout).unwrap();
    let lines = state["content"].as_array().unwrap().iter();
    let mut resources = lines.map(|line| &line["resource"]);
    let bucket = resources
        .find(|one| one["urn"] == "aws:s3:Bucket/files")
        .unwrap();
    bucket["object"]["id"].as_str().unwrap().to_owned()
}

impl Accounts {
    /// Puts an object into a bucket, or takes it away, as somebody else than the engine.
    fn object(&self, method: &str, bucket: &str) {
        let address = self.aws.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!(
            "{method} /{bucket}/report.txt HTTP/1.0\r\nHost: {address}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={}/20260101/eu-west-3/s3/aws4_request, SignedHeaders=host, \
             Signature=0\r\nContent-Length: 0\r\n\r\n",
            self.account
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.contains(" 200 ") || answer.contains(" 204 "),
            "{answer}"
        );
    }
}

#[test]
fn a_sweep_goes_on_past_what_refuses_and_after_a_kill() {
    let accounts = Accounts::new();
    let mut buckets = Vec::new();
    for environment in ["pr-1", "pr-2", "pr-3"] {
        accounts.ends(&["apply", "--yes", "-e", environment], 0);
        buckets.push(bucket(&accounts, environment));
        for one in resources().as_array().unwrap().iter().rev() {
            let urn = format!(
                "{}/{}",
                one["type"].as_str().unwrap(),
                one["name"].as_str().unwrap()
            );
            accounts.ends(&["state", "rm", "--yes", &urn, "-e", environment], 0);
        }
    }
    let aws = format!("aws:{}", accounts.account);
    let azure = format!("azure:{}", accounts.subscription);
    let sweep = [
        "sweep",
        "--account",
        &aws,
        "--account",
        &azure,
        "--yes",
        "--confirm",
        &aws,
        "--confirm",
        &azure,
    ];
    accounts.object("PUT", &buckets[1]);
    // Killed while a network is still in use: what is gone is gone, and what is left is found again.
    accounts.fails("DeleteVpc", "DependencyViolation", 1_000);
    let mut command = accounts.command(&sweep);
    let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _said = wait_for(&mut child, |said| said.contains(": trying again"));
    signal(&child, "-KILL");
    child.wait().unwrap();
    accounts.fails("DeleteVpc", "DependencyViolation", 0);

    accounts.fails("DeleteSubnet", "DependencyViolation", 4);
    accounts.fails("DeleteSecurityGroup", "RequestLimitExceeded", 2);
    accounts.azure_fails(json!([
        {"method": "DELETE", "type": "Microsoft.Storage/storageAccounts", "count": 1000,
         "answer": {"status": 403, "code": "AuthorizationFailed", "message": "no"}},
    ]));
    let said = accounts.ends(&sweep, 1);
    assert!(
        said.contains(&format!("stays: aws:s3:Bucket {}", buckets[1])),
        "{said}"
    );
    let stays = said.matches("stays: azure:storage:StorageAccount").count();
    assert_eq!(
        stays,
        said.matches("stays: azure:resources:ResourceGroup").count(),
        "{said}"
    );
    accounts.object("DELETE", &buckets[1]);
    accounts.azure_fails(json!([]));
    accounts.ends(&sweep, 0);
    assert_eq!(accounts.objects(), Vec::<String>::new());
}
