//! Tags as Elastic Load Balancing has them: set at creation, told by a call of their own, changed by two calls for all
//! types.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types::Tag;

use crate::prelude::*;

/// How many objects DescribeTags takes at once.
const AT_ONCE: usize = 20;

/// The program's tags and ours, for a create.
pub(super) fn at_creation(owner: &Owner, tags: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    Some(sdk(&owner.tags(tags)))
}

/// The tags of an object that the program manages.
pub(super) async fn managed(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    let request = aws.elbv2().describe_tags().resource_arns(arn);
    let answer = request
        .send()
        .await
        .named("elasticloadbalancing:DescribeTags")?;
    let tags = answer
        .tag_descriptions
        .unwrap_or_default()
        .into_iter()
        .flat_map(|one| one.tags.unwrap_or_default());
    Ok(Owner::without_ours(pairs(tags)))
}

/// Those of the objects that are looked for.
pub(super) async fn owned(aws: &Aws, whose: Whose<'_>, arns: Vec<String>) -> Result<Vec<String>> {
    let mut owned = Vec::new();
    for some in arns.chunks(AT_ONCE) {
        let request = aws
            .elbv2()
            .describe_tags()
            .set_resource_arns(Some(some.to_vec()));
        let answer = request
            .send()
            .await
            .named("elasticloadbalancing:DescribeTags")?;
        for one in answer.tag_descriptions.unwrap_or_default() {
            if whose.owns(&pairs(one.tags.unwrap_or_default()).collect()) {
                owned.extend(one.resource_arn);
            }
        }
    }
    Ok(owned)
}

/// Makes the tags of an object what they should be.
pub(super) async fn update(aws: &Aws, arn: &str, change: Option<TagChange>) -> Result<()> {
    let Some(TagChange { set, remove }) = change else {
        return Ok(());
    };
    if !remove.is_empty() {
        let request = aws.elbv2().remove_tags().resource_arns(arn);
        request
            .set_tag_keys(Some(remove))
            .send()
            .await
            .named("elasticloadbalancing:RemoveTags")?;
    }
    if !set.is_empty() {
        let request = aws.elbv2().add_tags().resource_arns(arn);
        request
            .set_tags(Some(sdk(&set)))
            .send()
            .await
            .named("elasticloadbalancing:AddTags")?;
    }
    Ok(())
}

fn sdk(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}

fn pairs(tags: impl IntoIterator<Item = Tag>) -> impl Iterator<Item = (String, String)> {
    tags.into_iter()
        .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
}

/// Whether an object belongs to the same environment.
pub(super) async fn same_lineage(aws: &Aws, owner: &Owner, arn: &str) -> Result<bool> {
    let request = aws.elbv2().describe_tags().resource_arns(arn);
    let answer = request
        .send()
        .await
        .named("elasticloadbalancing:DescribeTags")?;
    let mut tags = answer
        .tag_descriptions
        .unwrap_or_default()
        .into_iter()
        .flat_map(|one| pairs(one.tags.unwrap_or_default()));
    Ok(tags.any(|(key, value)| key == Owner::LINEAGE && value == owner.lineage))
}
