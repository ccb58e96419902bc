//! Tags as EC2 has them: set at creation, in every answer, changed by two calls for all types.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};

use crate::prelude::*;

/// The program's tags and ours, for a create.
pub(super) fn at_creation(
    kind: ResourceType,
    owner: &Owner,
    tags: &BTreeMap<String, String>,
) -> TagSpecification {
    TagSpecification::builder()
        .resource_type(kind)
        .set_tags(Some(sdk(&owner.tags(tags))))
        .build()
}

/// The tags that the program manages.
pub(super) fn managed(tags: &[Tag]) -> BTreeMap<String, String> {
    let pairs = tags.iter().filter_map(|tag| {
        Some((
            tag.key()?.to_owned(),
            tag.value().unwrap_or_default().to_owned(),
        ))
    });
    Owner::without_ours(pairs)
}

/// Filters that only the objects which are looked for pass.
pub(super) fn of(whose: Whose<'_>) -> Vec<Filter> {
    whose
        .marks()
        .map(|(key, value)| {
            Filter::builder()
                .name(format!("tag:{key}"))
                .values(value)
                .build()
        })
        .into()
}

/// Makes the tags of an object what they should be.
pub(super) async fn update(aws: &Aws, id: &str, change: Option<TagChange>) -> Result<()> {
    let Some(TagChange { set, remove }) = change else {
        return Ok(());
    };
    if !remove.is_empty() {
        let keys = remove
            .into_iter()
            .map(|key| Tag::builder().key(key).build())
            .collect();
        aws.ec2()
            .delete_tags()
            .resources(id)
            .set_tags(Some(keys))
            .send()
            .await
            .named("ec2:DeleteTags")?;
    }
    if !set.is_empty() {
        aws.ec2()
            .create_tags()
            .resources(id)
            .set_tags(Some(sdk(&set)))
            .send()
            .await
            .named("ec2:CreateTags")?;
    }
    Ok(())
}

fn sdk(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}
