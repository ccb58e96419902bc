//! What changed among tags, and how some services change them.

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

/// The tags of a service that sets them at creation and changes them by two calls for all of its types, by ARN: what RDS and
/// ElastiCache have in common.
macro_rules! by_arn {
    ($client:ident, $tag:ty, $service:literal) => {
        use std::collections::BTreeMap;

        use $crate::prelude::*;

        /// Tags as the SDK takes them.
        pub(super) fn sdk(tags: &BTreeMap<String, String>) -> Vec<$tag> {
            tags.iter()
                .map(|(key, value)| <$tag>::builder().key(key).value(value).build())
                .collect()
        }

        /// All tags of an object, ours and AWS's among them.
        pub(super) async fn of(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
            let answer = aws
                .$client()
                .list_tags_for_resource()
                .resource_name(arn)
                .send()
                .await
                .named(concat!($service, ":ListTagsForResource"))?;
            Ok(map(answer.tag_list()))
        }

        /// Tags as a map.
        pub(super) fn map(tags: &[$tag]) -> BTreeMap<String, String> {
            let pairs = tags.iter().filter_map(|tag| {
                Some((
                    tag.key()?.to_owned(),
                    tag.value().unwrap_or_default().to_owned(),
                ))
            });
            pairs.collect()
        }

        /// Makes the tags of an object what they should be.
        pub(super) async fn update(aws: &Aws, arn: &str, change: Option<TagChange>) -> Result<()> {
            let Some(TagChange { set, remove }) = change else {
                return Ok(());
            };
            if !remove.is_empty() {
                aws.$client()
                    .remove_tags_from_resource()
                    .resource_name(arn)
                    .set_tag_keys(Some(remove))
                    .send()
                    .await
                    .named(concat!($service, ":RemoveTagsFromResource"))?;
            }
            if !set.is_empty() {
                aws.$client()
                    .add_tags_to_resource()
                    .resource_name(arn)
                    .set_tags(Some(sdk(&set)))
                    .send()
                    .await
                    .named(concat!($service, ":AddTagsToResource"))?;
            }
            Ok(())
        }
    };
}
pub(crate) use by_arn;
