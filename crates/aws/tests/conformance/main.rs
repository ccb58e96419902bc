//! Every type of AWS through the conformance kit, on emulators that nobody here wrote.

mod emulated;
mod listed;
mod readonly;
mod terraform;
mod watch;
mod wire;

mod acm;
mod applicationautoscaling;
mod cloudwatch;
mod ec2;
mod ec2_security;
mod ecr;
mod ecs;
mod elasticache;
mod elbv2;
mod iam;
mod logs;
mod rds;
mod route53;
mod s3;
mod secretsmanager;
mod strays;
mod sts;
