//! The handler of every type: what a file says of a type ([`Arm`]), made into what the engine calls.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use azure_core::http::Method;
use serde_json::{Map as JsonMap, Value as Json, json};
use stack_model::{Describe, Map, Schema, ToValue, Value};
use stack_provider::{Change, Context, Error, ErrorKind, Handler, Owner, Result, Whose};
use uuid::Uuid;

use super::operation::Stage;
use super::turns::Turn;
use super::{Arm, Life, Naming, ResourceId, Update, body, finished, merge, operation};
use crate::client::{Azure, Call};

/// An object of a type, as observed.
pub(crate) struct Object<T> {
    values: Map,
    _type: PhantomData<fn() -> T>,
}

impl<T: Arm> Describe for Object<T> {
    type Inputs = T::Inputs;
    const TYPE: &'static str = <T as Describe>::TYPE;

    fn schema() -> Schema {
        T::schema()
    }
}

impl<T> ToValue for Object<T> {
    fn to_value(&self) -> Value {
        Value::Map(self.values.clone())
    }
}

/// What marks an object that could only be switched off.
const LEFT: &str = "stack:left";

/// The object with this id; none when it is definitely not there, or was left.
async fn get(azure: &Azure, id: &ResourceId, version: &str) -> Result<Option<Json>> {
    match azure.send(Method::Get, id.as_str(), version).await {
        Ok(answer) => Ok(Some(answer.body).filter(|body| body["tags"][LEFT].is_null())),
        Err(error) if error.kind == ErrorKind::Gone => Ok(None),
        Err(error) => Err(error),
    }
}

impl<T: Arm> Handler for Object<T> {
    type Client = Azure;

    async fn read(azure: &Azure, id: &str) -> Result<Option<Self>> {
        let id = ResourceId::parse(id)?;
        let Some(answer) = get(azure, &id, T::ARM.version).await? else {
            return Ok(None);
        };
        let Some(values) = Self::observed(azure, &id, &answer).await? else {
            return Ok(None);
        };
        Ok(Some(Self {
            values,
            _type: PhantomData,
        }))
    }

    /// By its name, which is its id; then by its tags. What carries none is ours when it has what was asked for: a
    /// create refuses a name that is taken, so it can only be what the create made.
    async fn find(azure: &Azure, whose: Whose<'_>, inputs: &T::Inputs) -> Result<Vec<String>> {
        let map = map_of(inputs);
        let id = Self::address(azure, &map)?;
        let Some(answer) = get(azure, &id, T::ARM.version).await? else {
            return Ok(Vec::new());
        };
        let ours = if Self::has_tags() {
            whose.owns(&tags_of(&answer))
        } else {
            merge::agrees(&Self::body(inputs, &map), &answer)
        };
        Ok(ours.then(|| id.as_str().to_owned()).into_iter().collect())
    }

    async fn create(azure: &Azure, inputs: &T::Inputs, context: &Context) -> Result<String> {
        let id = Self::address(azure, &map_of(inputs))?;
        // A PUT would overwrite what is there, and most services take no notice of If-None-Match.
        if !matches!(T::ARM.life, Life::Part { .. })
            && get(azure, &id, T::ARM.version).await?.is_some()
        {
            return Err(taken(&id));
        }
        Self::make(azure, &id, inputs, context).await?;
        Ok(id.as_str().to_owned())
    }

    /// A create that was accepted is taken up where it is. One that failed, or that Azure has no trace of, is sent
    /// again: with the same name and the same owner it can only make the same object.
    async fn settle(azure: &Azure, id: &str, inputs: &T::Inputs, context: &Context) -> Result<()> {
        let (id, version) = (ResourceId::parse(id)?, T::ARM.version);
        let action = format!("{}/write", id.kind());
        let answer = get(azure, &id, version).await?;
        match answer.as_ref().map(Stage::of_object) {
            Some(Stage::Succeeded) => {}
            Some(Stage::Underway(_)) => {
                operation::settled(azure, &id, version, &action, context).await?;
            }
            Some(Stage::Failed) | None => Self::make(azure, &id, inputs, context).await?,
        }
        T::settle(azure, &id, Change::all(inputs), context).await
    }

