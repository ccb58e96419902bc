//! A subnet's IPv6 range, which EC2 puts on and takes off by calls of their own.

use aws_sdk_ec2::types::{
    Subnet as Described, SubnetCidrBlockStateCode, SubnetIpv6CidrBlockAssociation,
};

use super::SubnetInputs;
use super::handler::describe;
use crate::ec2::ranges;
use crate::prelude::*;

/// The IPv6 range that it has or is about to have. A subnet has one at most; those on their way out stay in the list
/// for a while.
pub(super) fn range(subnet: &Described) -> Option<&SubnetIpv6CidrBlockAssociation> {
    subnet
        .ipv6_cidr_block_association_set()
        .iter()
        .find(|range| {
            matches!(
                state_of(range),
                Some(SubnetCidrBlockStateCode::Associated | SubnetCidrBlockStateCode::Associating)
            )
        })
}

fn state_of(range: &SubnetIpv6CidrBlockAssociation) -> Option<&SubnetCidrBlockStateCode> {
    range.ipv6_cidr_block_state()?.state()
}

/// The IPv6 range that is asked for: the reset is an empty text.
fn wanted(inputs: &SubnetInputs) -> Option<&str> {
    inputs
        .ipv6_cidr_block
        .as_deref()
        .filter(|range| !range.is_empty())
}

/// Takes the old IPv6 range off and puts the new one on. EC2 has no call for both.
pub(super) async fn change(
    aws: &Aws,
    id: &str,
    after: &SubnetInputs,
    context: &Context,
) -> Result<()> {
    let wanted = wanted(after);
    if let Some(wanted) = wanted {
        ranges::canonical("ipv6_cidr_block", wanted)?;
    }
    let subnet = describe(aws, id).await?;
    let current = subnet.as_ref().and_then(range);
    if current.and_then(|range| range.ipv6_cidr_block()) == wanted {
        return in_force(aws, id, after, context).await;
    }
    if let Some(association) = current.and_then(|range| range.association_id()) {
        let request = aws
            .ec2()
            .disassociate_subnet_cidr_block()
            .association_id(association);
        request
            .send()
            .await
            .named("ec2:DisassociateSubnetCidrBlock")?;
        context
            .wait_for("the old IPv6 range to be off", || async {
                let subnet = describe(aws, id).await?;
                let is_on = subnet.as_ref().and_then(range).is_some();
                Ok(if is_on {
                    Progress::Pending("still on".to_owned())
                } else {
                    Progress::Done(())
                })
            })
            .await?;
    }
    if let Some(wanted) = wanted {
        let request = aws.ec2().associate_subnet_cidr_block();
        let request = request.subnet_id(id).ipv6_cidr_block(wanted);
        request.send().await.named("ec2:AssociateSubnetCidrBlock")?;
    }
    in_force(aws, id, after, context).await
}

pub(super) async fn in_force(
    aws: &Aws,
    id: &str,
    inputs: &SubnetInputs,
    context: &Context,
) -> Result<()> {
    let Some(wanted) = wanted(inputs) else {
        return Ok(());
    };
    context
        .wait_for("the IPv6 range to be on", || async {
            let subnet = describe(aws, id).await?;
            let ranges = subnet
                .iter()
                .flat_map(|subnet| subnet.ipv6_cidr_block_association_set());
            let state = ranges
                .filter(|range| range.ipv6_cidr_block() == Some(wanted))
                .filter_map(state_of)
                .next_back();
            Ok(match state {
                Some(SubnetCidrBlockStateCode::Associated) => Progress::Done(()),
                Some(
                    state @ (SubnetCidrBlockStateCode::Failing | SubnetCidrBlockStateCode::Failed),
                ) => {
                    let message = format!("the IPv6 range {wanted} is {}", state.as_str());
                    return Err(Error::new(ErrorKind::Failed, message));
                }
                state => Progress::Pending(
                    state
                        .map_or("not visible yet", SubnetCidrBlockStateCode::as_str)
                        .to_owned(),
                ),
            })
        })
        .await
}
