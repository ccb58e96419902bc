//! What the provider sends: the bodies of every case, of its updates, and of an object with every field set.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map as JsonMap, Value as Json, json};
use stack_model::Kind;
use stack_model::schema::Field;
use stack_provider::Provider;
use stack_testkit::conformance::{Bench, Case};

use crate::emulated::{Emulated, emulated};
use crate::{
    app, authorization, cache, containerregistry, dbforpostgresql, keyvault, managedidentity,
    network, operationalinsights, resources, storage,
};

/// A body that was sent.
#[derive(Clone, Debug)]
pub struct Body {
    /// The ARM type: `Microsoft.App/jobs`.
    pub type_name: String,
    /// `PUT` or `PATCH`.
    pub method: String,
    /// What was sent.
    pub json: Json,
}

/// What was sent, each body once.
pub struct Sent {
    /// The bodies.
    pub bodies: Vec<Body>,
    /// The refusals that nobody expected.
    pub refusals: Vec<String>,
}

/// What is sent for the cases of these types.
pub fn of(wanted: impl Fn(&str) -> bool) -> Sent {
    let cases = [
        app::cases(),
        authorization::cases(),
        cache::cases(),
        containerregistry::cases(),
        dbforpostgresql::cases(),
        keyvault::cases(),
        managedidentity::cases(),
        network::cases(),
        operationalinsights::cases(),
        resources::cases(),
        storage::cases(),
    ];
    let wanted = cases
        .iter()
        .flatten()
        .filter(|case| wanted(case.type_name()));
    let (mut calls, mut refusals) = (Vec::new(), Vec::new());
    emulated(async |mut azure| {
        for case in wanted {
            let fields = fields(case, &azure);
            azure.subscription = uuid::Uuid::new_v4().to_string();
            refusals.extend(updated(case, &azure).await);
            calls.extend(writes(&azure).await);
            for choice in 0..choices(&fields) {
                azure.subscription = uuid::Uuid::new_v4().to_string();
                refusals.extend(filled(case, &fields, choice, &azure).await);
                calls.extend(writes(&azure).await);
            }
        }
    });
    let mut seen = BTreeSet::new();
    let bodies = calls.into_iter().filter_map(|mut call| {
        let method = call["method"].as_str()?.to_owned();
        let type_name = call["type"].as_str()?.to_owned();
        let json = call["body"].take();
        let is_new = seen.insert((type_name.clone(), method.clone(), json.to_string()));
        is_new.then_some(Body {
            type_name,
            method,
            json,
        })
    });
    // Each request has a number of its own: without it, the same refusals are one.
    let refusals = refusals
        .iter()
        .filter_map(|text| text.split(", request ").next());
    Sent {
        bodies: bodies.collect(),
        refusals: refusals.map(str::to_owned).collect(),
    }
}

/// The first object, each update of it, and all the way back. Only the last may be refused, as when a disk would shrink.
async fn updated(case: &Case, azure: &Emulated) -> Vec<String> {
    let bench = Bench::new(azure.provider());
    let mut refusals = Vec::new();
    for inputs in case.inputs() {
        refusals.extend(bench.apply(&case.graph(&inputs)).await.err());
    }
    let first = case.inputs().next().unwrap_or_default();
    let _ = bench.apply(&case.graph(&first)).await;
    refusals
}

/// A create with every field set. Azure would refuse most of these, for what is in them goes together badly; what is
/// checked here is where each field goes, and that is in the log of calls whatever the answer was.
async fn filled(case: &Case, fields: &Fields, choice: usize, azure: &Emulated) -> Vec<String> {
    let bench = Bench::new(azure.provider());
    if let Err(refusal) = bench.apply(&case.surroundings()).await {
        return vec![refusal];
    }
    let before = writes(azure).await.len();
    let inputs = case.inputs().next().unwrap_or_default();
    let inputs = fill_block(&inputs, fields, choice);
    let answer = bench.apply(&case.graph(&inputs)).await;
    match writes(azure).await.len() > before {
        true => Vec::new(),
        false => vec![format!("{} is not sent: {answer:?}", case.type_name())],
    }
}

async fn writes(azure: &Emulated) -> Vec<Json> {
    let mut calls = azure.calls().await;
    calls.retain(|call| call["method"] == "PUT" || call["method"] == "PATCH");
    calls
}

/// The inputs of the case's type, except for those of which a schema does not say what can be in them.
fn fields(case: &Case, azure: &Emulated) -> Fields {
    let schemas = azure.provider().schemas();
    let schema = schemas
        .into_iter()
        .find(|schema| schema.type_name.as_str() == case.type_name());
    let mut fields = schema.expect("the provider has the type").inputs;
    let is_free = fields.values().any(|field| matches!(field.kind, Kind::Any));
    // A name of one letter is one that somebody has: the engine makes one.
    fields.retain(|name, _| name != "name" && !is_free);
    fields
}

type Fields = BTreeMap<String, Field>;

/// How many creates it takes until every choice has been sent.
fn choices(fields: &Fields) -> usize {
    fn most(kind: &Kind) -> usize {
        match kind {
            Kind::Enum(choices) => choices.len(),
            Kind::List(kind) | Kind::Map(kind) => most(kind),
            Kind::Block(fields) => of_fields(fields),
            Kind::Any | Kind::Bool | Kind::Int | Kind::Float | Kind::String => 1,
        }
    }
    fn of_fields(fields: &Fields) -> usize {
        fields
            .values()
            .map(|field| most(&field.kind))
            .max()
            .unwrap_or(0)
    }
    of_fields(fields)
}

fn fill_block(
    given: &JsonMap<String, Json>,
    fields: &Fields,
    choice: usize,
) -> JsonMap<String, Json> {
    let mut filled = given.clone();
    for (name, field) in fields {
        let value = fill(name, &field.kind, given.get(name), choice);
        let hidden = field.secret && !given.contains_key(name);
        let value = if hidden {
            json!({"$secret": value})
        } else {
            value
        };
        filled.insert(name.clone(), value);
    }
    filled
}

/// What is given, with what is missing in it.
fn fill(name: &str, kind: &Kind, given: Option<&Json>, choice: usize) -> Json {
    let nothing = JsonMap::new();
    match (kind, given) {
        (_, Some(Json::Object(given))) if given.keys().any(|key| key.starts_with('$')) => {
            Json::Object(given.clone())
        }
        (Kind::Block(fields), given) => {
            let given = given.and_then(Json::as_object).unwrap_or(&nothing);
            fill_block(given, fields, choice).into()
        }
        (Kind::List(kind), Some(Json::Array(given))) => given
            .iter()
            .map(|item| fill(name, kind, Some(item), choice))
            .collect(),
        (Kind::Enum(choices), _) => json!(choices[choice % choices.len()]),
        (_, Some(given)) => given.clone(),
        (Kind::List(kind), None) => json!([fill(name, kind, None, choice)]),
        (Kind::Map(kind), None) => json!({"key": fill(name, kind, None, choice)}),
        (Kind::Bool, None) => json!(true),
        (Kind::Int, None) => json!(7),
        (Kind::Float, None) => json!(0.5),
        (Kind::String | Kind::Any, None) => match name {
            "aof_frequency" => json!("1s"),
            "bypass" => json!("AzureServices"),
            "point_in_time_utc" => json!("2026-01-02T03:04:05Z"),
            "rdb_frequency" => json!("6h"),
            "storage_tier" => json!("P10"),
            _ => json!("x"),
        },
    }
}
