//! `aws:ec2:Subnets`: the subnets that there are.

use stack::resource::*;

/// The subnets in the region that all of what is set fits, ordered by zone and then by id. There may be none.
#[derive(Debug, Clone, PartialEq, Lookup)]
#[lookup("aws:ec2:Subnets")]
pub struct Subnets {
    /// The VPC that they are in.
    #[input]
    pub vpc_id: Option<String>,
    /// Tags that each of them has, among others.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// The zones that they may be in, such as `eu-west-3a`. Answered with the zone of each subnet.
    #[input]
    pub availability_zones: Vec<String>,
    /// Their ids.
    #[output]
    pub ids: Vec<String>,
    /// The IPv4 range of each, empty for one that has none.
    #[output]
    pub cidr_blocks: Vec<String>,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::ec2::filters::filters;
    use crate::prelude::*;

    impl Question for Subnets {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none().to_read(["ec2:DescribeSubnets"])
        }

        async fn answer(aws: &Aws, inputs: &SubnetsInputs) -> Result<Self> {
            let filters = filters(
                &[
                    ("vpc-id", inputs.vpc_id.as_slice()),
                    ("availability-zone", &inputs.availability_zones),
                ],
                &inputs.tags,
            );
            let request = aws.ec2().describe_subnets().set_filters(filters);
            let mut found = pages!(request, "ec2:DescribeSubnets")?;
            found.sort_by(|a, b| {
                let key = |subnet: &aws_sdk_ec2::types::Subnet| {
                    (subnet.availability_zone.clone(), subnet.subnet_id.clone())
                };
                key(a).cmp(&key(b))
            });
            let (mut ids, mut zones, mut ranges) = (Vec::new(), Vec::new(), Vec::new());
            for subnet in found {
                ids.push(expected(
                    subnet.subnet_id,
                    "ec2:DescribeSubnets",
                    "SubnetId",
                )?);
                zones.push(subnet.availability_zone.unwrap_or_default());
                ranges.push(subnet.cidr_block.unwrap_or_default());
            }
            Ok(Subnets {
                vpc_id: inputs.vpc_id.clone(),
                tags: inputs.tags.clone(),
                availability_zones: zones,
                ids,
                cidr_blocks: ranges,
            })
        }
    }
}
