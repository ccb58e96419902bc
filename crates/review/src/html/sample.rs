//! A shop on AWS in which everything happens that a page shows.

use serde_json::{Value as Json, json};

use crate::costs::{Charge, Cost, Costs, Part};
use crate::document::{
    Action, Document, Drift, DriftedField, FieldChange, Order, Output, Provider, Resource, Summary,
};
use crate::money::{Price, Quantity};
use crate::review::{Finding, Level, Review};
use crate::samples;

/// What happens to what, and what that depends on.
const RESOURCES: &[(&str, Action, &[&str])] = &[
    (
        "aws:rds:Instance/orders",
        Action::Replace,
        &[
            "aws:rds:SubnetGroup/orders",
            "aws:ec2:SecurityGroup/database",
            "std:random:Password/database",
        ],
    ),
    ("std:random:Password/database", Action::Update, &[]),
    (
        "aws:secretsmanager:Secret/database",
        Action::Update,
        &["aws:rds:Instance/orders", "std:random:Password/database"],
    ),
    (
        "aws:elasticache:Cluster/sessions",
        Action::Create,
        &[
            "aws:ec2:Subnet/private-a",
            "aws:ec2:Subnet/private-b",
            "aws:ec2:SecurityGroup/cache",
        ],
    ),
    (
        "aws:ec2:SecurityGroup/cache",
        Action::Create,
        &["aws:ec2:Vpc/main", "aws:ec2:SecurityGroup/web"],
    ),
    (
        "aws:ecs:TaskDefinition/web",
        Action::Replace,
        &[
            "aws:iam:Role/web",
            "aws:logs:LogGroup/web",
            "aws:ecr:Repository/web",
            "aws:secretsmanager:Secret/database",
            "aws:elasticache:Cluster/sessions",
        ],
    ),
    (
        "aws:ecs:Service/web",
        Action::Update,
        &[
            "aws:ecs:Cluster/main",
            "aws:ecs:TaskDefinition/web",
            "aws:elbv2:Listener/https",
            "aws:ec2:SecurityGroup/web",
            "aws:ec2:Subnet/private-a",
            "aws:ec2:Subnet/private-b",
        ],
    ),
    (
        "aws:ecs:TaskDefinition/worker",
        Action::Create,
        &[
            "aws:iam:Role/worker",
            "aws:logs:LogGroup/worker",
            "aws:ecr:Repository/web",
            "aws:sqs:Queue/jobs",
        ],
    ),
    (
        "aws:ecs:Service/worker",
        Action::Create,
        &[
            "aws:ecs:Cluster/main",
            "aws:ecs:TaskDefinition/worker",
            "aws:ec2:Subnet/private-a",
            "aws:ec2:Subnet/private-b",
            "aws:ec2:SecurityGroup/web",
        ],
    ),
    (
        "aws:iam:Role/worker",
        Action::Create,
        &["aws:sqs:Queue/jobs"],
    ),
    ("aws:logs:LogGroup/worker", Action::Create, &[]),
    ("aws:sqs:Queue/jobs", Action::Create, &[]),
    (
        "aws:iam:Role/web",
        Action::Update,
        &[
            "aws:s3:Bucket/uploads",
            "aws:secretsmanager:Secret/database",
        ],
    ),
    ("aws:s3:Bucket/uploads", Action::Update, &[]),
    (
        "aws:ecs:Task/migrate",
        Action::Run,
        &[
            "aws:ecs:Cluster/main",
            "aws:ecs:TaskDefinition/web",
            "aws:rds:Instance/orders",
        ],
    ),
    (
        "std:http:Check/web",
        Action::Run,
        &["aws:ecs:Service/web", "aws:route53:Record/shop"],
    ),
    ("aws:acm:Certificate/shop", Action::Ask, &[]),
    (
        "aws:cloudwatch:Alarm/queue-age",
        Action::Create,
        &["aws:sqs:Queue/jobs"],
    ),
    ("aws:ec2:Vpc/main", Action::None, &[]),
    (
        "aws:ec2:Subnet/public-a",
        Action::None,
        &["aws:ec2:Vpc/main"],
    ),
    (
        "aws:ec2:Subnet/public-b",
        Action::None,
        &["aws:ec2:Vpc/main"],
    ),
    (
        "aws:ec2:Subnet/private-a",
        Action::None,
        &["aws:ec2:Vpc/main"],
    ),
    (
        "aws:ec2:Subnet/private-b",
        Action::None,
        &["aws:ec2:Vpc/main"],
    ),
    (
        "aws:ec2:InternetGateway/main",
        Action::None,
        &["aws:ec2:Vpc/main"],
    ),
    (
        "aws:ec2:NatGateway/main",
        Action::None,
        &["aws:ec2:Subnet/public-a", "aws:ec2:InternetGateway/main"],
    ),
    (
        "aws:ec2:SecurityGroup/web",
        Action::None,
        &["aws:ec2:Vpc/main"],
    ),
    (
        "aws:ec2:SecurityGroup/database",
        Action::None,
        &["aws:ec2:Vpc/main", "aws:ec2:SecurityGroup/web"],
    ),
    (
        "aws:rds:SubnetGroup/orders",
        Action::None,
        &["aws:ec2:Subnet/private-a", "aws:ec2:Subnet/private-b"],
    ),
    ("aws:ecs:Cluster/main", Action::None, &[]),
    ("aws:ecr:Repository/web", Action::None, &[]),
    ("aws:logs:LogGroup/web", Action::None, &[]),
    (
        "aws:elbv2:LoadBalancer/web",
        Action::None,
        &[
            "aws:ec2:Subnet/public-a",
            "aws:ec2:Subnet/public-b",
            "aws:ec2:SecurityGroup/web",
        ],
    ),
    (
        "aws:elbv2:Listener/https",
        Action::Update,
        &["aws:elbv2:LoadBalancer/web", "aws:acm:Certificate/shop"],
    ),
    (
        "aws:route53:Record/shop",
        Action::None,
        &["aws:elbv2:LoadBalancer/web"],
    ),
    ("aws:s3:Bucket/exports", Action::Delete, &[]),
    (
        "aws:ec2:SecurityGroup/old-cache",
        Action::Delete,
        &["aws:ec2:Vpc/main"],
    ),
];