    async fn update(
        azure: &Azure,
        id: &str,
        change: Change<'_, T::Inputs>,
        context: &Context,
    ) -> Result<()> {
        let id = ResourceId::parse(id)?;
        let turn = Self::turn(azure, &id, context).await?;
        if let Some(patch) = Self::difference(azure, &id, change).await? {
            let version = T::ARM.version;
            let call = |method, body| Call::new(method, id.as_str(), version).body(body);
            let answer = match T::ARM.update {
                Update::Patch => azure.call(call(Method::Patch, &patch)).await?,
                Update::Put { without } => {
                    let now = azure.send(Method::Get, id.as_str(), version).await?.body;
                    let etag = now["etag"].as_str().map(str::to_owned);
                    let body = laid_over(now, patch, without);
                    let call = call(Method::Put, &body);
                    let call = match etag {
                        Some(etag) => call.header("if-match", etag),
                        None => call,
                    };
                    azure.call(call).await.map_err(changed_meanwhile)?
                }
                Update::Never => return Err(unchangeable(&id)),
            };
            let action = format!("{}/write", id.kind());
            finished(azure, answer, &id, version, &action, context).await?;
        }
        drop(turn);
        T::settle(azure, &id, change, context).await
    }

    async fn delete(azure: &Azure, id: &str, _: &T::Inputs, context: &Context) -> Result<()> {
        let (id, version) = (ResourceId::parse(id)?, T::ARM.version);
        let turn = Self::turn(azure, &id, context).await?;
        match T::ARM.life {
            Life::Made => {
                let answer = azure.send(Method::Delete, id.as_str(), version).await?;
                if answer.status == 204 {
                    return Ok(());
                }
                let action = format!("{}/delete", id.kind());
                finished(azure, answer, &id, version, &action, context).await?;
                drop(turn);
                operation::gone(azure, &id, version, context).await
            }
            Life::Left { off } => {
                let mut body = off();
                body["tags"] = json!({ LEFT: "true" });
                let call = Call::new(Method::Patch, id.as_str(), version);
                azure.call(call.body(&body)).await.map(drop)
            }
            Life::Part { reset } => {
                let call = Call::new(Method::Put, id.as_str(), version);
                let answer = azure.call(call.body(&reset())).await?;
                let action = format!("{}/write", id.kind());
                finished(azure, answer, &id, version, &action, context).await
            }
        }
    }
}

