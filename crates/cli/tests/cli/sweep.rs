//! What is there in an account and belongs to nobody is found, shown, and deleted only where that is asked for twice.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use uuid::Uuid;
use xtask::azure::LocalAzure;
use xtask::prices::PriceLists;

use crate::person;
use crate::sandbox::{STACK_TOML, Sandbox, graph, transcript};

const ENVIRONMENTS: &str = "\n[environments.pr-1]\n[environments.pr-2]\n[environments.pr-3]\n[environments.prod]\nproduction = true\n";

/// A project with a subscription of its own.
struct Subscription {
    sandbox: Sandbox,
    azure: Arc<LocalAzure>,
    id: String,
}

fn resources() -> Json {
    let group = json!({"$ref": {"urn": "azure:resources:ResourceGroup/all", "path": ["id"]}});
    json!([
        {"type": "azure:resources:ResourceGroup", "name": "all", "inputs": {"location": "westeurope"}},
        {"type": "azure:network:VirtualNetwork", "name": "net",
         "inputs": {"resource_group_id": group, "location": "westeurope", "address_prefixes": ["10.0.0.0/16"]}},
        {"type": "azure:storage:StorageAccount", "name": "files",
         "inputs": {"resource_group_id": group, "location": "westeurope", "sku_name": "Standard_LRS"}},
    ])
}

const ALL: [&str; 3] = [
    "azure:storage:StorageAccount/files",
    "azure:network:VirtualNetwork/net",
    "azure:resources:ResourceGroup/all",
];

impl Subscription {
    fn new() -> Self {
        let azure = Arc::new(LocalAzure::start(Duration::ZERO).unwrap());
        Self::of(&azure, &Uuid::new_v4().to_string())
    }

    /// A project with a backend of its own in a subscription that others use too.
    fn of(azure: &Arc<LocalAzure>, id: &str) -> Self {
        let sandbox = Sandbox::new(&graph(resources()));
        sandbox.write("Stack.toml", &format!("{STACK_TOML}{ENVIRONMENTS}"));
        Self {
            sandbox,
            azure: Arc::clone(azure),
            id: id.to_owned(),
        }
    }

