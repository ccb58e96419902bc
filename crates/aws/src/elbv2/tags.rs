//! Tags as Elastic Load Balancing has them: set at creation, told by a call of their own, changed by two calls for all
//! types.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_elasticloadbalancingv2::types::Tag;
use futures::try_join;

use crate::listed;
use crate::prelude::*;

/// How many objects DescribeTags takes at once, and DescribeLoadBalancers too.
pub(super) const AT_ONCE: usize = 20;

/// The program's tags and ours, for a create.
pub(super) fn at_creation(owner: &Owner, tags: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    Some(sdk(&owner.tags(tags)))
}

/// The tags of an object that the program manages.
pub(super) async fn managed(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    let mut tags = all(aws, &[arn]).await?;
    Ok(Owner::without_ours(tags.remove(arn).unwrap_or_default()))
}

/// Those of the objects that are looked for.
pub(super) async fn owned(aws: &Aws, whose: Whose<'_>, arns: Vec<String>) -> Result<Vec<String>> {
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    let mut owned = Vec::new();
    for some in arns.chunks(AT_ONCE) {
        let tags = all(aws, some).await?;
        let ours = |arn: &&str| tags.get(*arn).is_some_and(|tags| whose.owns(tags));
        owned.extend(some.iter().copied().filter(ours).map(str::to_owned));
    }
    Ok(owned)
}

/// All tags of objects, ours among them, by their ARNs.
pub(super) async fn all(
    aws: &Aws,
    arns: &[&str],
) -> Result<HashMap<String, BTreeMap<String, String>>> {
    let request = aws.elbv2().describe_tags();
    let answer = request
        .set_resource_arns(listed::sdk(arns))
        .send()
        .await
        .named("elasticloadbalancing:DescribeTags")?;
    let told = answer.tag_descriptions.unwrap_or_default().into_iter();
    let told = told.filter_map(|one| {
        let tags = pairs(one.tags.unwrap_or_default()).collect();
        Some((one.resource_arn?, tags))
    });
    Ok(told.collect())
}

/// An object of a list, with its ARN and the tags that the program manages.
pub(super) struct Tagged<D> {
    pub arn: String,
    pub described: D,
    pub tags: BTreeMap<String, String>,
}

/// What a list tells of objects, each with its tags.
pub(super) async fn tagged<D>(
    aws: &Aws,
    arns: &[&str],
    described: impl Future<Output = Result<Vec<D>>>,
    arn: impl Fn(&D) -> Option<&str>,
) -> Result<Vec<Tagged<D>>> {
    let (described, mut tags) = try_join!(described, all(aws, arns))?;
    let tagged = described.into_iter().filter_map(|described| {
        let (arn, tags) = tags.remove_entry(arn(&described)?)?;
        Some(Tagged {
            arn,
            described,
            tags: Owner::without_ours(tags),
        })
    });
    Ok(tagged.collect())
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
    let tags = all(aws, &[arn]).await?.remove(arn);
    Ok(tags.is_some_and(|tags| tags.get(Owner::LINEAGE) == Some(&owner.lineage)))
}
