//! Lists, a page at a time.

use serde_json::{Value, json};

use super::check;
use crate::clock::Millis;
use crate::exchange::{Reply, Request};
use crate::id::ResourceId;
use crate::refusal::Refusal;
use crate::rules::{Place, Rules, Scene};
use crate::store::Resource;
use crate::world::World;

/// The resources of a type: in a subscription, in a group, or in another resource.
pub fn collection(
    world: &World,
    request: &Request,
    parent: &ResourceId,
    rules: &Rules,
    now: Millis,
) -> Result<Reply, Refusal> {
    check::group(world, parent)?;
    if rules.place != Place::Group && !world.store.exists(parent) {
        let message = format!(
            "Can not perform requested operation on nested resource. Parent resource '{}' not found.",
            parent.name()
        );
        return Err(Refusal::not_found("ParentResourceNotFound", message));
    }
    let values = match rules.list {
        Some(list) => list(
            &Scene {
                world,
                id: parent,
                now,
            },
            request,
        ),
        None => world
            .store
            .of_type(parent, rules.name)
            .filter(|resource| resource.visible)
            .map(|resource| world.shown(resource, now))
            .collect(),
    };
    page(world, request, parent, values)
}

/// The page of a list that a request asks for, in the order of the ids.
pub fn page(
    world: &World,
    request: &Request,
    scope: &ResourceId,
    mut values: Vec<Value>,
) -> Result<Reply, Refusal> {
    values.sort_by_cached_key(key);
    if let Some(token) = request.parameter("$skiptoken") {
        let after = hex::decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(after) = after else {
            let message =
                format!("The skip token '{token}' is not one that this service gave out.");
            return Err(Refusal::bad_request("InvalidSkipToken", message));
        };
        values.retain(|value| key(value) > after);
    }
    let top = request
        .parameter("$top")
        .and_then(|top| top.parse::<usize>().ok());
    let size = top
        .unwrap_or(usize::MAX)
        .min(world.settings.of(scope.subscription()).page_size)
        .max(1);
    let mut body = json!({});
    if values.len() > size {
        values.truncate(size);
        if let Some(last) = values.last() {
            body["nextLink"] = next_link(request, &key(last)).into();
        }
    }
    body["value"] = values.into();
    Ok(Reply::json(200, body))
}

fn key(value: &Value) -> String {
    let id = value.get("id").or_else(|| value.get("name"));
    id.and_then(Value::as_str)
        .unwrap_or_default()
        .to_lowercase()
}

fn next_link(request: &Request, after: &str) -> String {
    let escaped = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let path: Vec<String> = request.path.split('/').map(escaped).collect();
    let mut link = format!("{}{}?", request.base, path.join("/"));
    for (name, value) in &request.query {
        if !name.eq_ignore_ascii_case("$skiptoken") {
            link.push_str(&format!("{}={}&", name, escaped(value)));
        }
    }
    link + "$skiptoken=" + &hex::encode(after)
}

/// A condition on tags or types, as `$filter` of the resource lists writes it.
pub struct Filter {
    conditions: Vec<(String, String)>,
}

/// What a condition can be about.
const KNOWN: [&str; 6] = [
    "tagname",
    "tagvalue",
    "resourcetype",
    "name",
    "location",
    "resourcegroup",
];

impl Filter {
    /// The condition of a request.
    pub fn of(request: &Request) -> Result<Self, Refusal> {
        let text = request.parameter("$filter").unwrap_or_default();
        let parts = text.split(" and ").map(str::trim);
        let conditions = parts.filter(|part| !part.is_empty()).map(|part| {
            condition(part).ok_or_else(|| {
                let message = format!("Invalid $filter '{text}': '{part}' is not understood.");
                Refusal::bad_request("InvalidFilterInQueryString", message)
            })
        });
        Ok(Self {
            conditions: conditions.collect::<Result<_, _>>()?,
        })
    }

    /// Whether it asks for a tag.
    pub fn is_by_tag(&self) -> bool {
        self.wanted("tagname").is_some()
    }

    /// Whether a resource fulfils it.
    pub fn matches(&self, resource: &Resource) -> bool {
        let same = |name: &str, is: &str| {
            self.wanted(name)
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(is))
        };
        // Names of tags compare without case, their values with it.
        let tagged = self.wanted("tagname").is_none_or(|name| {
            let tags = resource.body.get("tags").and_then(Value::as_object);
            tags.into_iter().flatten().any(|(tag, value)| {
                tag.eq_ignore_ascii_case(name)
                    && self
                        .wanted("tagvalue")
                        .is_none_or(|wanted| value.as_str() == Some(wanted))
            })
        });
        let group = resource.id.group();
        tagged
            && same("resourcetype", &resource.type_name)
            && same("name", resource.id.name())
            && same("location", &resource.location().unwrap_or_default())
            && same(
                "resourcegroup",
                group.as_ref().map_or("", |group| group.name()),
            )
    }

    fn wanted(&self, name: &str) -> Option<&str> {
        let mut conditions = self.conditions.iter();
        conditions
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// `name eq 'value'`. Within the value a quote is written twice.
fn condition(part: &str) -> Option<(String, String)> {
    let (name, value) = part.split_once(" eq ")?;
    let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    let name = name.trim().to_lowercase();
    KNOWN
        .contains(&name.as_str())
        .then(|| (name, value.replace("''", "'")))
}
