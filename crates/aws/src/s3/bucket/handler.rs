//! How a bucket is made and kept: S3 has a call of its own for each part.

use aws_sdk_s3::types as sdk;
use aws_smithy_runtime_api::client::result::SdkError;
use futures::try_join;
use stack_model::{Map, Value};
use stack_provider::Finding;

use super::*;
use crate::prelude::*;

mod empty;
mod lifecycle;
mod logging;
mod parts;

impl Handler for Bucket {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read([
                "s3:GetBucketCORS",
                "s3:GetBucketLogging",
                "s3:GetBucketOwnershipControls",
                "s3:GetBucketPolicy",
                "s3:GetBucketPublicAccessBlock",
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:ListBucket",
            ])
            .to_create(["s3:CreateBucket"])
            .to_set([
                "s3:DeleteBucketPolicy",
                "s3:PutBucketCORS",
                "s3:PutBucketLogging",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPolicy",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
            ])
            .to_delete([
                "s3:DeleteBucket",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                "s3:ListBucketVersions",
            ])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let head = aws
            .s3()
            .head_bucket()
            .bucket(id)
            .send()
            .await
            .named("s3:ListBucket")
            .found()?;
        let Some(head) = head else { return Ok(None) };
        let (
            versioning,
            encryption,
            public_access_block,
            object_ownership,
            lifecycle_rules,
            policy,
            cors_rules,
            logging,
            tags,
        ) = try_join!(
            parts::versioning(aws, id),
            parts::encryption(aws, id),
            parts::public_access_block(aws, id),
            parts::object_ownership(aws, id),
            lifecycle::read(aws, id),
            parts::policy(aws, id),
            parts::cors_rules(aws, id),
            logging::read(aws, id),
            parts::tags(aws, id),
        )?;
        let region = head
            .bucket_region()
            .unwrap_or_else(|| aws.region())
            .to_owned();
        Ok(Some(Bucket {
            bucket: Some(id.to_owned()),
            force_destroy: None,
            versioning,
            encryption,
            public_access_block,
            object_ownership,
            lifecycle_rules,
            policy,
            cors_rules,
            logging,
            tags: Owner::without_ours(tags),
            arn: format!("arn:{}:s3:::{id}", aws.partition()),
            bucket_domain_name: format!("{id}.s3.amazonaws.com"),
            bucket_regional_domain_name: format!("{id}.s3.{region}.amazonaws.com"),
            region,
        }))
    }

    /// Names are unique in all of AWS. S3 answers 404 for one that is free to whoever asks, 403 for a bucket that we may not
    /// see, and 301 or 400 for one of another region.
    async fn preflight(aws: &Aws, known: &Map) -> Result<Vec<Finding>> {
        let Some(name) = known.get("bucket").and_then(Value::as_str) else {
            return Ok(Vec::new());
        };
        let head = aws.s3().head_bucket().bucket(name).send().await;
        let answer = head.as_ref().err().and_then(SdkError::raw_response);
        let status = answer.map(|answer| answer.status().as_u16());
        let hint = match (status, head.named("s3:ListBucket").found()) {
            (_, Ok(None)) => return Ok(Vec::new()),
            (_, Ok(Some(_))) => "take it in with `stack import`, or choose another name",
            (Some(301 | 400 | 403), Err(_)) => {
                "it is somebody else's, or elsewhere: choose another name, which is unique in all of AWS"
            }
            (_, Err(error)) => return Err(error),
        };
        let message = format!("there is a bucket {name} already");
        Ok(vec![Finding::new(message, hint)])
    }

    /// S3 has no tags at creation, so what an interrupted create leaves behind may have none. Its name is the
    /// engine's or fixed by the program, and unique in all of AWS; a bucket of that name with another owner's tags
    /// is not ours, one without tags is what the create left.
    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &BucketInputs) -> Result<Vec<String>> {
        let Some(name) = &inputs.bucket else {
            return Ok(Vec::new());
        };
        if aws
            .s3()
            .head_bucket()
            .bucket(name)
            .send()
            .await
            .named("s3:ListBucket")
            .found()?
            .is_none()
        {
            return Ok(Vec::new());
        }
        let tags = parts::tags(aws, name).await?;
        let ours = tags.is_empty() || whose.owns(&tags);
        Ok(ours.then(|| name.clone()).into_iter().collect())
    }

    async fn create(aws: &Aws, inputs: &BucketInputs, _: &Context) -> Result<String> {
        let name = inputs.bucket.clone().unwrap_or_default();
        // us-east-1 answers a second create of one's own bucket with success; what is there is not to be taken.
        let there = aws
            .s3()
            .head_bucket()
            .bucket(&name)
            .send()
            .await
            .named("s3:ListBucket");
        if !matches!(&there, Err(error) if error.kind == ErrorKind::Gone) {
            let message = format!("a bucket named {name} is there already");
            return Err(Error::new(ErrorKind::AlreadyExists, message).operation("s3:CreateBucket"));
        }
        // The API refuses us-east-1 as a constraint: it is what no constraint means.
        let place = (aws.region() != "us-east-1").then(|| {
            sdk::CreateBucketConfiguration::builder()
                .location_constraint(aws.region().into())
                .build()
        });
        let request = aws
            .s3()
            .create_bucket()
            .bucket(&name)
            .set_create_bucket_configuration(place);
        let ownership = inputs
            .object_ownership
            .map(|ownership| ownership.as_str().into());
        request
            .set_object_ownership(ownership)
            .send()
            .await
            .named("s3:CreateBucket")?;
        Ok(name)
    }

    async fn settle(aws: &Aws, id: &str, inputs: &BucketInputs, context: &Context) -> Result<()> {
        parts::put_tags(aws, id, &context.owner.tags(&inputs.tags)).await?;
        configure(aws, id, Change::all(inputs)).await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, BucketInputs>,
        _: &Context,
    ) -> Result<()> {
        if let Some(tags) = change.of(|bucket| &bucket.tags) {
            // S3 replaces all tags at once, ours among them.
            let mut all = parts::tags(aws, id).await?;
            all.retain(|key, _| key.starts_with(Owner::PREFIX));
            all.extend(tags.clone());
            parts::put_tags(aws, id, &all).await?;
        }
        configure(aws, id, change).await
    }

    async fn delete(aws: &Aws, id: &str, recorded: &BucketInputs, context: &Context) -> Result<()> {
        if recorded.force_destroy == Some(true) {
            empty::empty(aws, id, context).await?;
        }
        match aws
            .s3()
            .delete_bucket()
            .bucket(id)
            .send()
            .await
            .named("s3:DeleteBucket")
        {
            Err(error) if error.code.as_deref() == Some("BucketNotEmpty") => {
                Err(error.hint("set force_destroy and apply, or empty the bucket"))
            }
            result => result.map(drop),
        }
    }
}

