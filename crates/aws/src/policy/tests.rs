use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use stack_model::Graph;
use stack_provider::{Need, Provider, Purpose, Verb};

use super::split::within_limits;
use super::*;
use crate::provider;

/// The purpose of a program in one account and region.
fn purpose(resources: &Json) -> Purpose {
    let graph = json!({"format": 1, "resources": resources}).to_string();
    let graph = Graph::parse(graph.as_bytes()).expect("the graph is good");
    let need = |resource: stack_model::Resource| Need {
        type_name: resource.type_name,
        verbs: Verb::ALL.to_vec(),
        inputs: resource.inputs,
        made_name: Some("shop-dev-*".to_owned()),
        id: None,
    };
    Purpose {
        name: "shop-dev".to_owned(),
        changing: true,
        account: Some("123456789012".to_owned()),
        regions: BTreeSet::from(["eu-west-3".to_owned()]),
        needs: graph.resources.into_iter().map(need).collect(),
    }
}

fn only_planned(purpose: &mut Purpose) {
    purpose.changing = false;
    for need in &mut purpose.needs {
        need.verbs = vec![Verb::Read];
    }
}

fn statements(purpose: &Purpose) -> Vec<Json> {
    let documents = provider().policies(purpose);
    let parsed = documents
        .iter()
        .map(|text| serde_json::from_str::<Json>(text).expect("JSON"));
    parsed
        .flat_map(|document| {
            document["Statement"]
                .as_array()
                .cloned()
                .unwrap_or_default()
        })
        .collect()
}

fn statement<'s>(statements: &'s [Json], sid: &str) -> &'s Json {
    let found = statements.iter().find(|statement| statement["Sid"] == sid);
    found.unwrap_or_else(|| panic!("no {sid} in {statements:#?}"))
}

fn resource(type_name: &str, name: &str, inputs: Json) -> Json {
    json!({"type": type_name, "name": name, "inputs": inputs})
}

#[test]
fn what_has_a_name_is_permitted_by_its_name() {
    let role = json!({"$ref": {"urn": "aws:iam:Role/made", "path": ["name"]}});
    let found = statements(&purpose(&json!([
        resource("aws:iam:Role", "made", json!({})),
        resource(
            "aws:iam:Role",
            "named",
            json!({"name": "web", "path": "/service/"})
        ),
        resource("aws:iam:RolePolicy", "of-made", json!({"role": role})),
        resource("aws:iam:RolePolicy", "of-theirs", json!({"role": "theirs"})),
        resource("aws:s3:Bucket", "files", json!({"bucket": "our-files"})),
        resource("aws:secretsmanager:Secret", "key", json!({"name": "key"})),
        resource("aws:ecr:Repository", "api", json!({})),
        resource("aws:logs:LogGroup", "log", json!({"name": "/app"})),
    ])));
    for (sid, resources) in [
        (
            "Iam",
            json!([
                "arn:aws:iam::123456789012:role/*theirs",
                "arn:aws:iam::123456789012:role/service/web",
                "arn:aws:iam::123456789012:role/shop-dev-*",
            ]),
        ),
        (
            "S3",
            json!(["arn:aws:s3:::our-files", "arn:aws:s3:::our-files/*"]),
        ),
        (
            "Secretsmanager",
            json!(["arn:aws:secretsmanager:eu-west-3:123456789012:secret:key-??????"]),
        ),
        (
            "Ecr",
            json!(["arn:aws:ecr:eu-west-3:123456789012:repository/shop-dev-*"]),
        ),
        (
            "Logs",
            json!([
                "arn:aws:logs:eu-west-3:123456789012:log-group:/app",
                "arn:aws:logs:eu-west-3:123456789012:log-group:/app:*",
            ]),
        ),
    ] {
        assert_eq!(statement(&found, sid)["Resource"], resources);
    }
    let listing = statement(&found, "LogsAll");
    assert_eq!(listing["Action"], json!(["logs:DescribeLogGroups"]));
    assert_eq!(listing["Resource"], json!(["*"]));
}

#[test]
fn what_a_service_makes_beside_has_another_name() {
    let database = json!({"manage_master_user_password": true});
    let found = statements(&purpose(&json!([
        resource("aws:rds:Instance", "db", database),
        resource("aws:secretsmanager:Secret", "key", json!({})),
    ])));
    let all = statement(&found, "SecretsmanagerAll");
    let made = ["CreateSecret", "RotateSecret", "TagResource"]
        .map(|name| format!("secretsmanager:{name}"));
    assert_eq!(all["Action"], json!(made));
    assert_eq!(all["Resource"], json!(["*"]));
    let own = &statement(&found, "Secretsmanager")["Action"];
    assert!(own.as_array().is_some_and(|own| !own.is_empty()));
}

