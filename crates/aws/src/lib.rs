//! AWS: resource types and lookups, each in one file with its handler.
//!
//! A program sees the declarations alone. With the feature `provider` come the handlers, on the AWS SDK:
//!
//! ```text
//! provider   Provider "aws"           the catalog of types, how to connect
//! client     Aws                      one client a service, made when first used
//! encryption clear text is for this machine alone
//! readonly   what planning may call
//! followed   each request, told to whoever follows the run
//! permit     what AWS wants besides the calls
//! policy     policies of IAM that permit what is asked for
//! preflight  what of it would be refused to us
//! quotas     what of it there may be no more of
//! strays     what is there in the account, whoever knows of it
//! call       named, found             from the SDK's errors to ours
//! tags       what changed among tags
//! ec2, s3, iam …                      one file a type
//! ```

pub mod acm;
pub mod applicationautoscaling;
pub mod cloudwatch;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod elasticache;
pub mod elbv2;
pub mod iam;
pub mod logs;
pub mod rds;
pub mod route53;
pub mod s3;
pub mod secretsmanager;
pub mod sts;

#[cfg(feature = "provider")]
mod call;
#[cfg(feature = "provider")]
mod client;
#[cfg(feature = "provider")]
mod encryption;
#[cfg(feature = "provider")]
mod followed;
#[cfg(feature = "provider")]
mod listed;
#[cfg(feature = "provider")]
mod permit;
#[cfg(feature = "provider")]
mod policy;
#[cfg(feature = "provider")]
mod preflight;
#[cfg(feature = "provider")]
mod prelude;
#[cfg(feature = "provider")]
mod provider;
#[cfg(feature = "provider")]
mod quotas;
#[cfg(feature = "provider")]
mod readonly;
#[cfg(feature = "provider")]
mod strays;
#[cfg(feature = "provider")]
mod tags;

#[cfg(feature = "provider")]
pub use client::Aws;
#[cfg(feature = "provider")]
pub use provider::{AwsProvider, provider};