/// A database that gets larger.
fn costs() -> Costs {
    let charge = |quantity, price: &str| {
        let quantity = Quantity::of(quantity);
        let price = Price::parse(price).expect("a decimal");
        Some(Charge {
            what: "storage".into(),
            quantity,
            unit: "GiB".into(),
            price,
            tiered: false,
            month: price * quantity,
        })
    };
    let part = Part {
        part: "storage".into(),
        before: charge(100, "0.137"),
        after: charge(200, "0.137"),
    };
    let urn = "aws:rds:Instance/orders".to_owned();
    Costs::of(
        vec![Cost::of(urn, vec![part], Vec::new(), None)],
        Vec::new(),
    )
}

/// The shop in production.
pub fn shop() -> Review {
    let resources = RESOURCES
        .iter()
        .map(|(urn, action, needs)| one(urn, *action, needs));
    let mut document = samples::document(resources.collect());
    document.subject.environment = "prod".into();
    document.subject.production = true;
    document.subject.serial = 41;
    document.digest = "5f0c2a5e3bd94d0f8a3d1c7be2964f10c9b7d7a1f2e84b6390d5c8e1a47b3f26".into();
    document.summary = summary(&document);
    let provider = Provider {
        kind: "aws".into(),
        account: Some("aws:123456789012".into()),
        region: Some("eu-central-1".into()),
        config: json!({"region": "eu-central-1"}),
    };
    document.providers.insert("aws".into(), provider);
    for resource in &mut document.resources {
        tell(resource);
    }
    document.drift = vec![Drift {
        urn: "aws:s3:Bucket/uploads".into(),
        gone: false,
        fields: vec![DriftedField {
            field: "tags.team".into(),
            recorded: json!("shop"),
            observed: json!("web"),
        }],
    }];
    document.outputs = vec![Output {
        name: "queue".into(),
        before: Json::Null,
        after: after("aws:sqs:Queue/jobs"),
    }];
    let mut review = Review::new(document);
    review.costs = Some(costs());
    let finding = |level, policy: &str, urn: &str, message: &str| Finding {
        level,
        policy: policy.into(),
        urn: Some(urn.into()),
        message: message.into(),
        accepted: None,
    };
    review.findings = vec![
        finding(
            Level::Deny,
            "no-data-loss",
            "aws:rds:Instance/orders",
            "replacing it in production loses its data; set a snapshot, or keep the engine's version",
        ),
        finding(
            Level::Warn,
            "tagged",
            "aws:sqs:Queue/jobs",
            "has no tag `team`",
        ),
    ];
    review
}

fn one(urn: &str, action: Action, needs: &[&str]) -> Resource {
    let mut one = samples::resource(urn, action, needs);
    if urn.starts_with("aws:") {
        one.provider = "aws".into();
    }
    let is_new = matches!(action, Action::Create | Action::Run | Action::Ask);
    if !is_new {
        one.id = Some(format!("{}-0a1b2c3d", one.name));
        one.before = json!({"name": one.name, "tags": {"stack": "shop"}});
    }
    if !action.removes() {
        one.after = json!({"name": one.name, "tags": {"stack": "shop"}});
    }
    if is_new {
        one.changes = vec![
            set("name", Json::Null, json!(one.name)),
            set("tags", Json::Null, json!({"stack": "shop"})),
        ];
    }
    if action == Action::Delete {
        one.late = true;
        one.reason = Some("it is no longer declared".into());
    }
    if action != Action::Delete {
        one.at = Some("src/main.rs:42".into());
    }
    let part = match urn {
        urn if urn.contains("worker") || urn.contains("jobs") => Some("worker"),
        urn if urn.contains("ec2") => Some("network"),
        urn if urn.contains("web") => Some("web"),
        _ => None,
    };
    one.group.extend(part.map(str::to_owned));
    one
}

