//! What the page is told, as JSON. A secret is `{"$secret": true}`, as in every document.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;
use stack_engine::check::Schemas;
use stack_engine::diff::same;
use stack_engine::session::Checkpoint;
use stack_engine::state::Object;
use stack_engine::{Holder, State};
use stack_model::{Map, Urn, Value};
use stack_review::redact::redacted;

use crate::recorded::Recorded;
use crate::run::{self, Run};

/// The version of these documents.
pub const FORMAT: u32 = 1;

/// Every environment of a backend.
#[derive(Debug, Serialize)]
pub struct Listing {
    /// The version of this document.
    pub format: u32,
    /// Which backend.
    pub backend: String,
    /// Its environments, in the order of their names.
    pub environments: Vec<Listed>,
}

/// One environment in a list.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub environment: String,
    /// What is recorded of it. None when nothing is, or when it cannot be read.
    pub about: Option<About>,
    /// Why it cannot be read, if so. The others are there all the same.
    pub error: Option<String>,
}

/// What an environment is, in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct About {
    /// The number of its newest state.
    pub serial: u64,
    /// What committed that: `apply`.
    pub command: Option<String>,
    /// When, RFC 3339.
    pub at: Option<String>,
    /// When the oldest state that is kept was committed, RFC 3339.
    pub since: Option<String>,
    /// Whether that was its first one, so that its age is known.
    pub born: bool,
    /// How many resources it has.
    pub resources: usize,
    /// When it is to be torn down, RFC 3339.
    pub expires: Option<String>,
    /// Whether it is production.
    pub production: bool,
    /// How many resources are not as the program asked for them, as far as that was recorded.
    pub drifted: usize,
    /// Who holds the lock.
    pub holder: Option<Holder>,
    /// What was interrupted and is not settled: `apply`.
    pub interrupted: Option<String>,
    /// The backend that goes on from here.
    pub moved_to: Option<String>,
}

/// One environment.
#[derive(Debug, Serialize)]
pub struct Environment {
    /// The version of this document.
    pub format: u32,
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub environment: String,
    /// In short.
    pub about: About,
    /// What is recorded, in the order in which it was made.
    pub resources: Vec<Resource>,
    /// What the stack tells others.
    pub outputs: BTreeMap<String, Json>,
    /// The provider configurations.
    pub providers: BTreeMap<String, Provider>,
    /// The committed states that are kept, newest first.
    pub history: Vec<Checkpoint>,
    /// The run that has not committed a state yet.
    pub run: Option<Run>,
}

/// One resource.
#[derive(Debug, Serialize)]
pub struct Resource {
    /// Its urn.
    pub urn: Urn,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its name.
    pub name: String,
    /// The cloud's name of its object.
    pub id: Option<String>,
    /// Where the cloud's own console shows it, for what has an address that says where.
    pub link: Option<String>,
    /// The provider configuration that serves it.
    pub provider: Option<String>,
    /// What it depends on.
    pub depends_on: Vec<Urn>,
    /// Whether it may not be deleted.
    pub protect: bool,
    /// Whether it stays in the cloud when it is no longer asked for.
    pub retain: bool,
    /// Whether its create was not seen to end.
    pub incomplete: bool,
    /// Objects of it that were replaced and are still to be deleted.
    pub deposed: Vec<String>,
    /// Its inputs and outputs.
    pub values: Json,
    /// What the cloud has that is not what was asked for, when it was last read.
    pub drift: Vec<Drifted>,
}

/// A field that is not as it was asked for.
#[derive(Debug, PartialEq, Serialize)]
pub struct Drifted {
    /// Which.
    pub field: String,
    /// What was asked for.
    pub asked: Json,
    /// What the cloud has.
    pub observed: Json,
}

/// A provider configuration.
#[derive(Debug, Serialize)]
pub struct Provider {
    /// The cloud.
    pub kind: String,
    /// The account that it led to.
    pub account: Option<String>,
    /// The region that it led to.
    pub region: Option<String>,
}

/// An environment in short.
pub fn about(recorded: &Recorded, oldest: Option<&Checkpoint>, schemas: &Schemas) -> About {
    let Recorded { state, holder, .. } = recorded;
    let header = &state.header;
    let interrupted = match holder {
        Some(_) => None,
        None => run::of(recorded).map(|run| run.command),
    };
    About {
        serial: header.serial,
        command: header.command.clone(),
        at: header.at.clone(),
        since: oldest.and_then(|one| one.at.clone()),
        born: oldest.is_some_and(|one| one.serial == 1),
        resources: state.resources.len(),
        expires: header.expires.map(|at| at.to_string()),
        production: header.production,
        drifted: drifted_in(state, schemas),
        holder: holder.clone(),
        interrupted,
        moved_to: header.moved_to.clone(),
    }
}

