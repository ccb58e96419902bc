//! `aws:ec2:ExistingVpc`: a network that something else looks after.

use stack::resource::*;

/// The one VPC in the region that all of what is set fits. None, or several, is an error.
#[derive(Debug, Clone, PartialEq, Lookup)]
#[lookup("aws:ec2:ExistingVpc")]
pub struct ExistingVpc {
    /// Its id.
    #[input]
    pub id: Option<String>,
    /// Tags that it has, among others. Answered with all of them.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Whether it is the region's default VPC.
    #[input]
    pub default: Option<bool>,
    /// Its first IPv4 range.
    #[input]
    pub cidr_block: Option<String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// The account that owns it.
    #[output]
    pub owner_id: String,
    /// Its IPv4 ranges, the first one first.
    #[output]
    pub cidr_blocks: Vec<String>,
    /// Its IPv6 range, where it has one.
    #[output]
    pub ipv6_cidr_block: Option<String>,
    /// The DHCP options in force.
    #[output]
    pub dhcp_options_id: Option<String>,
}

#[cfg(feature = "provider")]
mod handler {
    use aws_sdk_ec2::types::Vpc;

    use super::*;
    use crate::ec2::filters::{all_tags, filters, one};
    use crate::prelude::*;

    impl Question for ExistingVpc {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none().to_read(["ec2:DescribeVpcs"])
        }

        async fn answer(aws: &Aws, inputs: &ExistingVpcInputs) -> Result<Self> {
            let default = inputs.default.map(|default| default.to_string());
            let filters = filters(
                &[
                    ("vpc-id", inputs.id.as_slice()),
                    ("cidr", inputs.cidr_block.as_slice()),
                    ("is-default", default.as_slice()),
                ],
                &inputs.tags,
            );
            let request = aws.ec2().describe_vpcs().set_filters(filters);
            let found = pages!(request, "ec2:DescribeVpcs")?;
            let vpc = one(found, "VPC", |vpc| vpc.vpc_id().unwrap_or_default())?;
            Ok(told(aws, vpc))
        }
    }

    fn told(aws: &Aws, vpc: Vpc) -> ExistingVpc {
        let first = vpc.cidr_block().map(str::to_owned);
        let others = vpc
            .cidr_block_association_set()
            .iter()
            .filter_map(|range| range.cidr_block().map(str::to_owned))
            .filter(|range| Some(range) != first.as_ref());
        let cidr_blocks = first.iter().cloned().chain(others).collect();
        let owner_id = vpc.owner_id().unwrap_or_default().to_owned();
        let id = vpc.vpc_id().unwrap_or_default();
        ExistingVpc {
            arn: aws.arn("ec2", &owner_id, &format!("vpc/{id}")),
            owner_id,
            tags: all_tags(vpc.tags()),
            default: vpc.is_default(),
            ipv6_cidr_block: vpc
                .ipv6_cidr_block_association_set()
                .first()
                .and_then(|range| range.ipv6_cidr_block().map(str::to_owned)),
            cidr_blocks,
            cidr_block: first,
            dhcp_options_id: vpc.dhcp_options_id,
            id: vpc.vpc_id,
        }
    }
}