/// What is particular to some of them.
fn tell(one: &mut Resource) {
    let secret = || json!({"$secret": true});
    match one.urn.as_str() {
        "aws:rds:Instance/orders" => {
            one.replace_order = Some(Order::DeleteFirst);
            one.holds_data = true;
            one.protect = true;
            one.irreversible = Some("its data goes with the old instance".into());
            one.at = Some("src/database.rs:31".into());
            let version = set("engine_version", json!("15.6"), json!("16.3"));
            one.changes = vec![
                FieldChange {
                    replaces: true,
                    ..version
                },
                set(
                    "instance_class",
                    json!("db.t4g.medium"),
                    json!("db.m7g.large"),
                ),
                set("allocated_storage", json!(50), json!(100)),
                set("master_password", secret(), secret()),
            ];
        }
        "std:random:Password/database" => {
            one.irreversible = Some("the old password is not kept".into());
            one.changes = vec![FieldChange {
                one_way: true,
                ..set("length", json!(20), json!(32))
            }];
        }
        "aws:secretsmanager:Secret/database" => {
            one.changes = vec![set("value", secret(), after("aws:rds:Instance/orders"))];
        }
        "aws:ecs:TaskDefinition/web" => {
            one.replace_order = Some(Order::CreateFirst);
            let image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web";
            one.changes = vec![
                FieldChange {
                    replaces: true,
                    ..set(
                        "containers[0].image",
                        json!(format!("{image}:1.41.2")),
                        json!(format!("{image}:1.42.0")),
                    )
                },
                FieldChange {
                    replaces: true,
                    ..set(
                        "containers[0].environment.CACHE",
                        Json::Null,
                        after("aws:elasticache:Cluster/sessions"),
                    )
                },
            ];
        }
        "aws:ecs:Service/web" => {
            one.changes = vec![
                set("desired_count", json!(2), json!(4)),
                set(
                    "task_definition",
                    json!("web:41"),
                    after("aws:ecs:TaskDefinition/web"),
                ),
            ];
        }
        "aws:iam:Role/web" => {
            let policy = |actions: &[&str]| {
                let resource = "arn:aws:s3:::shop-uploads/*";
                let statement =
                    json!([{"Effect": "Allow", "Action": actions, "Resource": resource}]);
                json!(json!({"Version": "2012-10-17", "Statement": statement}).to_string())
            };
            let now = policy(&[
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:AbortMultipartUpload",
            ]);
            one.changes = vec![set(
                "policy",
                policy(&["s3:GetObject", "s3:PutObject"]),
                now,
            )];
        }
        "aws:s3:Bucket/uploads" => {
            one.holds_data = true;
            one.changes = vec![
                set("versioning", json!(false), json!(true)),
                set("tags.team", json!("web"), json!("shop")),
            ];
        }
        "aws:elbv2:Listener/https" => {
            one.changes = vec![set(
                "certificate",
                json!("arn:aws:acm:old"),
                after("aws:acm:Certificate/shop"),
            )];
        }
        "aws:s3:Bucket/exports" => {
            one.holds_data = true;
            one.irreversible = Some("the objects in it are gone with it".into());
        }
        _ => {}
    }
}

fn set(field: &str, before: Json, after: Json) -> FieldChange {
    let change = samples::change(field, after);
    FieldChange { before, ..change }
}

fn after(urn: &str) -> Json {
    json!({"$unknown": {"after": [{"urn": urn, "path": ["arn"]}]}})
}

/// As a plan counts them.
fn summary(document: &Document) -> Summary {
    let mut summary = Summary::default();
    for one in &document.resources {
        let count = match one.action {
            Action::None => &mut summary.unchanged,
            Action::Create => &mut summary.create,
            Action::Update | Action::Resume => &mut summary.update,
            Action::Replace => &mut summary.replace,
            Action::Delete | Action::DeleteDeposed => &mut summary.delete,
            Action::Run => &mut summary.run,
            Action::Forget => &mut summary.forget,
            Action::Ask => &mut summary.ask,
            Action::Record | Action::Rename | Action::Restore => &mut summary.record,
        };
        *count += 1;
    }
    summary
}