    fn account(&self) -> String {
        format!("azure:{}", self.id)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.binary(arguments);
        command.envs(self.azure.variables(&self.id));
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn ends(&self, arguments: &[&str], code: i32) -> String {
        let output = self.output(arguments);
        let seen = transcript(arguments, &output);
        assert_eq!(output.status.code(), Some(code), "{seen}");
        seen
    }

    /// Applies an environment.
    fn applied(&self, environment: &str) {
        self.ends(&["apply", "--yes", "-e", environment], 0);
    }

    /// Forgets resources without touching Azure: they are there, and nobody knows of them.
    fn forgotten(&self, environment: &str, urns: &[&str]) {
        for urn in urns {
            self.ends(&["state", "rm", "--yes", urn, "-e", environment], 0);
        }
    }

    /// Azure's id of a resource.
    fn id_of(&self, urn: &str, environment: &str) -> String {
        let shown = self.output(&["state", "show", urn, "--format", "json", "-e", environment]);
        let shown: Json = serde_json::from_slice(&shown.stdout).unwrap();
        shown["object"]["id"].as_str().unwrap().to_owned()
    }

    /// Sweeps this subscription, with these further arguments.
    fn swept(&self, arguments: &[&str], code: i32) -> String {
        let account = self.account();
        self.ends(
            &[&["sweep", "--account", &account], arguments].concat(),
            code,
        )
    }

    /// The same as events.
    fn found(&self, arguments: &[&str]) -> Json {
        let account = self.account();
        let all = [
            &["sweep", "--account", &account, "--format", "json"],
            arguments,
        ]
        .concat();
        let output = self.output(&all);
        let lines = String::from_utf8(output.stdout).unwrap();
        let mut events = lines
            .lines()
            .map(|line| serde_json::from_str::<Json>(line).unwrap());
        let found = events.find(|event| event["event"] == "found");
        found.unwrap_or_else(|| panic!("{lines}"))
    }

    /// Asks Azure for something as somebody else than the engine.
    fn by_hand(&self, method: &str, path: &str, version: &str, body: Option<&Json>) -> Json {
        let token = self.azure.token("https://management.azure.com/").unwrap();
        let path = format!("/subscriptions/{}{path}?api-version={version}", self.id);
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let (status, answer) = self.azure.ask(method, &path, &headers, body).unwrap();
        assert!((200..300).contains(&status), "{status} {answer}");
        answer
    }

    /// How many resources and groups there are.
    fn objects(&self) -> usize {
        let count = |path| {
            let listed = self.by_hand("GET", path, "2021-04-01", None);
            listed["value"].as_array().unwrap().len()
        };
        count("/resources") + count("/resourcegroups")
    }
}

fn kinds(found: &Json) -> Vec<&str> {
    let objects = found["objects"].as_array().unwrap().iter();
    let mut kinds: Vec<&str> = objects.map(|one| one["type"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    kinds
}

#[test]
fn what_an_environment_left_is_swept_and_nothing_that_belongs_to_anybody() {
    let ours = Subscription::new();
    for environment in ["pr-1", "pr-2", "prod"] {
        ours.applied(environment);
    }
    // Somebody else's, with a backend of their own; and what was never ours.
    let theirs = Subscription::of(&ours.azure, &ours.id);
    theirs.applied("pr-1");
    theirs.forgotten("pr-1", &ALL);
    let group = json!({"location": "westeurope"});
    ours.by_hand("PUT", "/resourcegroups/by-hand", "2021-04-01", Some(&group));
    ours.forgotten("pr-1", &ALL);
    ours.forgotten("prod", &ALL);
    assert_eq!(ours.objects(), 13);

    let found = ours.found(&[]);
    let left_by = json!({"stack": "shop", "environment": "pr-1"});
    let objects = found["objects"].as_array().unwrap();
    assert!(
        objects.iter().all(|one| one["left_by"] == left_by),
        "{found:#}"
    );
    assert_eq!(
        kinds(&found),
        [
            "azure:network:VirtualNetwork",
            "azure:resources:ResourceGroup",
            "azure:storage:StorageAccount"
        ]
    );
    let spared = found["spared"].as_object().unwrap();
    assert_eq!(spared["belong to an environment"], 3, "{found:#}");
    assert_eq!(spared["are of shop/prod, which is production"], 3);
    assert_eq!(
        spared["were made by a state that this backend has never known"],
        3
    );

    // Nothing is deleted until it is asked for, and the account is said.
    let said = ours.swept(&["--exit-code"], 3);
    assert!(said.contains("left by shop/pr-1"), "{said}");
    assert!(
        said.contains("nothing was deleted: --yes deletes"),
        "{said}"
    );
    ours.swept(&["--yes"], 2);
    ours.swept(&["--yes", "--confirm", "azure:somewhere-else"], 2);
    assert_eq!(ours.objects(), 13);

    let said = ours.swept(&["--yes", "--confirm", &ours.account()], 0);
    assert!(said.contains("Swept: 3 objects."), "{said}");
    let at = |what: &str| said.find(what).unwrap_or_else(|| panic!("{what}: {said}"));
    assert!(at("StorageAccount/files: deleted") < at("ResourceGroup/all: deleted"));
    assert_eq!(ours.objects(), 10);
    assert_eq!(kinds(&ours.found(&[])), Vec::<&str>::new());
    ours.ends(&["plan", "--exit-code", "-e", "pr-2"], 0);
}

#[test]
fn a_group_that_holds_something_else_stays() {
    let ours = Subscription::new();
    ours.applied("pr-1");
    ours.forgotten("pr-1", &ALL);
    let found = ours.found(&[]);
    let groups = found["objects"].as_array().unwrap().iter();
    let mut groups = groups.filter(|one| one["type"] == "azure:resources:ResourceGroup");
    let id = groups.next().unwrap()["id"].as_str().unwrap().to_owned();
    let (_, group) = id.rsplit_once('/').unwrap();
    let identity = format!(
        "/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/somebody"
    );
    ours.by_hand(
        "PUT",
        &identity,
        "2023-01-31",
        Some(&json!({"location": "westeurope"})),
    );
    let found = ours.found(&[]);
    assert_eq!(
        kinds(&found),
        [
            "azure:network:VirtualNetwork",
            "azure:storage:StorageAccount"
        ]
    );
    assert_eq!(
        found["spared"]["hold something that is not to go"], 1,
        "{found:#}"
    );
    ours.swept(&["--yes", "--confirm", &ours.account()], 0);
    assert_eq!(ours.objects(), 2);
}

#[test]
fn what_has_no_tags_is_found_when_it_is_old_enough_and_in_no_state() {
    let ours = Subscription::new();
    ours.applied("pr-1");
    let group = json!({"location": "westeurope"});
    ours.by_hand("PUT", "/resourcegroups/by-hand", "2021-04-01", Some(&group));
    let identity = "/resourceGroups/by-hand/providers/Microsoft.ManagedIdentity/userAssignedIdentities/somebody";
    ours.by_hand("PUT", identity, "2023-01-31", Some(&group));
    assert_eq!(kinds(&ours.found(&[])), Vec::<&str>::new());
    ours.swept(&["--untagged"], 2);
    let found = ours.found(&["--untagged", "--older-than", "1h"]);
    assert_eq!(kinds(&found), Vec::<&str>::new());
    assert_eq!(
        found["spared"]["are younger than asked for"], 1,
        "{found:#}"
    );
    // Nobody tells how old a group is.
    let untold = "are of an age that their cloud does not tell";
    assert_eq!(found["spared"][untold], 1, "{found:#}");
    std::thread::sleep(Duration::from_millis(1100));
    let old = ["--untagged", "--older-than", "1s"];
    let found = ours.found(&old);
    assert_eq!(
        kinds(&found),
        ["azure:managedidentity:UserAssignedIdentity"]
    );
    assert_eq!(found["objects"][0]["left_by"], Json::Null);
    let account = ours.account();
    ours.swept(&[&old[..], &["--yes", "--confirm", &account]].concat(), 0);
    // The group is left, and what belongs to the environment.
    assert_eq!(ours.objects(), 4);
}

#[test]
fn only_accounts_that_are_allowed_are_looked_through() {
    let ours = Subscription::new();
    ours.applied("pr-1");
    ours.forgotten("pr-1", &ALL);
    let mut seen = ours.ends(&["sweep"], 2);
    assert!(seen.contains("no account may be swept"), "{seen}");
    let other = format!("azure:{}", Uuid::new_v4());
    let toml = |account: &str| {
        let sweep = format!("\n[sweep]\naccounts = [\"{account}\"]\n");
        ours.sandbox
            .write("Stack.toml", &format!("{STACK_TOML}{sweep}{ENVIRONMENTS}"));
    };
    toml(&other);
    seen = ours.swept(&[], 2);
    assert!(
        seen.contains("is not among the accounts that [sweep] in Stack.toml names"),
        "{seen}"
    );
    toml(&ours.account());
    ours.ends(&["sweep", "--exit-code"], 3);
    toml("gcp:1");
    seen = ours.ends(&["sweep"], 2);
    assert!(seen.contains("is no account of a cloud"), "{seen}");
    assert_eq!(ours.objects(), 3);
}

#[test]
fn what_is_protected_or_being_worked_on_or_cannot_be_read_is_left_alone() {
    let ours = Subscription::new();
    let mut guarded = resources();
    guarded[2]["options"] = json!({"protect": true});
    ours.sandbox.graph(&graph(guarded));
    ours.applied("pr-1");
    ours.applied("pr-2");
    // The record of another object in the place of the protected one: what it was stays as protected as the name is.
    ours.ends(&["state", "export-file", "kept.json", "-e", "pr-1"], 0);
    let text = std::fs::read_to_string(ours.sandbox.path("kept.json")).unwrap();
    let kept: Json = serde_json::from_str(&text).unwrap();
    let lines = kept["content"].as_array().unwrap().iter();
    let mut resources = lines.map(|line| &line["resource"]);
    let files = resources.find(|one| one["urn"] == ALL[0]).unwrap();
    let [id, token] = ["id", "token"].map(|field| files["object"][field].as_str().unwrap());
    let other = id.replace("/storageAccounts/", "/storageAccounts/x");
    let text = text.replace(id, &other);
    ours.sandbox.write("kept.json", &text);
    ours.ends(
        &["state", "import-file", "kept.json", "--yes", "-e", "pr-1"],
        0,
    );
    let found = ours.found(&[]);
    let copied = "carry the tags of something that is recorded, as a copy does";
    assert_eq!(found["spared"][copied], 1, "{found:#}");
    ours.sandbox
        .write("kept.json", &text.replace(token, "of-another-create"));
    ours.ends(
        &[
            "state",
            "import-file",
            "kept.json",
            "--older",
            "--yes",
            "-e",
            "pr-1",
        ],
        0,
    );
    let found = ours.found(&[]);
    assert_eq!(kinds(&found), Vec::<&str>::new(), "{found:#}");
    assert_eq!(
        found["spared"]["are of a protected resource"], 1,
        "{found:#}"
    );

    // A key that is gone: nobody can tell what belongs to the environment.
    ours.forgotten("pr-2", &[ALL[1]]);
    assert_eq!(kinds(&ours.found(&[])), ["azure:network:VirtualNetwork"]);
    let state = ours.sandbox.path(".stack/state/shop/pr-2/state");
    let newest = std::fs::read_dir(state)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .max()
        .unwrap();
    std::fs::write(newest, "{\"format\":1").unwrap();
    let said = ours.swept(&[], 1);
    assert!(said.contains("warning: shop/pr-2: "), "{said}");
    assert_eq!(kinds(&ours.found(&[])), Vec::<&str>::new());
}

/// Between what a person is shown and their answer, one environment takes back what it left, and another is worked on.
#[test]
fn what_is_somebody_s_by_the_time_of_the_answer_is_left_alone() {
    let ours = Subscription::new();
    let mut ids = Vec::new();
    for environment in ["pr-1", "pr-2", "pr-3"] {
        ours.applied(environment);
        if environment == "pr-1" {
            ids = ALL.map(|urn| ours.id_of(urn, environment)).to_vec();
        }
        ours.forgotten(environment, &ALL);
    }
    let before = ours.objects();

    let account = ours.account();
    let sweep = ours.command(&["sweep", "--account", &account, "--yes"]);
    let question = format!("Type the id of {account} to delete this there: ");
    let asked = person::asked(&sweep, &question);
    for (urn, id) in ALL.iter().zip(&ids).rev() {
        ours.ends(&["import", urn, id, "-e", "pr-1"], 0);
    }
    let check =
        json!({"type": "std:http:Check", "name": "up", "inputs": {"url": "http://127.0.0.1:9/"}});
    ours.sandbox.graph(&graph(json!([check])));
    let mut worker = ours.command(&["apply", "--yes", "-e", "pr-2"]);
    let mut worker = worker.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(worker.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("std:http:Check/up: waiting") {
        assert!(
            stderr.read_line(&mut said).unwrap() > 0,
            "it ended early: {said}"
        );
    }

    let (seen, code) = asked.answers(&ours.id);
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert_eq!(code, 0, "{seen}");
    for part in [
        "not touched: 3 objects that belong to an environment",
        "not touched: 3 objects that are of shop/pr-2: file:.stack/state/shop/pr-2 is locked by `stack apply` of tester",
        "Swept: 3 objects.",
    ] {
        assert!(seen.contains(part), "{part:?} is not in\n{seen}");
    }
    assert_eq!(ours.objects(), before - ALL.len(), "{seen}");
}

#[test]
fn an_expiry_that_is_put_off_moves_the_tags_too() {
    let ours = Subscription::new();
    let said = ours.ends(&["apply", "--yes", "-e", "pr-1", "--expires-in", "1h"], 0);
    let (_, expiry) = said.split_once("pr-1 expires at ").unwrap();
    let (expiry, _) = expiry.split_once('Z').unwrap();
    let tagged = |number: usize, value: &str| {
        let listed = ours.by_hand("GET", "/resources", "2021-04-01", None);
        let groups = ours.by_hand("GET", "/resourcegroups", "2021-04-01", None);
        let all = [&listed, &groups].map(|list| list["value"].as_array().unwrap().clone());
        let tags = all.concat().into_iter().map(|one| one["tags"].clone());
        let tags: Vec<Json> = tags.filter(|tags| tags["stack:expires"] == value).collect();
        assert_eq!(tags.len(), number, "{tags:#?}");
        assert!(tags.iter().all(|tags| tags["stack:lineage"].is_string()));
    };
    tagged(3, &format!("{expiry}Z"));
    ours.ends(
        &["extend", "--until", "2999-01-01T00:00:00Z", "-e", "pr-1"],
        0,
    );
    tagged(3, "2999-01-01T00:00:00Z");
    ours.ends(&["plan", "--exit-code", "-e", "pr-1"], 0);

    // One that may not be tagged is said, and the record has moved all the same.
    let fault = json!([{"method": "PATCH", "path": "storageAccounts", "count": 100,
        "answer": {"status": 403, "code": "AuthorizationFailed", "message": "no"}}]);
    ours.azure.control("PUT", "faults", Some(&fault)).unwrap();
    let said = ours.ends(
        &["extend", "--until", "2998-01-01T00:00:00Z", "-e", "pr-1"],
        0,
    );
    assert!(
        said.contains("warning: the tag of the old expiry is still there: "),
        "{said}"
    );
    tagged(2, "2998-01-01T00:00:00Z");
    tagged(1, "2999-01-01T00:00:00Z");
}

#[test]
fn what_is_left_behind_says_what_it_costs_where_that_is_known() {
    let ours = Subscription::new();
    let mut all = resources();
    all.as_array_mut().unwrap().push(json!({
        "type": "azure:dbforpostgresql:FlexibleServer", "name": "orders",
        "inputs": {
            "resource_group_id": {"$ref": {"urn": "azure:resources:ResourceGroup/all", "path": ["id"]}},
            "location": "westeurope", "version": "16", "sku_name": "Standard_D2ds_v5",
            "sku_tier": "GeneralPurpose", "administrator_login": "app",
            "administrator_login_password": {"$secret": "correct-horse-1"}, "storage_size_gb": 64,
        },
    }));
    ours.sandbox.graph(&graph(all));
    ours.applied("pr-1");
    ours.forgotten("pr-1", &["azure:dbforpostgresql:FlexibleServer/orders"]);
    ours.forgotten("pr-1", &ALL);
    let prices = PriceLists::start().unwrap();
    let mut command = ours.command(&["sweep", "--account", &ours.account(), "--cost"]);
    command.env("STACK_AZURE_PRICES", prices.endpoint());
    let output = command.env_remove("XDG_CACHE_HOME").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let line = |kind: &str| {
        said.lines()
            .find(|line| line.contains(kind))
            .unwrap_or_else(|| panic!("{said}"))
    };
    assert!(
        line("dbforpostgresql:FlexibleServer").ends_with(" a month"),
        "{said}"
    );
    assert!(!line("network:VirtualNetwork").contains("month"), "{said}");
    assert!(line("known costs:").ends_with(" a month"), "{said}");
}
