//! Children that can be written inside their parent: subnets, security rules, routes.
//!
//! A PUT of the parent with the list replaces them all, by none if it is empty; without the list they stay.

use serde_json::{Value, json};

use crate::clock::Millis;
use crate::id::ResourceId;
use crate::json;
use crate::refusal::Refusal;
use crate::rules::{Draft, Rules, Scene};
use crate::store::Resource;
use crate::world::World;

/// Where the children of a type are written.
pub struct Inline {
    /// The word in the id, and under `properties` of the parent.
    pub word: &'static str,
    /// Their type.
    pub rules: &'static Rules,
}

impl Inline {
    fn path(&self) -> String {
        format!("properties.{}", self.word)
    }

    /// Takes the list out of a body: names and bodies of the children. Nothing when there is no list.
    pub fn take(&self, draft: &mut Draft) -> Result<Option<Vec<(String, Value)>>, Refusal> {
        let Some(list) = json::take(&mut draft.body, &self.path()) else {
            return Ok(None);
        };
        let mut children = Vec::new();
        for mut child in list.as_array().cloned().unwrap_or_default() {
            let name = json::text(&child, "name").unwrap_or_default().to_owned();
            self.rules.name_rule.check(&name)?;
            plain(&mut child);
            children.push((name, child));
        }
        Ok(Some(children))
    }

    /// Leaves the children for [`Inline::write`], which comes after the parent is stored.
    pub fn leave(&self, draft: &mut Draft, children: Vec<(String, Value)>) {
        let children: Value = children
            .into_iter()
            .map(|(name, body)| json!({ "name": name, "body": body }))
            .collect();
        draft.hidden[self.word] = children;
    }

    /// The children that are there and would be gone if only some names were left.
    pub fn dropped<'a>(
        &'a self,
        scene: &Scene<'a>,
        parent: &ResourceId,
        names: &[(String, Value)],
    ) -> Vec<&'a Resource> {
        let left = |id: &ResourceId| {
            names
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(id.name()))
        };
        scene
            .world
            .store
            .of_type(parent, self.rules.name)
            .filter(|child| !left(&child.id))
            .collect()
    }

    /// The names and bodies of the children that are there.
    pub fn there(&self, scene: &Scene, parent: &ResourceId) -> Vec<(String, Value)> {
        let children = scene.world.store.of_type(parent, self.rules.name);
        children
            .map(|child| (child.id.name().to_owned(), child.body.clone()))
            .collect()
    }

    /// Makes the children that were left for it; those that were not go.
    pub fn write(&self, world: &mut World, parent: &ResourceId, now: Millis) {
        let left = world
            .store
            .by_key_mut(&parent.key())
            .and_then(|parent| json::take(&mut parent.hidden, self.word));
        let Some(left) = left.as_ref().and_then(Value::as_array) else {
            return;
        };
        let name = |child: &Value| json::text(child, "name").unwrap_or_default().to_owned();
        let old: Vec<ResourceId> = world
            .store
            .of_type(parent, self.rules.name)
            .map(|child| child.id.clone())
            .collect();
        for id in old {
            if !left
                .iter()
                .any(|child| name(child).eq_ignore_ascii_case(id.name()))
            {
                world.forget(&id, now);
            }
        }
        for child in left {
            let id = parent.child(self.word, &name(child));
            let mut resource = Resource::new(id, self.rules.name, child["body"].clone(), now);
            if let Some(before) = world.store.get(&resource.id) {
                resource.created = before.created;
                resource.version = before.version + u64::from(before.body != resource.body);
            }
            world.store.put(resource);
        }
    }

    /// Shows the children inside their parent.
    pub fn show(&self, world: &World, parent: &Resource, body: &mut Value) {
        let children = world.store.of_type(&parent.id, self.rules.name);
        let shown: Value = children
            .map(|child| world.shown(child, parent.changed))
            .collect();
        json::set(body, &self.path(), shown);
    }
}

/// A child without what its id says. The published models let a client send it.
pub fn plain(child: &mut Value) {
    for key in ["name", "id", "type"] {
        json::take(child, key);
    }
}
