//! What the handlers of this service share: tags, and parts of requests.

use std::collections::BTreeMap;

use aws_sdk_ecs::error::BuildError;
use aws_sdk_ecs::types as sdk;

use super::{CapacityProviderShare, NetworkConfiguration};
use crate::prelude::*;

/// A request part that the SDK refuses to build for want of a field.
pub(super) fn built<T>(part: std::result::Result<T, BuildError>) -> Result<T> {
    part.map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))
}

/// A list for a request; none when it is empty, which ECS takes as its default.
pub(super) fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// A text for a request; none when it is empty, which stands for "no longer set".
pub(super) fn text(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// ECS answers with ARNs whatever it was asked with, so anything else would be a difference for ever.
pub(super) fn require_arn(what: &str, field: &str, value: &str) -> Result<()> {
    if value.starts_with("arn:") {
        return Ok(());
    }
    let message = format!("{field} is {value:?}, and the {what} is known by its ARN here");
    Err(Error::new(ErrorKind::Invalid, message).hint(format!("use the ARN of the {what}")))
}

/// The part of an ARN after the last `/`.
pub(super) fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Tags as ECS takes them.
pub(super) fn tags(tags: &BTreeMap<String, String>) -> Option<Vec<sdk::Tag>> {
    let tags = tags
        .iter()
        .map(|(key, value)| sdk::Tag::builder().key(key).value(value).build());
    some(tags.collect())
}

/// All tags of an object, ours among them.
pub(super) fn tag_map(tags: &[sdk::Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .filter_map(|tag| {
            Some((
                tag.key()?.to_owned(),
                tag.value().unwrap_or_default().to_owned(),
            ))
        })
        .collect()
}

/// The tags that the program manages.
pub(super) fn managed(tags: &[sdk::Tag]) -> BTreeMap<String, String> {
    Owner::without_ours(tag_map(tags))
}

/// Makes the tags of an object what they should be.
pub(super) async fn update_tags(aws: &Aws, arn: &str, change: Option<TagChange>) -> Result<()> {
    let Some(TagChange { set, remove }) = change else {
        return Ok(());
    };
    if !remove.is_empty() {
        let request = aws.ecs().untag_resource().resource_arn(arn);
        let request = request.set_tag_keys(Some(remove));
        request.send().await.named("ecs:UntagResource")?;
    }
    if !set.is_empty() {
        let request = aws.ecs().tag_resource().resource_arn(arn);
        let request = request.set_tags(tags(&set));
        request.send().await.named("ecs:TagResource")?;
    }
    Ok(())
}

impl CapacityProviderShare {
    pub(super) fn all_to_sdk(
        list: &[Self],
    ) -> Result<Option<Vec<sdk::CapacityProviderStrategyItem>>> {
        let items = list.iter().map(|share| {
            let item = sdk::CapacityProviderStrategyItem::builder()
                .capacity_provider(&share.capacity_provider)
                .base(share.base.unwrap_or(0))
                .weight(share.weight.unwrap_or(0));
            built(item.build())
        });
        Ok(some(items.collect::<Result<_>>()?))
    }

    pub(super) fn all_of_sdk(list: &[sdk::CapacityProviderStrategyItem]) -> Vec<Self> {
        list.iter()
            .map(|item| Self {
                capacity_provider: item.capacity_provider().to_owned(),
                base: Some(item.base()),
                weight: Some(item.weight()),
            })
            .collect()
    }
}

impl NetworkConfiguration {
    pub(super) fn to_sdk(&self) -> Result<sdk::NetworkConfiguration> {
        let public = match self.assign_public_ip {
            Some(true) => sdk::AssignPublicIp::Enabled,
            Some(false) | None => sdk::AssignPublicIp::Disabled,
        };
        let awsvpc = sdk::AwsVpcConfiguration::builder()
            .set_subnets(Some(self.subnets.clone()))
            .set_security_groups(some(self.security_groups.clone()))
            .assign_public_ip(public);
        Ok(sdk::NetworkConfiguration::builder()
            .awsvpc_configuration(built(awsvpc.build())?)
            .build())
    }

    pub(super) fn of_sdk(network: &sdk::NetworkConfiguration) -> Option<Self> {
        let awsvpc = network.awsvpc_configuration()?;
        Some(Self {
            subnets: awsvpc.subnets().to_vec(),
            security_groups: awsvpc.security_groups().to_vec(),
            assign_public_ip: Some(
                awsvpc.assign_public_ip() == Some(&sdk::AssignPublicIp::Enabled),
            ),
        })
    }
}
