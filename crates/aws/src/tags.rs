//! What changed among tags.

use std::collections::BTreeMap;

use stack_provider::Change;

/// The tags to set and the tags to remove. Ours are never among them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TagChange {
    /// New tags, and tags with a new value.
    pub set: BTreeMap<String, String>,
    /// Keys that should not be there.
    pub remove: Vec<String>,
}

impl TagChange {
    /// The difference that an update has to make. `None` when there is none.
    pub(crate) fn of<'a, I>(
        change: &Change<'a, I>,
        tags: impl Fn(&'a I) -> &'a BTreeMap<String, String>,
    ) -> Option<Self> {
        let after = change.of(&tags)?;
        let before = change.before().map(&tags);
        let same =
            |key: &String, value| before.is_some_and(|before| before.get(key) == Some(value));
        let set = after.iter().filter(|(key, value)| !same(key, value));
        let remove = before
            .into_iter()
            .flat_map(BTreeMap::keys)
            .filter(|key| !after.contains_key(*key));
        Some(Self {
            set: set
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            remove: remove.cloned().collect(),
        })
    }
}
