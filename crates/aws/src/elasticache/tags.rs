//! Tags as ElastiCache has them.

crate::tags::by_arn!(elasticache, aws_sdk_elasticache::types::Tag, "elasticache");
