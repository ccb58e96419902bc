//! Tags as RDS has them: set at creation, changed by two calls for all types, by ARN.

use std::collections::BTreeMap;

use aws_sdk_rds::types::Tag;

use crate::prelude::*;

/// Tags as the SDK takes them.
pub(super) fn sdk(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}

/// All tags of an object, ours and AWS's among them.
pub(super) async fn of(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    let answer = aws
        .rds()
        .list_tags_for_resource()
        .resource_name(arn)
        .send()
        .await
        .named("rds:ListTagsForResource")?;
    Ok(map(answer.tag_list()))
}

/// Tags as a map.
pub(super) fn map(tags: &[Tag]) -> BTreeMap<String, String> {
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
        aws.rds()
            .remove_tags_from_resource()
            .resource_name(arn)
            .set_tag_keys(Some(remove))
            .send()
            .await
            .named("rds:RemoveTagsFromResource")?;
    }
    if !set.is_empty() {
        aws.rds()
            .add_tags_to_resource()
            .resource_name(arn)
            .set_tags(Some(sdk(&set)))
            .send()
            .await
            .named("rds:AddTagsToResource")?;
    }
    Ok(())
}