/// An environment in full.
pub fn environment(
    recorded: &Recorded,
    history: Vec<Checkpoint>,
    schemas: &Schemas,
) -> Environment {
    let state = &recorded.state;
    let resources = state.resources.iter().map(|(urn, recorded)| {
        let object = recorded.object.as_ref();
        let newest = object.or(recorded.deposed.first());
        Resource {
            urn: urn.clone(),
            type_name: urn.type_name().to_owned(),
            name: urn.name().to_owned(),
            id: object.map(|object| object.id.clone()),
            link: object.and_then(|object| link(&object.id)),
            provider: newest.map(|object| object.request.provider.to_string()),
            depends_on: newest.map_or_else(Vec::new, |object| object.request.dependencies.clone()),
            protect: recorded.kept.protect,
            retain: recorded.kept.retain,
            incomplete: object.is_some_and(|object| object.incomplete),
            deposed: recorded.deposed.iter().map(|one| one.id.clone()).collect(),
            values: object.map_or(Json::Null, |object| redacted(&object.values())),
            drift: object.map_or_else(Vec::new, |object| drifted(urn, object, schemas)),
        }
    });
    let outputs = state.outputs.iter();
    let providers = state.providers.iter().map(|(name, provider)| {
        let identity = provider.identity.as_ref();
        let shown = Provider {
            kind: provider.kind.clone(),
            account: identity.map(|identity| identity.account.clone()),
            region: identity.and_then(|identity| identity.region.clone()),
        };
        (name.to_string(), shown)
    });
    Environment {
        format: FORMAT,
        stack: state.header.stack.clone(),
        environment: state.header.environment.clone(),
        about: about(recorded, history.first(), schemas),
        resources: resources.collect(),
        outputs: outputs
            .map(|(name, value)| (name.clone(), redacted(value)))
            .collect(),
        providers: providers.collect(),
        history: history.into_iter().rev().collect(),
        run: run::of(recorded),
    }
}

fn drifted_in(state: &State, schemas: &Schemas) -> usize {
    let objects = state
        .resources
        .iter()
        .filter_map(|(urn, recorded)| Some((urn, recorded.object.as_ref()?)));
    objects
        .filter(|(urn, object)| !drifted(urn, object, schemas).is_empty())
        .count()
}

/// What the cloud has that is not what was asked for. A secret is not compared: what it is, is not known here.
fn drifted(urn: &Urn, object: &Object, schemas: &Schemas) -> Vec<Drifted> {
    let schema = schemas.get(urn.type_name());
    let inputs: &Map = &object.request.inputs;
    let pairs = inputs
        .iter()
        .filter_map(|(field, asked)| Some((field, asked, object.observed.get(field)?)));
    let differs = |field: &str, asked: &Value, observed: &Value| {
        let declared = schema.and_then(|schema| schema.inputs.get(field));
        let unknown =
            [asked, observed].map(|value| value.has_secret() || redacted(value) != json(value));
        match declared {
            _ if unknown.contains(&true) => false,
            Some(declared) => {
                !declared.write_only && !same(asked, observed, &declared.kind, declared.equality)
            }
            None => asked != observed,
        }
    };
    pairs
        .filter(|(field, asked, observed)| differs(field, asked, observed))
        .map(|(field, asked, observed)| Drifted {
            field: field.clone(),
            asked: json(asked),
            observed: json(observed),
        })
        .collect()
}

fn json(value: &Value) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

/// Where a cloud's own console shows an object, by an id that says where it is: an ARN, or an id of Azure Resource Manager.
/// <https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/deep-linking.html>
fn link(id: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/()+=@".contains(&byte);
    if !id.bytes().all(plain) {
        return None;
    }
    if id.starts_with("arn:aws:") {
        return Some(format!("https://console.aws.amazon.com/go/view?arn={id}"));
    }
    id.starts_with("/subscriptions/")
        .then(|| format!("https://portal.azure.com/#resource{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_that_say_where_they_are_have_a_link() {
        let arn = "arn:aws:s3:::acme-files";
        assert_eq!(
            link(arn).unwrap(),
            "https://console.aws.amazon.com/go/view?arn=arn:aws:s3:::acme-files"
        );
        let id = "/subscriptions/5a/resourceGroups/shop";
        assert_eq!(
            link(id).unwrap(),
            "https://portal.azure.com/#resource/subscriptions/5a/resourceGroups/shop"
        );
        for other in [
            "vpc-1",
            "javascript:alert(1)",
            "arn:aws:s3:::a\"b",
            "arn:aws-cn:s3:::a",
        ] {
            assert_eq!(link(other), None, "{other}");
        }
    }

    fn object(inputs: Json, observed: Json) -> Object {
        let object = serde_json::json!({
            "id": "i", "provider": "a", "generation": 1, "token": "t", "inputs": inputs, "observed": observed,
        });
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn what_the_cloud_has_otherwise_is_drift_and_what_nobody_knows_is_not() {
        let urn: Urn = "a:b:C/one".parse().unwrap();
        let inputs = serde_json::json!({
            "same": 1, "other": [1], "gone": "x", "hidden": {"$secret": "canary"}, "redacted": {"$redacted": true},
        });
        let observed = serde_json::json!({
            "other": [2], "gone": null, "hidden": "y", "redacted": "z", "output": "w",
        });
        let found = drifted(&urn, &object(inputs, observed), &Schemas::default());
        let fields: Vec<&str> = found.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["gone", "other"]);
        assert_eq!(found[1].observed, serde_json::json!([2]));
    }
}
