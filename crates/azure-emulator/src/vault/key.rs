//! A key and its versions, as they are kept and shown.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::material::Material;
use crate::clock::Millis;
use crate::json;
use crate::random::guid;
use crate::store::Resource;

/// A key of a vault.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Key {
    /// Its name, as it was written first.
    pub name: String,
    /// All that it ever was; the newest is last, and there is always one.
    pub versions: Vec<Version>,
    /// When it was deleted.
    pub deleted: Option<Millis>,
}

/// A version of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Version {
    /// Its name: 32 hexadecimal digits.
    pub id: String,
    /// The key itself.
    pub material: Material,
    /// What it may be used for.
    pub operations: Vec<String>,
    /// Whether it may be used at all.
    pub enabled: bool,
    /// From when it may be used, in seconds.
    pub not_before: Option<u64>,
    /// Until when.
    pub expires: Option<u64>,
    /// When it was made, in seconds.
    pub created: u64,
    /// When it was changed last, in seconds.
    pub updated: u64,
    /// Its tags; null when it never had any.
    pub tags: Value,
}

impl Key {
    /// The version of a name, or the newest.
    pub fn version(&self, id: Option<&str>) -> Option<&Version> {
        match id {
            Some(id) => self.versions.iter().find(|version| version.id == id),
            None => self.versions.last(),
        }
    }

    /// The same, to be changed.
    pub fn version_mut(&mut self, id: Option<&str>) -> Option<&mut Version> {
        match id {
            Some(id) => self.versions.iter_mut().find(|version| version.id == id),
            None => self.versions.last_mut(),
        }
    }

    /// The same key, with another version that is the newest now.
    pub fn next(mut self, version: Version) -> Key {
        self.versions.push(version);
        self
    }
}

impl Version {
    /// A new version that may be used from now on, without tags.
    pub fn new(material: Material, now: Millis) -> Version {
        let seconds = now / 1000;
        Version {
            id: guid().replace('-', ""),
            operations: owned(material.operations()),
            material,
            enabled: true,
            not_before: None,
            expires: None,
            created: seconds,
            updated: seconds,
            tags: Value::Null,
        }
    }

    /// Changes what a body changes: `attributes`, `key_ops` and `tags`.
    pub fn change(&mut self, body: &Value, now: Millis) {
        let seconds = |path| json::at(body, path).and_then(Value::as_u64);
        if let Some(enabled) = json::at(body, "attributes.enabled").and_then(Value::as_bool) {
            self.enabled = enabled;
        }
        self.not_before = seconds("attributes.nbf").or(self.not_before);
        self.expires = seconds("attributes.exp").or(self.expires);
        if let Some(operations) = body.get("key_ops").and_then(Value::as_array) {
            let words = operations.iter().filter_map(Value::as_str);
            self.operations = words.map(str::to_owned).collect();
        }
        if let Some(tags) = body.get("tags").filter(|tags| tags.is_object()) {
            self.tags = tags.clone();
        }
        self.updated = now / 1000;
    }

    /// `attributes`, in a vault.
    pub fn attributes(&self, vault: &Resource) -> Value {
        let days = retention(vault);
        let customized = if days < 90 { "Customized" } else { "" };
        let purgeable = match json::truth(&vault.body, "properties.enablePurgeProtection") {
            true => "",
            false => "+Purgeable",
        };
        let mut shown = json!({
            "enabled": self.enabled, "created": self.created, "updated": self.updated,
            "recoveryLevel": format!("{customized}Recoverable{purgeable}"), "recoverableDays": days,
        });
        for (name, value) in [("nbf", self.not_before), ("exp", self.expires)] {
            if let Some(value) = value {
                shown[name] = value.into();
            }
        }
        shown
    }
}

/// For how many days a vault keeps what is deleted.
pub fn retention(vault: &Resource) -> u64 {
    json::at(&vault.body, "properties.softDeleteRetentionInDays")
        .and_then(Value::as_u64)
        .unwrap_or(90)
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