impl<T: Arm> Object<T> {
    /// The id of the object with these inputs: known before it is made.
    fn address(azure: &Azure, inputs: &Map) -> Result<ResourceId> {
        let kind = &T::ARM;
        let text = |field: &str| match inputs.get(field).map(Value::revealed) {
            Some(Value::String(text)) => Ok(text.as_str()),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                format!("{field} is not set"),
            )),
        };
        let parent = match kind.parent {
            "" => azure.subscription(),
            field => ResourceId::parse(text(field)?)?,
        };
        let name = match kind.naming {
            Naming::Field => text("name")?.to_owned(),
            Naming::Fixed(name) => name.to_owned(),
            Naming::Guid => {
                let name = text("name")?;
                let given = Uuid::try_parse(name).ok();
                let made = || Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes());
                given.unwrap_or_else(made).to_string()
            }
        };
        let name_fits = !name.is_empty() && !name.contains(['/', '?', '#', '\\']);
        if !name_fits {
            let message = format!("{name:?} cannot be a part of an id");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(parent.child(kind.path, &name))
    }

    /// The inputs that tell where it is, and so are not in the body.
    fn is_address(field: &str) -> bool {
        field == T::ARM.parent || (field == "name" && !matches!(T::ARM.naming, Naming::Fixed(_)))
    }

    fn has_tags() -> bool {
        T::schema().inputs.contains_key("tags")
    }

    fn body(inputs: &T::Inputs, map: &Map) -> Json {
        let mut fields = T::schema().inputs;
        fields.retain(|field, _| !Self::is_address(field));
        let mut body = body::write(&fields, map, T::PLACES);
        T::shape(&mut body, inputs);
        body
    }

    /// None when it is a part of its parent that has Azure's own values.
    async fn observed(azure: &Azure, id: &ResourceId, answer: &Json) -> Result<Option<Map>> {
        let schema = T::schema();
        let mut values = body::read(&schema.inputs, answer, T::PLACES);
        values.extend(body::read(&schema.outputs, answer, T::PLACES));
        if let Some(tags) = values.get_mut("tags") {
            *tags = Owner::without_ours(tags_of(answer)).to_value();
        }
        if schema.inputs.contains_key("name") {
            values.insert("name".to_owned(), Value::from(id.name()));
        }
        if let Some(parent) = id.parent(T::ARM.path).filter(|_| !T::ARM.parent.is_empty()) {
            values.insert(T::ARM.parent.to_owned(), Value::from(parent));
        }
        match T::observe(azure, id, answer, &mut values).await {
            Ok(()) => Ok(Some(values)),
            Err(error) if error.kind == ErrorKind::Gone => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends the whole object, and waits until it is there.
    async fn make(
        azure: &Azure,
        id: &ResourceId,
        inputs: &T::Inputs,
        context: &Context,
    ) -> Result<()> {
        let map = map_of(inputs);
        let mut body = Self::body(inputs, &map);
        let fields = T::schema().inputs;
        if fields.contains_key("location") && body["location"].is_null() {
            body["location"] = Json::from(azure.location()?);
        }
        if fields.contains_key("tags") {
            body["tags"] = json_tags(context.owner.tags(&tags_in(&map)));
        }
        T::complete(azure, &mut body).await?;
        let turn = Self::turn(azure, id, context).await?;
        let call = Call::new(Method::Put, id.as_str(), T::ARM.version).body(&body);
        let answer = azure.call(call).await.map_err(T::explain)?;
        context.accepted(id.as_str()).await?;
        let action = format!("{}/write", id.kind());
        let result = finished(azure, answer, id, T::ARM.version, &action, context).await;
        drop(turn);
        result
    }

    async fn turn(azure: &Azure, id: &ResourceId, context: &Context) -> Result<Option<Turn>> {
        match id.parent(T::ARM.path).filter(|_| T::ARM.one_at_a_time) {
            Some(parent) => azure.turns.take(parent, context).await.map(Some),
            None => Ok(None),
        }
    }

    /// What an update has to send. Tags are replaced as a whole, so ours go with the program's.
    async fn difference(
        azure: &Azure,
        id: &ResourceId,
        change: Change<'_, T::Inputs>,
    ) -> Result<Option<Json>> {
        let after = map_of(change.after);
        let before = change.before().map(|before| (before, map_of(before)));
        let wanted = Self::body(change.after, &after);
        let patch = match &before {
            Some((inputs, map)) => merge::difference(&Self::body(inputs, map), &wanted),
            None => Some(wanted),
        };
        let retagged = Self::has_tags()
            && before.is_none_or(|(_, before)| tags_in(&before) != tags_in(&after));
        if !retagged {
            return Ok(patch);
        }
        let now = azure.send(Method::Get, id.as_str(), T::ARM.version).await?;
        let mut tags = tags_in(&after);
        let kept = tags_of(&now.body).into_iter();
        tags.extend(kept.filter(|(key, _)| key.starts_with(Owner::PREFIX)));
        let mut patch = patch.unwrap_or_else(|| Json::Object(JsonMap::new()));
        patch["tags"] = json_tags(tags);
        Ok(Some(patch))
    }
}

fn map_of(inputs: &impl ToValue) -> Map {
    match inputs.to_value() {
        Value::Map(map) => map,
        _ => unreachable!("inputs are derived from a struct, and a struct is a map"),
    }
}

/// The object as it is, with a change laid over it, and without what Azure keeps when it is left out.
fn laid_over(mut now: Json, mut patch: Json, without: &[&str]) -> Json {
    // A PUT has the whole of the tags, and a merge would keep those that are to go.
    if let Some(tags) = body::take(&mut patch, "tags") {
        now["tags"] = tags;
    }
    merge::apply(&mut now, patch);
    for place in without {
        body::take(&mut now, place);
    }
    now
}

fn tags_of(answer: &Json) -> BTreeMap<String, String> {
    let tags = answer["tags"].as_object();
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    tags.into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), text(value)))
        .collect()
}

fn tags_in(map: &Map) -> BTreeMap<String, String> {
    match map.get("tags").map(Value::revealed) {
        Some(Value::Map(tags)) => {
            let text = |value: &Value| match value.revealed() {
                Value::String(text) => text.clone(),
                _ => String::new(),
            };
            tags.iter()
                .map(|(key, value)| (key.clone(), text(value)))
                .collect()
        }
        _ => BTreeMap::new(),
    }
}

fn json_tags(tags: BTreeMap<String, String>) -> Json {
    tags.into_iter()
        .map(|(key, value)| (key, Json::from(value)))
        .collect::<JsonMap<_, _>>()
        .into()
}

fn taken(id: &ResourceId) -> Error {
    let message = format!(
        "{} {} is there already, and it is not ours",
        id.kind(),
        id.name()
    );
    Error::new(ErrorKind::AlreadyExists, message)
        .operation(format!("{}/write", id.kind()))
        .hint(format!(
            "give another name, or take it in with `stack import URN {id}`"
        ))
}

/// `If-Match` failed: somebody changed the object between our read and our write. Worth another try.
fn changed_meanwhile(error: Error) -> Error {
    match error.kind {
        ErrorKind::AlreadyExists => Error {
            kind: ErrorKind::Conflict,
            ..error
        },
        _ => error,
    }
}

fn unchangeable(id: &ResourceId) -> Error {
    let message = format!("{} cannot be changed once it is made", id.kind());
    Error::new(ErrorKind::Invalid, message)
}
