//! The fake cloud's types, one of each nature and with one field of each behaviour.

use std::collections::BTreeMap;
use std::time::Duration;

use stack_model::graph::ReplaceOrder;
use stack_model::schema::{Nature, OperationTimeouts, PhysicalName};
use stack_model::{Equality, Field, Kind, Map, Removal, Schema, Value};

/// An object with one field of every behaviour.
pub const THING: &str = "test:cloud:Thing";
/// An object that people put something in.
pub const DATA: &str = "test:cloud:Data";
/// An object with as many properties as clouds' objects have.
pub const RICH: &str = "test:cloud:Rich";
/// An act.
pub const ACT: &str = "test:cloud:Act";
/// An object that lives in the state alone.
pub const VALUE: &str = "test:kept:Value";
/// A lookup.
pub const ZONE: &str = "test:cloud:Zone";

/// How long after a create the fake cloud may still not show an object.
pub const VISIBILITY_LAG: Duration = Duration::from_secs(10);

fn with(kind: Kind, change: impl FnOnce(&mut Field)) -> Field {
    let mut field = Field::new(kind);
    change(&mut field);
    field
}

fn fields<const N: usize>(fields: [(&str, Field); N]) -> BTreeMap<String, Field> {
    fields
        .into_iter()
        .map(|(name, field)| (name.to_owned(), field))
        .collect()
}

fn schema(type_name: &str, nature: Nature, inputs: BTreeMap<String, Field>) -> Schema {
    Schema {
        type_name: type_name.parse().expect("the types here are well named"),
        doc: String::new(),
        nature,
        inputs,
        outputs: BTreeMap::new(),
        replace_order: ReplaceOrder::CreateFirst,
        unique: Vec::new(),
        holds_data: false,
        only_looks: false,
        visibility_lag: Duration::ZERO,
        timeouts: OperationTimeouts::default(),
    }
}

fn name() -> Field {
    with(Kind::String, |field| {
        field.replaces = true;
        field.physical_name = Some(PhysicalName {
            max_length: 60,
            lowercase: true,
            separator: Some('-'),
        });
    })
}

fn text() -> Field {
    Field::new(Kind::String)
}

fn texts() -> Field {
    Field::new(Kind::List(Box::new(Kind::String)))
}

/// `test:cloud:Thing`.
pub fn thing() -> Schema {
    let settings = fields([
        ("mode", text()),
        (
            "level",
            with(Kind::Int, |field| {
                field.removal = Removal::Reset(Value::Int(1))
            }),
        ),
        ("hidden", with(Kind::String, |field| field.secret = true)),
        ("frozen", with(Kind::String, |field| field.replaces = true)),
    ]);
    let extras = fields([
        ("note", text()),
        (
            "level",
            with(Kind::Int, |field| {
                field.removal = Removal::Reset(Value::Int(1))
            }),
        ),
    ]);
    Schema {
        unique: vec![vec!["key".into()], vec!["name".into()]],
        visibility_lag: VISIBILITY_LAG,
        outputs: fields([
            ("arn", text()),
            (
                "revision",
                with(Kind::Int, |field| {
                    field.volatile = true;
                    field.generated = true;
                }),
            ),
        ]),
        ..schema(
            THING,
            Nature::Object,
            fields([
                ("name", name()),
                // No reset: removing it replaces the object.
                ("size", Field::new(Kind::Int)),
                (
                    "label",
                    with(Kind::String, |field| {
                        field.removal = Removal::Reset("none".into())
                    }),
                ),
                // Chosen by the cloud when it is not set.
                ("zone", text()),
                ("kind", with(Kind::String, |field| field.replaces = true)),
                ("tags", Field::new(Kind::Map(Box::new(Kind::String)))),
                (
                    "secret",
                    with(Kind::String, |field| {
                        field.secret = true;
                        field.write_only = true;
                    }),
                ),
                ("pin", with(Kind::String, |field| field.secret = true)),
                (
                    "members",
                    with(texts().kind, |field| field.equality = Equality::Set),
                ),
                (
                    "policy",
                    with(Kind::String, |field| field.equality = Equality::Json),
                ),
                ("settings", Field::new(Kind::Block(settings))),
                // Empty again when it is no longer set.
                (
                    "extras",
                    with(Kind::Block(extras), |field| {
                        field.removal = Removal::Reset(Value::Map(Map::new()));
                    }),
                ),
                // The cloud's own to change when it is no longer set.
                (
                    "count",
                    with(Kind::Int, |field| field.removal = Removal::Follow),
                ),
                // No two things may have the same.
                ("key", text()),
                ("disk", with(Kind::Int, |field| field.one_way = true)),
                // Ids of other things, which cannot be deleted meanwhile.
                ("refs", texts()),
            ]),
        )
    }
}

/// `test:cloud:Data`.
pub fn data() -> Schema {
    Schema {
        holds_data: true,
        only_looks: false,
        visibility_lag: VISIBILITY_LAG,
        unique: vec![vec!["name".into()]],
        outputs: fields([("arn", text())]),
        ..schema(
            DATA,
            Nature::Object,
            fields([
                ("name", name()),
                ("size", with(Kind::Int, |field| field.required = true)),
                ("kind", with(Kind::String, |field| field.replaces = true)),
                ("refs", texts()),
            ]),
        )
    }
}

/// `test:cloud:Rich`: 30 properties, of which two are secret.
pub fn rich() -> Schema {
    let property = |number: u32| {
        let field = with(Kind::String, |field| field.secret = number < 2);
        (format!("p{number}"), field)
    };
    schema(RICH, Nature::Object, (0..30).map(property).collect())
}

/// `test:cloud:Act`.
pub fn act() -> Schema {
    Schema {
        outputs: fields([("result", with(Kind::String, |field| field.volatile = true))]),
        ..schema(
            ACT,
            Nature::Effect,
            fields([
                ("command", with(Kind::String, |field| field.required = true)),
                ("refs", texts()),
            ]),
        )
    }
}

/// `test:kept:Value`.
pub fn value() -> Schema {
    schema(
        VALUE,
        Nature::Kept,
        fields([
            ("value", Field::new(Kind::Any)),
            ("keep", with(Kind::Any, |field| field.replaces = true)),
        ]),
    )
}

/// `test:cloud:Zone`.
pub fn zone() -> Schema {
    Schema {
        outputs: fields([("names", texts())]),
        ..schema(ZONE, Nature::Lookup, fields([("filter", text())]))
    }
}

/// What the cloud chooses where a thing does not say.
pub(crate) fn defaults(type_name: &str, values: &mut Map) {
    if type_name != THING {
        return;
    }
    for (field, value) in [("label", "none"), ("zone", "zone-a")] {
        values.entry(field.into()).or_insert(value.into());
    }
    if let Some(Value::Map(settings)) = values.get_mut("settings") {
        settings.entry("level".into()).or_insert(Value::Int(1));
        settings.entry("mode".into()).or_insert("auto".into());
    }
}
