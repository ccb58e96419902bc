//! `azure:resources:Generic`: any type of Azure Resource Manager, by its name and body.

use stack::resource::*;

/// Any type of Azure Resource Manager, by its name, API version and body: for what has no type of its own here.
///
/// Only what the body says is managed: properties that it leaves out are Azure's, and stay as they are in an update.
/// Values that Azure never tells again, such as passwords, count as they were sent last.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "azure:resources:Generic",
    create = "60m",
    update = "60m",
    delete = "60m",
    visibility_lag = "15s"
)]
pub struct Generic {
    /// The id of what it lies beneath: a resource group, a subscription, or the parent of a type such as
    /// `Microsoft.Network/virtualNetworks/virtualNetworkPeerings`.
    #[input(required, replaces, case_insensitive)]
    pub parent_id: String,
    /// Its type, such as `Microsoft.Insights/components`.
    #[input(required, replaces, case_insensitive)]
    pub r#type: String,
    /// The API version that the body is of, such as `2025-07-01`.
    #[input(required)]
    pub api_version: String,
    /// Its name. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 60))]
    pub name: Option<String>,
    /// Its region, for types that have one. Such a type carries tags too, and so is found again after a crash by ours.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// What else it consists of: `properties`, `sku`, `kind`, `identity` …, as Azure's reference of the type has them.
    #[input(follows)]
    pub body: Option<Value>,
    /// Its tags, for types that have a region.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// The whole of it, as Azure tells it. Secret, because anything may be in there.
    #[output(volatile)]
    pub output: Secret<Value>,
}

#[cfg(feature = "provider")]
pub(super) use handler::{Halves, actions};

#[cfg(feature = "provider")]
mod handler {
    use std::sync::Arc;

    use async_trait::async_trait;
    use serde_json::Map as JsonMap;
    use stack_provider::{Created, Mutate, Observation, Observe, Owner, Recorded, Whose};

    use super::*;
    use crate::arm::raw::{self, Raw};
    use crate::arm::shapes::{any, plain};
    use crate::prelude::*;

    /// Both halves: which type and version it is, only the inputs say.
    pub struct Halves(pub Arc<Azure>);

    #[async_trait]
    impl Observe for Halves {
        async fn read(&self, recorded: Recorded<'_>) -> Result<Option<Observation>> {
            let id = ResourceId::parse(recorded.id)?;
            let version = match text(recorded.values, "api_version") {
                Some(version) => version.to_owned(),
                // An import: any version that Azure has will do to look.
                None => raw::newest_version(&self.0, &id).await?,
            };
            let Some(answer) = raw::get(&self.0, &id, &version).await? else {
                return Ok(None);
            };
            Ok(Some(Observation {
                values: observed(&id, &version, answer, recorded.values),
            }))
        }

        async fn find(&self, whose: Whose<'_>, inputs: &Map) -> Result<Vec<String>> {
            let raw = raw(inputs)?;
            let Some(answer) = raw::get(&self.0, &raw.id, &raw.version).await? else {
                return Ok(Vec::new());
            };
            let ours = match &raw.tags {
                Some(_) => whose.owns(&raw::tags_of(&answer)),
                None => raw::agrees(&raw.body, &answer),
            };
            Ok(ours.then(|| raw.id.to_string()).into_iter().collect())
        }
    }

    #[async_trait]
    impl Mutate for Halves {
        async fn create(&self, inputs: &Map, context: &Context) -> Result<Created> {
            let raw = raw(inputs)?;
            raw.create(&self.0, context).await?;
            Ok(Created {
                id: raw.id.to_string(),
                observation: None,
            })
        }

        async fn resume(&self, _: &str, inputs: &Map, context: &Context) -> Result<()> {
            raw(inputs)?.settle(&self.0, context).await
        }

        async fn update(
            &self,
            id: &str,
            before: &Map,
            after: &Map,
            context: &Context,
        ) -> Result<Option<Observation>> {
            let id = ResourceId::parse(id)?;
            let (mut before, mut after) = (raw(before)?, raw(after)?);
            (before.id, after.id) = (id.clone(), id);
            after
                .update(
                    &self.0,
                    &before,
                    &Update::Put { without: &[] },
                    |_, _| {},
                    context,
                )
                .await?;
            Ok(None)
        }

        async fn delete(&self, id: &str, recorded: &Map, context: &Context) -> Result<()> {
            let mut raw = raw(recorded)?;
            raw.id = ResourceId::parse(id)?;
            match raw.delete(&self.0, context).await {
                Err(error) if error.kind == ErrorKind::Gone => Ok(()),
                result => result,
            }
        }
    }

    /// Of any type; which it is, only the inputs say.
    pub fn actions() -> Actions {
        Actions::none()
            .to_read(["*/read"])
            .to_set(["*/write"])
            .to_delete(["*/delete"])
    }

