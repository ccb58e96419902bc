//! The handler of every type: what a file says of a type ([`Arm`]), made into what the engine calls.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use azure_core::http::Method;
use serde_json::{Value as Json, json};
use stack_model::{Describe, FromValue, Map, Schema, ToValue, Value};
use stack_provider::{
    Actions, Change, Context, Error, ErrorKind, Finding, Handler, Owner, Result, Whose,
};
use uuid::Uuid;

use super::raw::{self, Raw};
use super::turns::Turn;
use super::{Arm, Life, Naming, ResourceId, actions, body};
use crate::client::{Azure, Call};

/// An object of a type, as observed.
pub(crate) struct Object<T> {
    values: Map,
    _type: PhantomData<fn() -> T>,
}

impl<T: Arm> Describe for Object<T> {
    type Inputs = T::Inputs;
    const TYPE: &'static str = <T as Describe>::TYPE;

    /// No two objects have one id: with a name of the program's own, the old one goes before the new one is made.
    fn schema() -> Schema {
        let mut schema = T::schema();
        let address = [T::ARM.parent, "name"];
        let key = address
            .iter()
            .filter(|field| schema.inputs.contains_key(**field));
        let key = key.map(|field| (*field).to_owned()).collect();
        if !schema.unique.contains(&key) {
            schema.unique.push(key);
        }
        schema
    }
}

impl<T> ToValue for Object<T> {
    fn to_value(&self) -> Value {
        Value::Map(self.values.clone())
    }
}

impl<T: Arm> Handler for Object<T> {
    type Client = Azure;

    fn actions() -> Actions {
        actions::of::<T>(&T::schema())
    }

    fn kind() -> Option<String> {
        Some(actions::kind_of::<T>())
    }

    async fn read(azure: &Azure, id: &str) -> Result<Option<Self>> {
        let id = ResourceId::parse(id)?;
        let Some(answer) = raw::get(azure, &id, T::ARM.version).await? else {
            return Ok(None);
        };
        let values = Self::observed(azure, &id, &answer).await?;
        Ok(values.map(|values| Self {
            values,
            _type: PhantomData,
        }))
    }

    /// By its name, which is its id; then by its tags. What carries none is ours when it has what was asked for: a
    /// create refuses a name that is taken, so it can only be what the create made.
    async fn find(azure: &Azure, whose: Whose<'_>, inputs: &T::Inputs) -> Result<Vec<String>> {
        let asked = Self::raw(azure, inputs)?;
        let Some(answer) = raw::get(azure, &asked.id, T::ARM.version).await? else {
            return Ok(Vec::new());
        };
        let ours = match &asked.tags {
            Some(_) => whose.owns(&raw::tags_of(&answer)),
            None => raw::agrees(&asked.body, &answer),
        };
        Ok(ours.then(|| asked.id.to_string()).into_iter().collect())
    }

    async fn preflight(azure: &Azure, known: &Map) -> Result<Vec<Finding>> {
        let name = known.get("name").and_then(|name| name.revealed().as_str());
        let (Some(name), Some(check)) = (name, T::NAME_CHECK) else {
            return Ok(Vec::new());
        };
        let taken = Self::taken(azure, name, known).await;
        let taken = taken.map_err(|error| error.operation(check))?;
        Ok(taken.into_iter().collect())
    }

    async fn create(azure: &Azure, inputs: &T::Inputs, context: &Context) -> Result<String> {
        let new = Self::raw(azure, inputs)?;
        if !matches!(T::ARM.life, Life::Part { .. }) {
            new.refuse_taken(azure, &context.owner).await?;
        }
        let id = new.id.to_string();
        Self::make(azure, new, context).await?;
        Ok(id)
    }

    async fn settle(azure: &Azure, id: &str, inputs: &T::Inputs, context: &Context) -> Result<()> {
        let new = Self::raw_at(ResourceId::parse(id)?, inputs);
        if !new.is_settled(azure, context).await? {
            let again = Self::raw_at(new.id.clone(), inputs);
            Self::make(azure, again, context).await?;
        }
        T::settle(azure, &new.id, Change::all(inputs), context).await
    }

    async fn update(
        azure: &Azure,
        id: &str,
        change: Change<'_, T::Inputs>,
        context: &Context,
    ) -> Result<()> {
        let id = ResourceId::parse(id)?;
        let after = Self::raw_at(id.clone(), change.after);
        let before = match change.before() {
            Some(before) => Self::raw_at(id.clone(), before),
            None => Raw {
                id: id.clone(),
                version: after.version.clone(),
                body: Json::Null,
                tags: None,
            },
        };
        let turn = Self::turn(azure, &id, context).await?;
        after
            .update(azure, &before, &T::ARM.update, T::amend, context)
            .await?;
        drop(turn);
        T::settle(azure, &id, change, context).await
    }

