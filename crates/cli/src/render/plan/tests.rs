use stack_engine::diff::FieldChange;
use stack_engine::partial::{Partial, Unknown};
use stack_engine::plan::{DriftedField, Step};
use stack_model::expr::Reference;
use stack_model::{Map, Path, Urn, Value};

use super::*;

fn urn(text: &str) -> Urn {
    text.parse().unwrap()
}

fn field(path: &[&str], before: impl Into<Value>, after: impl Into<Partial>) -> FieldChange {
    FieldChange {
        path: path.iter().copied().collect(),
        before: before.into(),
        after: after.into(),
        replaces: false,
        one_way: false,
    }
}

fn known(value: impl Into<Value>) -> Partial {
    Partial::Known(value.into())
}

fn after(of: &str) -> Partial {
    Partial::Unknown(Unknown {
        after: vec![Reference {
            urn: urn(of),
            path: Path::field("id"),
        }],
    })
}

fn change(of: &str, action: Action, fields: Vec<FieldChange>) -> Change {
    Change {
        urn: urn(of),
        action,
        id: (action != Action::Create && action != Action::Ask).then(|| "i-1".into()),
        at: None,
        group: Vec::new(),
        fields,
        reason: None,
        irreversible: None,
    }
}

fn step(of: Option<&str>, act: Act) -> Step {
    Step {
        urn: of.map(urn),
        act,
        after: Vec::new(),
        expected: 0,
    }
}

fn forcing(field: FieldChange) -> FieldChange {
    FieldChange {
        replaces: true,
        ..field
    }
}

/// One of everything.
fn everything() -> Plan {
    let tags = |team: &str| {
        Value::Map(Map::from([
            ("name".into(), Value::from("web")),
            ("team".into(), Value::from(team)),
        ]))
    };
    let mut changes = vec![
        change(
            "aws:ec2:Vpc/main",
            Action::Create,
            vec![
                field(&["cidr_block"], Value::Null, known("10.0.0.0/16")),
                field(&["enable_dns_hostnames"], Value::Null, known(true)),
            ],
        ),
        change(
            "aws:ec2:Subnet/a",
            Action::Create,
            vec![field(&["vpc_id"], Value::Null, after("aws:ec2:Vpc/main"))],
        ),
        change(
            "aws:ec2:Instance/web",
            Action::Update,
            vec![
                field(&["tags"], tags("blue"), known(tags("green"))),
                field(
                    &["user_data"],
                    Value::from("a").secret(),
                    known(Value::from("b").secret()),
                ),
                field(&["note"], "old", Partial::NULL),
                FieldChange {
                    one_way: true,
                    ..field(&["size"], 20, known(40))
                },
            ],
        ),
        change(
            "aws:rds:Instance/db",
            Action::Replace(ReplaceOrder::DeleteFirst),
            vec![
                forcing(field(&["engine"], "postgres", known("mysql"))),
                forcing(field(&["subnet"], "s-1", after("aws:ec2:Subnet/a"))),
                field(&["backups"], 7, known(14)),
            ],
        ),
        change(
            "aws:ecs:Service/api",
            Action::Replace(ReplaceOrder::CreateFirst),
            vec![forcing(field(&["cluster"], "a", known("b")))],
        ),
        change("aws:ecs:Service/late", Action::Resume, Vec::new()),
        change(
            "std:http:Check/up",
            Action::Run,
            vec![field(&["url"], "http://a", known("http://b"))],
        ),
        change("aws:ec2:Zones/zones", Action::Ask, Vec::new()),
        change("aws:ec2:Vpc/kept", Action::Forget, Vec::new()),
        change("aws:ec2:Vpc/options", Action::Record, Vec::new()),
        change("aws:ec2:Vpc/renamed", Action::Rename, Vec::new()),
        change("aws:s3:Bucket/logs", Action::Delete, Vec::new()),
        change("aws:s3:Bucket/www", Action::DeleteDeposed, Vec::new()),
    ];
    changes[0].group = vec!["network".into()];
    changes[0].at = Some("src/main.rs:4".into());
    changes[1].group = vec!["network".into(), "zone-a".into()];
    changes[3].irreversible = Some("the new object does not have the old one's data".into());
    changes[10].reason = Some("it was called aws:ec2:Vpc/before".into());
    changes[11].reason = Some("it is no longer declared".into());
    changes[11].irreversible = Some("deletes data".into());
    let drifted = |field: &str, recorded: Value, observed: Value| DriftedField {
        field: field.into(),
        recorded,
        observed,
    };
    Plan {
        drift: vec![
            Drift {
                urn: urn("aws:ec2:Vpc/gone"),
                gone: true,
                fields: Vec::new(),
            },
            Drift {
                urn: urn("aws:rds:Instance/db"),
                gone: false,
                fields: vec![
                    drifted("class", "small".into(), "large".into()),
                    drifted(
                        "password",
                        Value::from("a").secret(),
                        Value::from("b").secret(),
                    ),
                ],
            },
        ],
        steps: vec![
            step(Some("aws:ecs:Service/api"), Act::Create),
            step(None, Act::Barrier),
            step(Some("aws:ecs:Service/api"), Act::Delete { generation: 1 }),
            step(Some("aws:s3:Bucket/logs"), Act::Delete { generation: 1 }),
            step(Some("aws:s3:Bucket/www"), Act::Delete { generation: 1 }),
        ],
        outputs: vec![OutputChange {
            name: "URL".into(),
            before: Value::Null,
            after: after("aws:ecs:Service/api"),
        }],
        unchanged: 12,
        desired: Vec::new(),
        changes,
    }
}

#[test]
fn a_plan_reads_like_a_diff() {
    let styled = plan(&everything());
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::assert_snapshot!(
            "everything",
            anstream::adapter::strip_str(&styled).to_string()
        );
    });
}

#[test]
fn symbols_differ_even_without_colours() {
    let symbols: HashSet<&str> = everything()
        .changes
        .iter()
        .map(|one| change::symbol(one.action).0)
        .collect();
    assert_eq!(symbols.len(), 9, "{symbols:?}");
}