    fn text<'a>(map: &'a Map, field: &str) -> Option<&'a str> {
        map.get(field)?.as_str()
    }

    /// What the inputs ask for.
    fn raw(inputs: &Map) -> Result<Raw> {
        let needed = |field: &str| {
            text(inputs, field)
                .ok_or_else(|| Error::new(ErrorKind::Invalid, format!("{field} is not set")))
        };
        let parent = ResourceId::parse(needed("parent_id")?)?;
        let kind = needed("type")?;
        let mut body = match inputs.get("body").map(plain) {
            None | Some(Json::Null) => json!({}),
            Some(body @ Json::Object(_)) => body,
            Some(_) => return Err(Error::new(ErrorKind::Invalid, "body is not a map")),
        };
        let location = text(inputs, "location");
        if let Some(location) = location {
            body["location"] = json!(location);
        }
        let tags = BTreeMap::<String, String>::from_field(inputs, "tags")
            .map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))?;
        Ok(Raw {
            id: parent.child(&path_of(&parent, kind), needed("name")?),
            version: needed("api_version")?.to_owned(),
            body,
            tags: location.map(|_| tags),
        })
    }

    /// `subnets` beneath a network; `providers/NAMESPACE/TYPE` beneath anything else.
    fn path_of(parent: &ResourceId, kind: &str) -> String {
        let of_parent = format!("{}/", parent.kind());
        match kind.get(..of_parent.len()) {
            Some(beginning) if beginning.eq_ignore_ascii_case(&of_parent) => {
                kind[of_parent.len()..].to_owned()
            }
            _ => format!("providers/{kind}"),
        }
    }

    fn observed(id: &ResourceId, version: &str, answer: Json, recorded: &Map) -> Map {
        let kind = id.kind();
        let short = kind.rsplit('/').next().unwrap_or_default();
        let parent = id
            .parent(&format!("providers/{kind}"))
            .or_else(|| id.parent(short))
            .unwrap_or_default();
        let location = answer["location"].as_str().map(raw::region);
        let tags = Owner::without_ours(raw::tags_of(&answer));
        let body = match recorded.get("body") {
            Some(body) => as_far_as(&plain(body), &answer),
            // An import; otherwise the program asks for nothing, and nothing is managed.
            None if recorded.is_empty() => rest(&answer),
            None => Json::Null,
        };
        let body = match recorded.get("body") {
            Some(Value::Secret(_)) => any(&body).secret(),
            _ => any(&body),
        };
        Map::from_iter([
            ("parent_id".to_owned(), Value::from(parent)),
            ("type".to_owned(), Value::from(kind.as_str())),
            ("api_version".to_owned(), Value::from(version)),
            ("name".to_owned(), Value::from(id.name())),
            ("location".to_owned(), location.to_value()),
            ("tags".to_owned(), tags.to_value()),
            ("body".to_owned(), body),
            ("output".to_owned(), any(&answer).secret()),
        ])
    }

    /// What Azure has where we asked for something. What it does not tell counts as we sent it; a list of another length
    /// is told as a whole.
    fn as_far_as(asked: &Json, found: &Json) -> Json {
        match (asked, found) {
            (Json::Object(asked), Json::Object(found)) => asked
                .iter()
                .map(|(key, asked)| {
                    let value = match found.get(key) {
                        Some(found) => as_far_as(asked, found),
                        None => asked.clone(),
                    };
                    (key.clone(), value)
                })
                .collect::<JsonMap<_, _>>()
                .into(),
            (Json::Array(asked), Json::Array(found)) if asked.len() == found.len() => asked
                .iter()
                .zip(found)
                .map(|(asked, found)| as_far_as(asked, found))
                .collect(),
            // Azure changes the case of what it keeps, ids above all.
            (Json::String(asked), Json::String(found)) if asked.eq_ignore_ascii_case(found) => {
                json!(asked)
            }
            (_, found) => found.clone(),
        }
    }

    /// All but what has inputs of its own, and what Azure says of the object itself.
    fn rest(answer: &Json) -> Json {
        let mut rest = answer.clone();
        for known in [
            "id",
            "name",
            "type",
            "location",
            "tags",
            "etag",
            "systemData",
        ] {
            take(&mut rest, known);
        }
        take(&mut rest, "properties.provisioningState");
        rest
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_type_beneath_its_parent_has_a_short_path() {
            let network =
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";
            let network = ResourceId::parse(network).unwrap();
            let group = ResourceId::parse("/subscriptions/s/resourceGroups/g").unwrap();
            let path = |parent, kind| path_of(parent, kind);
            assert_eq!(
                path(&network, "microsoft.network/VirtualNetworks/subnets"),
                "subnets"
            );
            assert_eq!(
                path(&group, "Microsoft.Insights/components"),
                "providers/Microsoft.Insights/components"
            );
            // A lock on a network is an extension of it, not a child.
            assert_eq!(
                path(&network, "Microsoft.Authorization/locks"),
                "providers/Microsoft.Authorization/locks"
            );
        }

        #[test]
        fn only_what_was_asked_for_is_compared() {
            let asked = json!({"properties": {"a": 1, "password": "p", "list": [{"x": "ID"}]}});
            let found = json!({"properties": {"a": 2, "b": 3, "list": [{"x": "id", "y": 1}]}});
            assert_eq!(
                as_far_as(&asked, &found),
                json!({"properties": {"a": 2, "password": "p", "list": [{"x": "ID"}]}})
            );
        }
    }
}
