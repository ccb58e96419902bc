//! Documents for tests.

use serde_json::{Value as Json, json};

use crate::document::{Action, Document, FORMAT, FieldChange, Resource, Subject, Summary};

/// A plan of `shop` in `dev` that does this.
pub fn document(resources: Vec<Resource>) -> Document {
    Document {
        format: FORMAT,
        subject: Subject {
            stack: "shop".into(),
            environment: "dev".into(),
            production: false,
            serial: 7,
        },
        redacted: false,
        digest: "d1".into(),
        empty: resources.is_empty(),
        summary: Summary::default(),
        providers: Default::default(),
        resources,
        drift: Vec::new(),
        outputs: Vec::new(),
        outputs_may_change: Vec::new(),
    }
}

/// What happens to a resource that depends on others.
pub fn resource(urn: &str, action: Action, depends_on: &[&str]) -> Resource {
    let (type_name, name) = urn.split_once('/').expect("a urn has a slash");
    Resource {
        urn: urn.to_owned(),
        type_name: type_name.to_owned(),
        name: name.to_owned(),
        action,
        replace_order: None,
        id: None,
        at: None,
        group: Vec::new(),
        depends_on: depends_on.iter().map(|urn| (*urn).to_owned()).collect(),
        protect: false,
        retain: false,
        holds_data: false,
        taggable: false,
        provider: "std".into(),
        before: Json::Null,
        after: Json::Null,
        changes: Vec::new(),
        may_change: Vec::new(),
        reason: None,
        irreversible: None,
        late: false,
    }
}

/// A new value of a field.
pub fn change(field: &str, after: Json) -> FieldChange {
    FieldChange {
        path: vec![json!(field)],
        field: field.to_owned(),
        before: Json::Null,
        after,
        replaces: false,
        one_way: false,
    }
}
