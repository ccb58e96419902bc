//! The parts of a bucket that S3 reads and writes with a call each.

use super::*;

pub(super) async fn versioning(aws: &Aws, id: &str) -> Result<Option<Versioning>> {
    let answer = aws
        .s3()
        .get_bucket_versioning()
        .bucket(id)
        .send()
        .await
        .named("s3:GetBucketVersioning")?;
    Ok(answer
        .status()
        .and_then(|status| status.as_str().parse().ok()))
}

pub(super) async fn put_versioning(aws: &Aws, id: &str, versioning: Versioning) -> Result<()> {
    let configuration = sdk::VersioningConfiguration::builder()
        .status(versioning.as_str().into())
        .build();
    let request = aws
        .s3()
        .put_bucket_versioning()
        .bucket(id)
        .versioning_configuration(configuration);
    request
        .send()
        .await
        .named("s3:PutBucketVersioning")
        .map(drop)
}

pub(super) async fn encryption(aws: &Aws, id: &str) -> Result<Option<Encryption>> {
    let request = aws.s3().get_bucket_encryption().bucket(id);
    let answer = request
        .send()
        .await
        .named("s3:GetEncryptionConfiguration")
        .found()?;
    let rule = answer.and_then(|answer| {
        answer
            .server_side_encryption_configuration?
            .rules
            .into_iter()
            .next()
    });
    Ok(rule.map(|rule| {
        let by_default = rule.apply_server_side_encryption_by_default();
        Encryption {
            algorithm: by_default.and_then(|one| one.sse_algorithm().as_str().parse().ok()),
            kms_key_id: by_default.and_then(|one| one.kms_master_key_id().map(str::to_owned)),
            bucket_key_enabled: Some(rule.bucket_key_enabled().unwrap_or(false)),
        }
    }))
}

pub(super) async fn put_encryption(aws: &Aws, id: &str, encryption: &Encryption) -> Result<()> {
    let algorithm = encryption.algorithm.unwrap_or(EncryptionAlgorithm::Aes256);
    let by_default = sdk::ServerSideEncryptionByDefault::builder()
        .sse_algorithm(algorithm.as_str().into())
        .set_kms_master_key_id(
            encryption
                .kms_key_id
                .clone()
                .filter(|_| algorithm != EncryptionAlgorithm::Aes256),
        )
        .build();
    let rule = sdk::ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(built(by_default)?)
        .set_bucket_key_enabled(encryption.bucket_key_enabled)
        .build();
    let configuration = sdk::ServerSideEncryptionConfiguration::builder()
        .rules(rule)
        .build();
    let request = aws.s3().put_bucket_encryption().bucket(id);
    let request = request.server_side_encryption_configuration(built(configuration)?);
    request
        .send()
        .await
        .named("s3:PutEncryptionConfiguration")
        .map(drop)
}

pub(super) async fn public_access_block(aws: &Aws, id: &str) -> Result<Option<PublicAccessBlock>> {
    let request = aws.s3().get_public_access_block().bucket(id);
    let answer = request
        .send()
        .await
        .named("s3:GetBucketPublicAccessBlock")
        .found()?;
    // Without the configuration nothing is blocked.
    let block = answer.and_then(|answer| answer.public_access_block_configuration);
    let on = |switch: Option<bool>| Some(switch.unwrap_or(false));
    Ok(Some(PublicAccessBlock {
        block_public_acls: on(block.as_ref().and_then(|block| block.block_public_acls())),
        block_public_policy: on(block.as_ref().and_then(|block| block.block_public_policy())),
        ignore_public_acls: on(block.as_ref().and_then(|block| block.ignore_public_acls())),
        restrict_public_buckets: on(block
            .as_ref()
            .and_then(|block| block.restrict_public_buckets())),
    }))
}

pub(super) async fn put_public_access_block(
    aws: &Aws,
    id: &str,
    block: &PublicAccessBlock,
) -> Result<()> {
    let configuration = sdk::PublicAccessBlockConfiguration::builder()
        .block_public_acls(block.block_public_acls.unwrap_or(true))
        .block_public_policy(block.block_public_policy.unwrap_or(true))
        .ignore_public_acls(block.ignore_public_acls.unwrap_or(true))
        .restrict_public_buckets(block.restrict_public_buckets.unwrap_or(true))
        .build();
    let request = aws
        .s3()
        .put_public_access_block()
        .bucket(id)
        .public_access_block_configuration(configuration);
    request
        .send()
        .await
        .named("s3:PutBucketPublicAccessBlock")
        .map(drop)
}

