//! Emptying a bucket, all versions included.

use super::*;

/// Deletes every version of every file, a page at a time.
pub(super) async fn empty(aws: &Aws, id: &str, context: &Context) -> Result<()> {
    let mut deleted = 0usize;
    loop {
        let page = aws
            .s3()
            .list_object_versions()
            .bucket(id)
            .send()
            .await
            .named("s3:ListBucketVersions")
            .found()?;
        let Some(page) = page else { return Ok(()) };
        let versions = page
            .versions()
            .iter()
            .map(|one| (one.key(), one.version_id()));
        let markers = page
            .delete_markers()
            .iter()
            .map(|one| (one.key(), one.version_id()));
        let objects = versions.chain(markers).filter_map(|(key, version)| {
            let object = sdk::ObjectIdentifier::builder()
                .key(key?)
                .set_version_id(version.map(str::to_owned));
            Some(built(object.build()))
        });
        let objects = objects.collect::<Result<Vec<_>>>()?;
        if objects.is_empty() {
            return Ok(());
        }
        if context.cancelled.is_cancelled() {
            let message = format!("stopped emptying {id}; {deleted} versions of files are gone");
            return Err(Error::new(ErrorKind::Cancelled, message));
        }
        deleted += objects.len();
        let delete = sdk::Delete::builder()
            .set_objects(Some(objects))
            .quiet(true)
            .build();
        let answer = aws
            .s3()
            .delete_objects()
            .bucket(id)
            .delete(built(delete)?)
            .send()
            .await
            .named("s3:DeleteObject")?;
        if let Some(error) = answer.errors().first() {
            let message = error.message().unwrap_or("a file could not be deleted");
            let key = error.key().unwrap_or_default();
            return Err(Error::new(ErrorKind::Denied, format!("{key}: {message}"))
                .operation("s3:DeleteObject"));
        }
        context.report.waiting(&format!(
            "emptying {id}: {deleted} versions of files deleted"
        ));
    }
}
