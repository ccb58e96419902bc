//! `aws:rds:SubnetGroup`: the subnets that databases may be in.

use stack::resource::*;

/// The subnets that databases may be in, in at least two zones of one VPC.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:rds:SubnetGroup")]
pub struct SubnetGroup {
    /// Its name, unique in the account and region: at most 255 lower-case letters, digits and hyphens. Made by the
    /// engine when it is not set.
    #[input(replaces, name(max_length = 255, lowercase))]
    pub name: Option<String>,
    /// What it is for. Its name by default.
    #[input(reset = "")]
    pub description: Option<String>,
    /// The ids of the subnets.
    #[input(required, set)]
    pub subnet_ids: Vec<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// The VPC that the subnets are in.
    #[output]
    pub vpc_id: Option<String>,
    /// The kinds of addresses that databases in it may have: `IPV4`, `DUAL`.
    #[output(volatile)]
    pub supported_network_types: Vec<String>,
}
