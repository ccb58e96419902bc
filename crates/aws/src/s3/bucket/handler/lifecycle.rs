//! Lifecycle rules between our shape and S3's.

use super::*;

pub(super) async fn read(aws: &Aws, id: &str) -> Result<Vec<LifecycleRule>> {
    let request = aws.s3().get_bucket_lifecycle_configuration().bucket(id);
    let answer = request
        .send()
        .await
        .named("s3:GetLifecycleConfiguration")
        .found()?;
    Ok(answer
        .and_then(|answer| answer.rules)
        .unwrap_or_default()
        .into_iter()
        .map(from_sdk)
        .collect())
}

pub(super) async fn put(aws: &Aws, id: &str, rules: &[LifecycleRule]) -> Result<()> {
    if rules.is_empty() {
        let request = aws.s3().delete_bucket_lifecycle().bucket(id);
        return request
            .send()
            .await
            .named("s3:PutLifecycleConfiguration")
            .map(drop);
    }
    let rules = rules.iter().map(to_sdk).collect::<Result<_>>()?;
    let configuration = sdk::BucketLifecycleConfiguration::builder()
        .set_rules(Some(rules))
        .build();
    let request = aws.s3().put_bucket_lifecycle_configuration().bucket(id);
    let request = request.lifecycle_configuration(built(configuration)?);
    request
        .send()
        .await
        .named("s3:PutLifecycleConfiguration")
        .map(drop)
}

fn from_sdk(rule: sdk::LifecycleRule) -> LifecycleRule {
    let filter = rule
        .filter
        .unwrap_or_else(|| sdk::LifecycleRuleFilter::builder().build());
    let and = filter
        .and
        .unwrap_or_else(|| sdk::LifecycleRuleAndOperator::builder().build());
    let tags = filter.tag.into_iter().chain(and.tags.unwrap_or_default());
    let noncurrent = rule.noncurrent_version_expiration;
    let days = |days: Option<i32>, class: Option<sdk::TransitionStorageClass>| Transition {
        days: days.unwrap_or_default(),
        storage_class: class
            .map(|class| class.as_str().to_owned())
            .unwrap_or_default(),
    };
    let transitions = rule.transitions.unwrap_or_default().into_iter();
    let noncurrent_transitions = rule
        .noncurrent_version_transitions
        .unwrap_or_default()
        .into_iter();
    LifecycleRule {
        id: rule.id.unwrap_or_default(),
        enabled: Some(rule.status == sdk::ExpirationStatus::Enabled),
        prefix: filter
            .prefix
            .or(and.prefix)
            .filter(|prefix| !prefix.is_empty()),
        tags: tags.map(|tag| (tag.key, tag.value)).collect(),
        object_size_greater_than: filter
            .object_size_greater_than
            .or(and.object_size_greater_than),
        object_size_less_than: filter.object_size_less_than.or(and.object_size_less_than),
        expiration_days: rule
            .expiration
            .as_ref()
            .and_then(|expiration| expiration.days),
        expired_object_delete_marker: rule
            .expiration
            .and_then(|expiration| expiration.expired_object_delete_marker),
        noncurrent_expiration_days: noncurrent
            .as_ref()
            .and_then(|noncurrent| noncurrent.noncurrent_days),
        noncurrent_versions_kept: noncurrent
            .and_then(|noncurrent| noncurrent.newer_noncurrent_versions),
        transitions: transitions
            .map(|one| days(one.days, one.storage_class))
            .collect(),
        noncurrent_transitions: noncurrent_transitions
            .map(|one| days(one.noncurrent_days, one.storage_class))
            .collect(),
        abort_incomplete_upload_days: rule
            .abort_incomplete_multipart_upload
            .and_then(|abort| abort.days_after_initiation),
    }
}

fn to_sdk(rule: &LifecycleRule) -> Result<sdk::LifecycleRule> {
    let on = rule.enabled.unwrap_or(true);
    let status = if on {
        sdk::ExpirationStatus::Enabled
    } else {
        sdk::ExpirationStatus::Disabled
    };
    let expiration = (rule.expiration_days.is_some()
        || rule.expired_object_delete_marker.is_some())
    .then(|| {
        sdk::LifecycleExpiration::builder()
            .set_days(rule.expiration_days)
            .set_expired_object_delete_marker(rule.expired_object_delete_marker)
            .build()
    });
    let noncurrent = rule.noncurrent_expiration_days.map(|days| {
        sdk::NoncurrentVersionExpiration::builder()
            .noncurrent_days(days)
            .set_newer_noncurrent_versions(rule.noncurrent_versions_kept)
            .build()
    });
    let transitions = rule.transitions.iter().map(|one| {
        sdk::Transition::builder()
            .days(one.days)
            .storage_class(one.storage_class.as_str().into())
            .build()
    });
    let noncurrent_transitions = rule.noncurrent_transitions.iter().map(|one| {
        let builder = sdk::NoncurrentVersionTransition::builder().noncurrent_days(one.days);
        builder
            .storage_class(one.storage_class.as_str().into())
            .build()
    });
    let abort = rule.abort_incomplete_upload_days.map(|days| {
        sdk::AbortIncompleteMultipartUpload::builder()
            .days_after_initiation(days)
            .build()
    });
    // S3 refuses an empty list where it takes none.
    built(
        sdk::LifecycleRule::builder()
            .id(&rule.id)
            .status(status)
            .filter(filter(rule)?)
            .set_expiration(expiration)
            .set_noncurrent_version_expiration(noncurrent)
            .set_transitions((!rule.transitions.is_empty()).then(|| transitions.collect()))
            .set_noncurrent_version_transitions(
                (!rule.noncurrent_transitions.is_empty()).then(|| noncurrent_transitions.collect()),
            )
            .set_abort_incomplete_multipart_upload(abort)
            .build(),
    )
}

/// One condition stands alone; several stand in an `And`.
fn filter(rule: &LifecycleRule) -> Result<sdk::LifecycleRuleFilter> {
    let tags = rule
        .tags
        .iter()
        .map(|(key, value)| built(sdk::Tag::builder().key(key).value(value).build()));
    let mut tags: Vec<sdk::Tag> = tags.collect::<Result<_>>()?;
    let builder = sdk::LifecycleRuleFilter::builder();
    let (more, less) = (rule.object_size_greater_than, rule.object_size_less_than);
    let conditions = usize::from(rule.prefix.is_some())
        + tags.len()
        + usize::from(more.is_some())
        + usize::from(less.is_some());
    if conditions > 1 {
        let and = sdk::LifecycleRuleAndOperator::builder()
            .set_prefix(rule.prefix.clone())
            .set_tags((!tags.is_empty()).then_some(tags))
            .set_object_size_greater_than(more)
            .set_object_size_less_than(less)
            .build();
        return Ok(builder.and(and).build());
    }
    // The API asks for one condition; an empty prefix is all files.
    let prefix = if conditions == 0 {
        Some(String::new())
    } else {
        rule.prefix.clone()
    };
    Ok(builder
        .set_prefix(prefix)
        .set_tag(tags.pop())
        .set_object_size_greater_than(more)
        .set_object_size_less_than(less)
        .build())
}
