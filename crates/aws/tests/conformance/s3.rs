//! Storage of files.

use serde_json::json;
use stack_testkit::conformance::Case;

use crate::emulated::conformance;

conformance! {
    bucket on Ministack;
}

fn bucket() -> Case {
    let logs = Case::of("aws:s3:Bucket/logs", "bucket");
    Case::new("aws:s3:Bucket", json!({"tags": {"a": "1", "c": "1"}}))
        .with("aws:s3:Bucket", "logs", json!({"force_destroy": true}))
        .update("logging", json!({"target_bucket": logs, "target_prefix": "files/"}))
        .update("logging", json!({"target_bucket": logs}))
        .update("force_destroy", json!(true))
        .update("versioning", json!("Enabled"))
        .update("encryption", json!({"algorithm": "aws:kms", "bucket_key_enabled": true}))
        .update("public_access_block", json!({"block_public_policy": true}))
        .update("object_ownership", json!("BucketOwnerPreferred"))
        .update(
            "lifecycle_rules",
            json!([{"id": "old", "prefix": "logs/", "expiration_days": 90,
                    "transitions": [{"days": 30, "storage_class": "STANDARD_IA"}]},
                   {"id": "uploads", "abort_incomplete_upload_days": 7},
                   {"id": "large", "tags": {"kind": "dump"}, "object_size_greater_than": 1000000,
                    "expiration_days": 7}]),
        )
        .update("policy", json!(json!({"Version": "2012-10-17", "Statement": []}).to_string()))
        .update(
            "cors_rules",
            json!([{"allowed_origins": ["https://example.com"], "allowed_methods": ["GET"], "max_age_seconds": 60}]),
        )
        .update("tags", json!({"a": "2", "b": "3"}))
        .replace("bucket", json!(format!("renamed-{}", xtask::account::fresh())))
    .uncalled(["s3:DeleteObject", "s3:DeleteObjectVersion"], "nobody puts files in")
}