    async fn delete(azure: &Azure, id: &str, inputs: &T::Inputs, context: &Context) -> Result<()> {
        let old = Self::raw_at(ResourceId::parse(id)?, inputs);
        let _turn = Self::turn(azure, &old.id, context).await?;
        old.end(azure, &T::ARM.life, context).await
    }
}

impl<T: Arm> Object<T> {
    /// The object that these inputs ask for.
    fn raw(azure: &Azure, inputs: &T::Inputs) -> Result<Raw> {
        let id = Self::address(azure, &map_of(inputs))?;
        Ok(Self::raw_at(id, inputs))
    }

    fn raw_at(id: ResourceId, inputs: &T::Inputs) -> Raw {
        let map = map_of(inputs);
        let mut fields = T::schema().inputs;
        let has_tags = fields.contains_key("tags");
        fields.retain(|field, _| !Self::is_address(field));
        let mut body = body::write(&fields, &map, T::PLACES);
        T::shape(&mut body, inputs);
        let tags = || BTreeMap::from_field(&map, "tags").unwrap_or_default();
        Raw {
            id,
            version: T::ARM.version.to_owned(),
            body,
            tags: has_tags.then(tags),
        }
    }

    /// Its id: known before it is made.
    fn address(azure: &Azure, inputs: &Map) -> Result<ResourceId> {
        let kind = &T::ARM;
        let text = |field: &str| match inputs.get(field).map(Value::revealed) {
            Some(Value::String(text)) => Ok(text.as_str()),
            _ => {
                let message = format!("{field} is not set");
                Err(Error::new(ErrorKind::Invalid, message))
            }
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
        if name.is_empty() || name.contains(['/', '?', '#', '\\']) {
            let message = format!("{name:?} cannot be a part of an id");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(parent.child(kind.path, &name))
    }

    /// Why it cannot have a name that is unique in all of Azure, if it cannot.
    async fn taken(azure: &Azure, name: &str, known: &Map) -> Result<Option<Finding>> {
        let kind = actions::kind_of::<T>();
        let path = format!(
            "{}/providers/{}/checkNameAvailability",
            azure.subscription(),
            actions::namespace_of(&kind)
        );
        let question = json!({"name": name, "type": kind});
        let call = Call::new(Method::Post, &path, T::ARM.version).body(&question);
        let told = azure.call(call).await?.body;
        if told["nameAvailable"] != json!(false) {
            return Ok(None);
        }
        let message = told["message"].as_str().unwrap_or("the name is taken");
        let found = Finding::new(
            format!("cannot be called {name}: {message}"),
            "choose another name, which is unique in all of Azure",
        );
        Ok(T::taken(azure, name, known, found).await)
    }

    /// Whether an input tells where the object is, and so is not in the body.
    fn is_address(field: &str) -> bool {
        field == T::ARM.parent || (field == "name" && !matches!(T::ARM.naming, Naming::Fixed(_)))
    }

    /// Sends the whole of it, with what only Azure knows.
    async fn make(azure: &Azure, mut new: Raw, context: &Context) -> Result<()> {
        if T::schema().inputs.contains_key("location") && new.body["location"].is_null() {
            new.body["location"] = Json::from(azure.location()?);
        }
        T::complete(azure, &mut new.body).await?;
        let _turn = Self::turn(azure, &new.id, context).await?;
        new.put(azure, context).await.map_err(T::explain)
    }

    /// None when it is a part of its parent that has Azure's own values.
    async fn observed(azure: &Azure, id: &ResourceId, answer: &Json) -> Result<Option<Map>> {
        let schema = T::schema();
        let mut values = body::read(&schema.inputs, answer, T::PLACES);
        values.extend(body::read(&schema.outputs, answer, T::PLACES));
        if schema.inputs.contains_key("tags") {
            let tags = Owner::without_ours(raw::tags_of(answer));
            values.insert("tags".to_owned(), tags.to_value());
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

    async fn turn(azure: &Azure, id: &ResourceId, context: &Context) -> Result<Option<Turn>> {
        let parent = id.parent(T::ARM.path).filter(|_| T::ARM.one_at_a_time);
        raw::turn(azure, parent, context).await
    }
}

fn map_of(inputs: &impl ToValue) -> Map {
    match inputs.to_value() {
        Value::Map(map) => map,
        _ => unreachable!("inputs are derived from a struct, and a struct is a map"),
    }
}