/// A type that is not known by its name would be refused by a statement that is about names.
#[test]
fn whatever_calls_a_service_whose_objects_are_named_is_named() {
    let provider = provider();
    let services: BTreeSet<&str> = whose::NAMED
        .iter()
        .map(|(_, service, _)| *service)
        .collect();
    for schema in provider.schemas() {
        let actions = provider.actions(&schema.type_name).expect("it has some");
        let services_called = actions
            .called()
            .filter_map(|(_, action)| action.split(':').next());
        let narrowed = services_called
            .into_iter()
            .any(|one| services.contains(one));
        let named = whose::NAMED
            .iter()
            .any(|(type_name, ..)| *type_name == schema.type_name.as_str());
        assert_eq!(narrowed, named, "{}", schema.type_name);
    }
}

#[test]
fn a_name_that_is_known_only_later_permits_all() {
    let later = json!({"$config": ["name"]});
    let found = statements(&purpose(&json!([
        resource("aws:s3:Bucket", "one", json!({"bucket": later})),
        resource("aws:s3:Bucket", "two", json!({"bucket": "two"})),
    ])));
    assert_eq!(statement(&found, "S3")["Resource"], json!(["*"]));
}

#[test]
fn only_the_regions_of_the_program_are_permitted() {
    let mut purpose = purpose(&json!([resource("aws:ec2:Vpc", "one", json!({}))]));
    let condition = |found: &[Json]| statement(found, "Ec2")["Condition"].clone();
    assert_eq!(
        condition(&statements(&purpose)),
        json!({"StringEquals": {"aws:RequestedRegion": ["eu-west-3"]}})
    );
    purpose.regions.clear();
    assert_eq!(condition(&statements(&purpose)), Json::Null);
}

#[test]
fn a_key_is_permitted_where_one_is_given() {
    let secret = |inputs: Json| {
        purpose(&json!([resource(
            "aws:secretsmanager:Secret",
            "one",
            inputs
        )]))
    };
    let without = statements(&secret(json!({})));
    assert!(
        without.iter().all(|one| one["Sid"] != "Keys"),
        "{without:#?}"
    );
    let mut with = secret(json!({"kms_key_id": "alias/one"}));
    let keys = statement(&statements(&with), "Keys").clone();
    assert_eq!(
        keys["Action"],
        json!(["kms:Decrypt", "kms:GenerateDataKey"])
    );
    assert_eq!(
        keys["Resource"],
        json!(["arn:aws:kms:eu-west-3:123456789012:key/*"])
    );
    only_planned(&mut with);
    let keys = statement(&statements(&with), "Keys").clone();
    assert_eq!(keys["Action"], json!(["kms:Decrypt"]));
}

