//! Plans for tests.

use serde_json::{Value as Json, json};
use stack_review::document::{Action, Document, FORMAT, Provider, Resource, Subject, Summary};

/// A plan of these resources, in Frankfurt and in West Europe.
pub fn document(resources: Vec<Resource>) -> Document {
    let provider = |kind: &str, region: &str| Provider {
        kind: kind.to_owned(),
        account: None,
        region: Some(region.to_owned()),
        config: json!({}),
    };
    Document {
        format: FORMAT,
        subject: Subject {
            stack: "shop".to_owned(),
            environment: "dev".to_owned(),
            production: false,
            serial: 1,
        },
        digest: String::new(),
        empty: resources.is_empty(),
        summary: Summary::default(),
        providers: [
            ("aws".to_owned(), provider("aws", "eu-central-1")),
            ("azure".to_owned(), provider("azure", "West Europe")),
        ]
        .into(),
        resources,
        drift: Vec::new(),
        outputs: Vec::new(),
        outputs_may_change: Vec::new(),
        redacted: false,
    }
}

/// A resource that changes from one thing to another; null is nothing.
pub fn resource(urn: &str, before: Json, after: Json) -> Resource {
    let (type_name, name) = urn.split_once('/').unwrap();
    let action = match (before.is_null(), after.is_null(), before == after) {
        (_, _, true) => Action::None,
        (true, _, _) => Action::Create,
        (_, true, _) => Action::Delete,
        _ => Action::Update,
    };
    Resource {
        urn: urn.to_owned(),
        type_name: type_name.to_owned(),
        name: name.to_owned(),
        action,
        replace_order: None,
        id: None,
        at: None,
        group: Vec::new(),
        depends_on: Vec::new(),
        protect: false,
        retain: false,
        holds_data: false,
        taggable: false,
        provider: urn.split(':').next().unwrap().to_owned(),
        before,
        after,
        changes: Vec::new(),
        may_change: Vec::new(),
        reason: None,
        irreversible: None,
        late: false,
    }
}

/// A new resource.
pub fn new(urn: &str, after: Json) -> Resource {
    resource(urn, Json::Null, after)
}

/// A value that is known after something.
pub fn unknown(urn: &str) -> Json {
    json!({"$unknown": {"after": [{"urn": urn, "path": ["arn"]}]}})
}
