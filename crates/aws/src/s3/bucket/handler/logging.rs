//! Where S3 writes down who used a bucket.

use super::*;

pub(super) async fn read(aws: &Aws, id: &str) -> Result<Option<Logging>> {
    let answer = aws
        .s3()
        .get_bucket_logging()
        .bucket(id)
        .send()
        .await
        .named("s3:GetBucketLogging")?;
    Ok(answer.logging_enabled.map(|to| Logging {
        target_bucket: Some(to.target_bucket),
        target_prefix: Some(to.target_prefix).filter(|prefix| !prefix.is_empty()),
    }))
}

/// No bucket to log to is no logging.
pub(super) async fn put(aws: &Aws, id: &str, logging: &Logging) -> Result<()> {
    let to = logging.target_bucket.as_ref().map(|bucket| {
        let prefix = logging.target_prefix.as_deref().unwrap_or_default();
        let to = sdk::LoggingEnabled::builder().target_bucket(bucket);
        built(to.target_prefix(prefix).build())
    });
    let status = sdk::BucketLoggingStatus::builder()
        .set_logging_enabled(to.transpose()?)
        .build();
    let request = aws
        .s3()
        .put_bucket_logging()
        .bucket(id)
        .bucket_logging_status(status);
    request.send().await.named("s3:PutBucketLogging").map(drop)
}
