//! A NAT gateway's addresses.

use aws_sdk_ec2::types::{NatGateway as Described, NatGatewayAddress, NatGatewayAddressStatus};

use super::handler::describe;
use crate::prelude::*;

/// The address that it was made with.
pub(super) fn primary(gateway: &Described) -> Option<&NatGatewayAddress> {
    let addresses = gateway.nat_gateway_addresses();
    let marked = addresses
        .iter()
        .find(|address| address.is_primary() == Some(true));
    marked.or(addresses.first())
}

pub(super) fn secondary(gateway: &Described) -> impl Iterator<Item = &NatGatewayAddress> {
    let primary = primary(gateway);
    let is_primary = move |address: &NatGatewayAddress| {
        primary.is_some_and(|primary| std::ptr::eq(primary, address))
    };
    gateway
        .nat_gateway_addresses()
        .iter()
        .filter(move |address| !is_primary(address))
}

pub(super) fn is_leaving(address: &NatGatewayAddress) -> bool {
    matches!(
        address.status(),
        Some(
            NatGatewayAddressStatus::Disassociating
                | NatGatewayAddressStatus::Unassigning
                | NatGatewayAddressStatus::Failed
        )
    )
}

pub(super) async fn change_allocations(
    aws: &Aws,
    id: &str,
    wanted: &[String],
    context: &Context,
) -> Result<()> {
    let Some(gateway) = describe(aws, id).await? else {
        return Err(Error::new(ErrorKind::Gone, format!("{id} is not there")));
    };
    let present: Vec<_> = secondary(&gateway)
        .filter(|address| !is_leaving(address))
        .collect();
    let has = |allocation: &String| {
        present
            .iter()
            .any(|address| address.allocation_id() == Some(allocation))
    };
    let added: Vec<_> = wanted
        .iter()
        .filter(|allocation| !has(allocation))
        .cloned()
        .collect();
    let removed: Vec<_> = present
        .iter()
        .filter(|address| {
            address
                .allocation_id()
                .is_some_and(|id| !wanted.iter().any(|wanted| wanted == id))
        })
        .filter_map(|address| address.association_id().map(str::to_owned))
        .collect();
    // New ones first, so that there is never less room than before or after.
    if !added.is_empty() {
        let request = aws.ec2().associate_nat_gateway_address().nat_gateway_id(id);
        let request = request.set_allocation_ids(Some(added));
        request
            .send()
            .await
            .named("ec2:AssociateNatGatewayAddress")?;
    }
    if !removed.is_empty() {
        let request = aws
            .ec2()
            .disassociate_nat_gateway_address()
            .nat_gateway_id(id);
        let request = request.set_association_ids(Some(removed));
        request
            .send()
            .await
            .named("ec2:DisassociateNatGatewayAddress")?;
    }
    in_force(aws, id, context).await
}

pub(super) async fn change_private(
    aws: &Aws,
    id: &str,
    wanted: &[String],
    context: &Context,
) -> Result<()> {
    let Some(gateway) = describe(aws, id).await? else {
        return Err(Error::new(ErrorKind::Gone, format!("{id} is not there")));
    };
    let present: Vec<_> = secondary(&gateway)
        .filter(|address| !is_leaving(address))
        .filter_map(|address| address.private_ip().map(str::to_owned))
        .collect();
    let added: Vec<_> = wanted
        .iter()
        .filter(|ip| !present.contains(ip))
        .cloned()
        .collect();
    let removed: Vec<_> = present
        .into_iter()
        .filter(|ip| !wanted.contains(ip))
        .collect();
    if !added.is_empty() {
        let request = aws
            .ec2()
            .assign_private_nat_gateway_address()
            .nat_gateway_id(id);
        let request = request.set_private_ip_addresses(Some(added));
        request
            .send()
            .await
            .named("ec2:AssignPrivateNatGatewayAddress")?;
    }
    if !removed.is_empty() {
        let request = aws
            .ec2()
            .unassign_private_nat_gateway_address()
            .nat_gateway_id(id);
        let request = request.set_private_ip_addresses(Some(removed));
        request
            .send()
            .await
            .named("ec2:UnassignPrivateNatGatewayAddress")?;
    }
    in_force(aws, id, context).await
}

/// Waits until no address is on its way in or out.
pub(super) async fn in_force(aws: &Aws, id: &str, context: &Context) -> Result<()> {
    context
        .wait_for("the NAT gateway's addresses", || async {
            let gateway = describe(aws, id).await?;
            let addresses = gateway
                .iter()
                .flat_map(|gateway| gateway.nat_gateway_addresses());
            for address in addresses {
                match address.status() {
                    None | Some(NatGatewayAddressStatus::Succeeded) => {}
                    Some(NatGatewayAddressStatus::Failed) => {
                        let message = format!(
                            "an address of the NAT gateway failed: {}",
                            address.failure_message().unwrap_or("no reason is given")
                        );
                        return Err(Error::new(ErrorKind::Failed, message));
                    }
                    Some(status) => return Ok(Progress::Pending(status.as_str().to_owned())),
                }
            }
            Ok(Progress::Done(()))
        })
        .await
}
