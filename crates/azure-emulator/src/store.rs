//! What exists, in all subscriptions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::Millis;
use crate::id::ResourceId;
use crate::operation::Operation;
use crate::rules::Rules;
use crate::types;
use crate::vault::Key;

/// A resource, or a resource group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resource {
    /// Its id, as it was written last.
    pub id: ResourceId,
    /// Its type, as Azure writes it.
    pub type_name: String,
    /// What GET answers, without the id, the name, the type and the state.
    pub body: Value,
    /// What the service knows and GET does not tell: secrets, keys.
    pub hidden: Value,
    /// Counts its changes.
    pub version: u64,
    /// How its last operation ended.
    pub outcome: Outcome,
    /// The operation that is under way.
    pub pending: Option<String>,
    /// Whether it can be read: what a 202 creates is not there until its operation is done.
    pub visible: bool,
    /// When it was made.
    pub created: Millis,
    /// When it was changed last.
    pub changed: Millis,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// As asked.
    #[default]
    Succeeded,
    /// With an error.
    Failed,
    /// Before its end.
    Canceled,
}

impl Outcome {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Succeeded => "Succeeded",
            Outcome::Failed => "Failed",
            Outcome::Canceled => "Canceled",
        }
    }
}

impl Resource {
    /// A resource that is there at once.
    pub fn new(id: ResourceId, type_name: &str, body: Value, now: Millis) -> Resource {
        Resource {
            id,
            type_name: type_name.to_owned(),
            body,
            hidden: json!({}),
            version: 1,
            outcome: Outcome::Succeeded,
            pending: None,
            visible: true,
            created: now,
            changed: now,
        }
    }

    /// The rules of its type. Types of which a resource exists are known.
    pub fn rules(&self) -> &'static Rules {
        types::find(&self.type_name).unwrap_or(&types::UNKNOWN)
    }

    /// Its entity tag.
    pub fn etag(&self) -> String {
        format!(
            "W/\"{:08x}-{:x}\"",
            self.created & 0xffff_ffff,
            self.version
        )
    }

    /// Where it lies, in Azure's canonical spelling; nothing for what has no location of its own.
    pub fn location(&self) -> Option<String> {
        let written = self.body.get("location")?.as_str()?;
        Some(canonical_location(written))
    }

    /// Whether it is of a type.
    pub fn is(&self, type_name: &str) -> bool {
        self.type_name.eq_ignore_ascii_case(type_name)
    }
}

/// `West US` as `westus`.
pub fn canonical_location(written: &str) -> String {
    written.replace(' ', "").to_lowercase()
}

/// What is kept, on disk too.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Store {
    resources: BTreeMap<String, Resource>,
    /// What was deleted and can be recovered, by the key that it had.
    pub deleted: BTreeMap<String, Resource>,
    /// Names that stay taken after a deletion: until when, by key.
    pub retained: BTreeMap<String, Millis>,
    /// Operations, by their ids. They outlive what they are about.
    pub operations: BTreeMap<String, Operation>,
    /// The tags of subscriptions, by their keys.
    pub subscription_tags: BTreeMap<String, Value>,
    /// Resource providers that were registered or unregistered: by subscription and namespace, in lower case.
    pub providers: BTreeMap<String, bool>,
    /// The keys of vaults, deleted ones too: by the vault's key and their names. They outlive a deleted vault, and end with
    /// a purged one.
    #[serde(default)]
    pub keys: BTreeMap<String, Key>,
}

impl Store {
    /// The resource with an id, also one that cannot be read yet.
    pub fn get(&self, id: &ResourceId) -> Option<&Resource> {
        self.resources.get(&id.key())
    }

    /// The same by key, to be changed.
    pub fn by_key_mut(&mut self, key: &str) -> Option<&mut Resource> {
        self.resources.get_mut(key)
    }

    /// The resource with an id that is written in a body.
    pub fn named(&self, id: &str) -> Option<&Resource> {
        let resource = self.resources.get(&ResourceId::parse(id)?.key())?;
        resource.visible.then_some(resource)
    }

    /// Whether a parent or a scope exists: any subscription does.
    pub fn exists(&self, id: &ResourceId) -> bool {
        match id.parent() {
            None => true,
            Some(_) => self.get(id).is_some_and(|resource| resource.visible),
        }
    }

    /// Puts a resource where its id says.
    pub fn put(&mut self, resource: Resource) {
        self.resources.insert(resource.id.key(), resource);
    }

    /// All that lies in, or extends, a resource: not itself.
    pub fn within(&self, id: &ResourceId) -> impl Iterator<Item = &Resource> {
        let prefix = format!("{}/", id.key());
        let from = prefix.clone();
        self.resources
            .range(from..)
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .map(|(_, resource)| resource)
    }

    /// Those of a type among what lies in a resource.
    pub fn of_type<'a>(
        &'a self,
        id: &ResourceId,
        type_name: &'a str,
    ) -> impl Iterator<Item = &'a Resource> {
        self.within(id)
            .filter(move |resource| resource.is(type_name))
    }

    /// All resources there are.
    pub fn all(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values()
    }

    /// Removes a resource and all that lies in it; gives what was removed.
    pub fn remove(&mut self, id: &ResourceId) -> Vec<Resource> {
        let inside: Vec<String> = self.within(id).map(|resource| resource.id.key()).collect();
        inside
            .into_iter()
            .chain([id.key()])
            .filter_map(|key| self.resources.remove(&key))
            .collect()
    }

    /// The keys of a vault, deleted ones too.
    pub fn keys_of(&self, vault: &ResourceId) -> impl Iterator<Item = &Key> {
        let prefix = format!("{}/keys/", vault.key());
        let keys = self.keys.range(prefix.clone()..);
        keys.take_while(move |(place, _)| place.starts_with(&prefix))
            .map(|(_, key)| key)
    }

    /// Forgets a subscription, or everything.
    pub fn reset(&mut self, subscription: Option<&str>) {
        let Some(subscription) = subscription else {
            *self = Store::default();
            return;
        };
        let key = format!("/subscriptions/{}", subscription.to_lowercase());
        let inside = format!("{key}/");
        self.resources
            .retain(|other, _| !other.starts_with(&inside));
        self.deleted.retain(|other, _| !other.starts_with(&inside));
        self.retained.retain(|other, _| !other.starts_with(&inside));
        self.keys.retain(|other, _| !other.starts_with(&inside));
        self.subscription_tags.remove(&key);
        self.providers
            .retain(|other, _| !other.starts_with(&inside));
        self.operations
            .retain(|_, operation| !operation.about.key().starts_with(&inside));
    }
}