pub(super) async fn object_ownership(aws: &Aws, id: &str) -> Result<Option<ObjectOwnership>> {
    let request = aws.s3().get_bucket_ownership_controls().bucket(id);
    let answer = request
        .send()
        .await
        .named("s3:GetBucketOwnershipControls")
        .found()?;
    let rule = answer.and_then(|answer| answer.ownership_controls?.rules.into_iter().next());
    Ok(rule.and_then(|rule| rule.object_ownership.as_str().parse().ok()))
}

pub(super) async fn put_object_ownership(
    aws: &Aws,
    id: &str,
    ownership: ObjectOwnership,
) -> Result<()> {
    let rule = sdk::OwnershipControlsRule::builder()
        .object_ownership(ownership.as_str().into())
        .build();
    let controls = sdk::OwnershipControls::builder()
        .rules(built(rule)?)
        .build();
    let request = aws
        .s3()
        .put_bucket_ownership_controls()
        .bucket(id)
        .ownership_controls(built(controls)?);
    request
        .send()
        .await
        .named("s3:PutBucketOwnershipControls")
        .map(drop)
}

pub(super) async fn policy(aws: &Aws, id: &str) -> Result<Option<String>> {
    let answer = aws
        .s3()
        .get_bucket_policy()
        .bucket(id)
        .send()
        .await
        .named("s3:GetBucketPolicy")
        .found()?;
    Ok(answer.and_then(|answer| answer.policy))
}

/// An empty policy is no policy.
pub(super) async fn put_policy(aws: &Aws, id: &str, policy: &str) -> Result<()> {
    if policy.is_empty() {
        return aws
            .s3()
            .delete_bucket_policy()
            .bucket(id)
            .send()
            .await
            .named("s3:DeleteBucketPolicy")
            .map(drop);
    }
    aws.s3()
        .put_bucket_policy()
        .bucket(id)
        .policy(policy)
        .send()
        .await
        .named("s3:PutBucketPolicy")
        .map(drop)
}

pub(super) async fn cors_rules(aws: &Aws, id: &str) -> Result<Vec<CorsRule>> {
    let answer = aws
        .s3()
        .get_bucket_cors()
        .bucket(id)
        .send()
        .await
        .named("s3:GetBucketCORS")
        .found()?;
    let rules = answer
        .and_then(|answer| answer.cors_rules)
        .unwrap_or_default();
    Ok(rules
        .into_iter()
        .map(|rule| CorsRule {
            id: rule.id,
            allowed_origins: rule.allowed_origins,
            allowed_methods: rule.allowed_methods,
            allowed_headers: rule.allowed_headers.unwrap_or_default(),
            expose_headers: rule.expose_headers.unwrap_or_default(),
            max_age_seconds: rule.max_age_seconds,
        })
        .collect())
}

pub(super) async fn put_cors_rules(aws: &Aws, id: &str, rules: &[CorsRule]) -> Result<()> {
    if rules.is_empty() {
        return aws
            .s3()
            .delete_bucket_cors()
            .bucket(id)
            .send()
            .await
            .named("s3:PutBucketCORS")
            .map(drop);
    }
    let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
    let rules = rules.iter().map(|rule| {
        built(
            sdk::CorsRule::builder()
                .set_id(rule.id.clone())
                .set_allowed_origins(Some(rule.allowed_origins.clone()))
                .set_allowed_methods(Some(rule.allowed_methods.clone()))
                .set_allowed_headers(some(&rule.allowed_headers))
                .set_expose_headers(some(&rule.expose_headers))
                .set_max_age_seconds(rule.max_age_seconds)
                .build(),
        )
    });
    let configuration = sdk::CorsConfiguration::builder()
        .set_cors_rules(Some(rules.collect::<Result<_>>()?))
        .build();
    let request = aws
        .s3()
        .put_bucket_cors()
        .bucket(id)
        .cors_configuration(built(configuration)?);
    request.send().await.named("s3:PutBucketCORS").map(drop)
}

pub(super) async fn tags(aws: &Aws, id: &str) -> Result<BTreeMap<String, String>> {
    let answer = aws
        .s3()
        .get_bucket_tagging()
        .bucket(id)
        .send()
        .await
        .named("s3:GetBucketTagging")
        .found()?;
    let tags = answer.map(|answer| answer.tag_set).unwrap_or_default();
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

pub(super) async fn put_tags(aws: &Aws, id: &str, tags: &BTreeMap<String, String>) -> Result<()> {
    let tags = tags
        .iter()
        .map(|(key, value)| built(sdk::Tag::builder().key(key).value(value).build()));
    let tagging = sdk::Tagging::builder()
        .set_tag_set(Some(tags.collect::<Result<_>>()?))
        .build();
    let request = aws
        .s3()
        .put_bucket_tagging()
        .bucket(id)
        .tagging(built(tagging)?);
    request.send().await.named("s3:PutBucketTagging").map(drop)
}