#[test]
fn roles_are_passed_to_the_services_that_take_them() {
    let task = |role: Json| {
        let inputs = json!({"task_role_arn": role});
        let made = resource("aws:iam:Role", "made", json!({}));
        let found = statements(&purpose(&json!([
            made,
            resource("aws:ecs:TaskDefinition", "one", inputs)
        ])));
        let passing = statement(&found, "PassRoles").clone();
        assert_eq!(
            passing["Condition"],
            json!({"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}})
        );
        passing["Resource"].clone()
    };
    let theirs = "arn:aws:iam::123456789012:role/theirs";
    assert_eq!(task(json!(theirs)), json!([theirs]));
    let made = json!({"$ref": {"urn": "aws:iam:Role/made", "path": ["arn"]}});
    assert_eq!(
        task(made),
        json!(["arn:aws:iam::123456789012:role/shop-dev-*"])
    );
    let later = json!({"$config": ["role"]});
    assert_eq!(task(later), json!(["arn:aws:iam::123456789012:role/*"]));
}

/// What the simulator is asked about an action: the things, and whether they are those that it is about.
fn asked(purpose: &Purpose, action: &str) -> (Vec<String>, bool) {
    let asks = provider().asks(purpose);
    let mut asks = asks
        .iter()
        .filter(|ask| ask.actions.iter().any(|one| one == action));
    let found = asks.next().expect("it is asked about");
    assert!(asks.next().is_none(), "{action} is asked about twice");
    (found.on.clone(), found.exact)
}

#[test]
fn what_can_be_named_is_asked_about_by_its_name() {
    let later = json!({"$config": ["name"]});
    let database = |name: Json| resource("aws:rds:Instance", "db", json!({"identifier": name}));
    let network = || resource("aws:ec2:Vpc", "net", json!({}));
    let rds = "rds:CreateDBInstance";
    let everything = || vec!["*".to_owned()];
    let arn = |rest: &str| vec![format!("arn:aws:{rest}")];

    let mut of_both = purpose(&json!([database(json!("main")), network()]));
    let main = arn("rds:eu-west-3:123456789012:db:main");
    assert_eq!(asked(&of_both, rds), (main, true));
    let new = arn("ec2:eu-west-3:123456789012:vpc/vpc-aaaaaaaaaaaaaaaaa");
    assert_eq!(asked(&of_both, "ec2:CreateVpc"), (new, true));
    // Nobody can be permitted this on some networks alone.
    assert_eq!(asked(&of_both, "ec2:DescribeVpcs"), (everything(), true));
    // RDS names that secret itself.
    let inputs = json!({"identifier": "main", "manage_master_user_password": true});
    let with_secret = purpose(&json!([resource("aws:rds:Instance", "db", inputs)]));
    let secret = asked(&with_secret, "secretsmanager:CreateSecret");
    assert_eq!(secret, (everything(), false));

    // What is there has a name, whoever made it.
    let there = &mut of_both.needs[1];
    there.verbs = vec![Verb::Read, Verb::Delete];
    there.id = Some("vpc-1".to_owned());
    let there = arn("ec2:eu-west-3:123456789012:vpc/vpc-1");
    assert_eq!(asked(&of_both, "ec2:DeleteVpc"), (there, true));

    // One of several that cannot be named leaves it open.
    let of_two = purpose(&json!([
        database(json!("main")),
        resource("aws:rds:Instance", "two", json!({"identifier": later})),
    ]));
    assert_eq!(asked(&of_two, rds), (everything(), false));
    let mut elsewhere = purpose(&json!([database(json!("main"))]));
    elsewhere.account = None;
    assert_eq!(asked(&elsewhere, rds), (everything(), false));
}

/// A name that is written wrongly would leave its actions open, or its quotas untold, without a word.
#[test]
fn every_table_names_types_and_inputs_that_there_are() {
    let schemas = provider().schemas();
    let schema = |type_name: &str| {
        let mut schemas = schemas.iter();
        let found = schemas.find(|schema| schema.type_name.as_str() == type_name);
        found.unwrap_or_else(|| panic!("there is no type {type_name}"))
    };
    for (type_name, object) in things::OBJECTS {
        let schema = schema(type_name);
        if let Some((_, rest)) = object.split_once('{') {
            let input = rest.split_once('}').map_or("", |(input, _)| input);
            let declared = schema.inputs.get(input);
            let named = declared.is_some_and(|declared| declared.physical_name.is_some());
            assert!(named, "{type_name} is not named by {input}");
        }
    }
    for (type_name, counted) in quotas::COUNTED {
        let (provider, type_name) = (provider(), &schema(type_name).type_name);
        let actions = provider.actions(type_name).expect("it has some");
        // Else a policy would have to permit it for the quota.
        let operation = counted.operation();
        assert!(
            actions.covers(Verb::Read, operation),
            "{type_name} {operation}"
        );
    }
}

#[test]
fn whoever_applies_is_permitted_to_ask_for_quotas() {
    let mut purpose = purpose(&json!([
        resource("aws:elasticache:ReplicationGroup", "one", json!({})),
        resource("aws:s3:Bucket", "two", json!({})),
    ]));
    let asks = json!([
        "iam:GetRole",
        "iam:SimulatePrincipalPolicy",
        "servicequotas:GetServiceQuota",
    ]);
    assert_eq!(
        statement(&statements(&purpose), "Preflight")["Action"],
        asks
    );
    purpose.needs.remove(0);
    let asks = json!(["iam:GetRole", "iam:SimulatePrincipalPolicy"]);
    assert_eq!(
        statement(&statements(&purpose), "Preflight")["Action"],
        asks
    );
    only_planned(&mut purpose);
    let sids = statements(&purpose);
    assert!(sids.iter().all(|statement| statement["Sid"] != "Preflight"));
}

#[test]
fn a_plan_changes_nothing() {
    let mut purpose = purpose(&json!([resource("aws:ec2:Vpc", "one", json!({}))]));
    only_planned(&mut purpose);
    let found = statements(&purpose);
    let actions = statement(&found, "Ec2")["Action"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    assert!(!actions.is_empty());
    for action in actions {
        let action = action.as_str().unwrap_or_default();
        assert!(action.starts_with("ec2:Describe"), "{action}");
    }
}

#[test]
fn a_document_is_no_longer_than_iam_takes() {
    let long = |service: usize, actions: usize| {
        let actions = (0..actions).map(|number| format!("service{service}:Action{number:04}"));
        Statement::new(
            format!("S{service}"),
            actions.collect(),
            vec!["*".to_owned()],
        )
    };
    let all = vec![long(1, 100), long(2, 100), long(3, 900), long(4, 1)];
    let asked: usize = all.iter().map(|statement| statement.action.len()).sum();
    let documents = within_limits(all);
    let mut found = BTreeSet::new();
    for document in &documents {
        let counted = document.chars().filter(|one| !one.is_whitespace()).count();
        assert!(counted <= 6_144, "{counted}");
        let document: Json = serde_json::from_str(document).expect("JSON");
        let mut sids = BTreeSet::new();
        for statement in document["Statement"].as_array().into_iter().flatten() {
            assert!(
                sids.insert(statement["Sid"].to_string()),
                "a statement's name is unique"
            );
            let actions = statement["Action"].as_array().into_iter().flatten();
            found.extend(actions.map(Json::to_string));
        }
    }
    assert_eq!(found.len(), asked);
    assert!(documents.len() > 3, "{}", documents.len());
}
