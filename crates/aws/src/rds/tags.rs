//! Tags as RDS has them.

crate::tags::by_arn!(rds, aws_sdk_rds::types::Tag, "rds");
