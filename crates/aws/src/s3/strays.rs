//! What is there of buckets: those of the region.

use super::*;
use crate::prelude::*;
use crate::strays::{List, Listed};

/// How many are told at once: without a limit S3 takes no region.
const AT_ONCE: i32 = 1_000;

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![List::of::<Bucket>(buckets(aws))]
}

async fn buckets(aws: &Aws) -> Result<Vec<Listed>> {
    let region = aws.region();
    let request = aws
        .s3()
        .list_buckets()
        .bucket_region(region)
        .max_buckets(AT_ONCE);
    let buckets = pages!(request, "s3:ListAllMyBuckets")?.into_iter();
    Ok(buckets
        .filter(|bucket| bucket.bucket_region().is_none_or(|of| of == region))
        .filter_map(|bucket| Some(Listed::new(bucket.name?).created(bucket.creation_date.as_ref())))
        .collect())
}