/// Brings about every part that differs.
async fn configure(aws: &Aws, id: &str, change: Change<'_, BucketInputs>) -> Result<()> {
    // A policy may need the public access block to be there first, and a rule may need versions.
    if let Some(block) = change.some(|bucket| &bucket.public_access_block) {
        parts::put_public_access_block(aws, id, block).await?;
    }
    if let Some(ownership) = change.some(|bucket| &bucket.object_ownership) {
        parts::put_object_ownership(aws, id, *ownership).await?;
    }
    if let Some(versioning) = change.some(|bucket| &bucket.versioning) {
        parts::put_versioning(aws, id, *versioning).await?;
    }
    if let Some(encryption) = change.some(|bucket| &bucket.encryption) {
        parts::put_encryption(aws, id, encryption).await?;
    }
    if let Some(policy) = change.some(|bucket| &bucket.policy) {
        parts::put_policy(aws, id, policy).await?;
    }
    if let Some(logging) = change.some(|bucket| &bucket.logging) {
        logging::put(aws, id, logging).await?;
    }
    let is_new = change.before().is_none();
    if let Some(rules) = change
        .of(|bucket| &bucket.lifecycle_rules)
        .filter(|rules| !(is_new && rules.is_empty()))
    {
        lifecycle::put(aws, id, rules).await?;
    }
    if let Some(rules) = change
        .of(|bucket| &bucket.cors_rules)
        .filter(|rules| !(is_new && rules.is_empty()))
    {
        parts::put_cors_rules(aws, id, rules).await?;
    }
    Ok(())
}

/// A request part that the SDK refuses to build for want of a field.
fn built<T>(part: std::result::Result<T, aws_sdk_s3::error::BuildError>) -> Result<T> {
    part.map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))
}
