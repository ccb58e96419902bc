//! How EC2 makes and changes NAT gateways.

use aws_sdk_ec2::types::{
    ConnectivityType as Connectivity, Filter, NatGateway as Described, NatGatewayAddress,
    NatGatewayAddressStatus, NatGatewayState, ResourceType,
};

use super::*;
use crate::ec2::tags;
use crate::prelude::*;

impl Handler for NatGateway {
    type Client = Aws;

    /// A gateway that is going or has failed never comes back, and EC2 shows it for another hour: it counts as gone.
    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let described = describe(aws, id).await?;
        let Some(gateway) = described.filter(is_there) else {
            return Ok(None);
        };
        let operation = "ec2:DescribeNatGateways";
        let primary = primary(&gateway);
        let secondary = || secondary(&gateway).filter(|address| !is_leaving(address));
        let is_private = gateway.connectivity_type() == Some(&Connectivity::Private);
        let text = |part: Option<&str>| part.map(str::to_owned);
        Ok(Some(NatGateway {
            subnet_id: expected(gateway.subnet_id(), operation, "SubnetId")?.to_owned(),
            connectivity_type: gateway
                .connectivity_type()
                .and_then(|connectivity| connectivity.as_str().parse().ok()),
            allocation_id: text(primary.and_then(|address| address.allocation_id())),
            private_ip_address: text(primary.and_then(|address| address.private_ip())),
            secondary_allocation_ids: secondary()
                .filter_map(|address| text(address.allocation_id()))
                .collect(),
            secondary_private_ip_addresses: secondary()
                .filter(|_| is_private)
                .filter_map(|address| text(address.private_ip()))
                .collect(),
            tags: tags::managed(gateway.tags()),
            vpc_id: gateway.vpc_id().unwrap_or_default().to_owned(),
            public_ip: text(primary.and_then(|address| address.public_ip())),
            association_id: text(primary.and_then(|address| address.association_id())),
            network_interface_id: text(primary.and_then(|address| address.network_interface_id())),
        }))
    }

    async fn find(aws: &Aws, owner: &Owner, _: &NatGatewayInputs) -> Result<Vec<String>> {
        let there = Filter::builder()
            .name("state")
            .values("pending")
            .values("available")
            .build();
        let request = aws
            .ec2()
            .describe_nat_gateways()
            .set_filter(Some(tags::of_owner(owner)))
            .filter(there);
        let answer = request.send().await.named("ec2:DescribeNatGateways")?;
        Ok(answer
            .nat_gateways()
            .iter()
            .filter_map(|gateway| gateway.nat_gateway_id().map(str::to_owned))
            .collect())
    }

    async fn create(aws: &Aws, inputs: &NatGatewayInputs, context: &Context) -> Result<String> {
        let is_private = inputs.connectivity_type == Some(ConnectivityType::Private);
        if !is_private && !inputs.secondary_private_ip_addresses.is_empty() {
            let message = "secondary_private_ip_addresses are for a private gateway";
            return Err(Error::new(ErrorKind::Invalid, message)
                .hint("set secondary_allocation_ids; each brings a private address with it"));
        }
        let several = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
        let answer = aws
            .ec2()
            .create_nat_gateway()
            .client_token(&context.owner.token)
            .subnet_id(&inputs.subnet_id)
            .set_connectivity_type(inputs.connectivity_type.map(|kind| kind.as_str().into()))
            .set_allocation_id(inputs.allocation_id.clone())
            .set_private_ip_address(inputs.private_ip_address.clone())
            .set_secondary_allocation_ids(several(&inputs.secondary_allocation_ids))
            .set_secondary_private_ip_addresses(several(&inputs.secondary_private_ip_addresses))
            .tag_specifications(tags::at_creation(
                ResourceType::Natgateway,
                &context.owner,
                &inputs.tags,
            ))
            .send()
            .await
            .named("ec2:CreateNatGateway")?;
        let id = answer
            .nat_gateway()
            .and_then(|gateway| gateway.nat_gateway_id());
        Ok(expected(id, "ec2:CreateNatGateway", "NatGatewayId")?.to_owned())
    }

    async fn settle(aws: &Aws, id: &str, _: &NatGatewayInputs, context: &Context) -> Result<()> {
        context
            .wait_for("the NAT gateway to be available", || async {
                let Some(gateway) = describe(aws, id).await? else {
                    return Ok(Progress::Pending("not visible yet".to_owned()));
                };
                match gateway.state() {
                    Some(NatGatewayState::Available) => Ok(Progress::Done(())),
                    Some(
                        state @ (NatGatewayState::Failed
                        | NatGatewayState::Deleting
                        | NatGatewayState::Deleted),
                    ) => Err(Error {
                        code: gateway.failure_code().map(str::to_owned),
                        ..Error::new(
                            ErrorKind::Failed,
                            format!(
                                "the NAT gateway is {}: {}",
                                state.as_str(),
                                gateway.failure_message().unwrap_or("no reason is given")
                            ),
                        )
                    }),
                    state => Ok(Progress::Pending(
                        state
                            .map_or("no state yet", NatGatewayState::as_str)
                            .to_owned(),
                    )),
                }
            })
            .await?;
        addresses_in_force(aws, id, context).await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, NatGatewayInputs>,
        context: &Context,
    ) -> Result<()> {
        if let Some(wanted) = change.of(|gateway| &gateway.secondary_allocation_ids) {
            change_allocations(aws, id, wanted, context).await?;
        }
        if let Some(wanted) = change.of(|gateway| &gateway.secondary_private_ip_addresses) {
            change_private_addresses(aws, id, wanted, context).await?;
        }
        tags::update(aws, id, TagChange::of(&change, |gateway| &gateway.tags)).await
    }

    async fn delete(aws: &Aws, id: &str, _: &NatGatewayInputs, context: &Context) -> Result<()> {
        let request = aws.ec2().delete_nat_gateway().nat_gateway_id(id);
        request.send().await.named("ec2:DeleteNatGateway")?;
        // Until then its elastic IPs and its network interface are in use.
        context
            .wait_for("the NAT gateway to be deleted", || async {
                let gateway = describe(aws, id).await?;
                Ok(match gateway.as_ref().and_then(Described::state) {
                    None | Some(NatGatewayState::Deleted) => Progress::Done(()),
                    Some(state) => Progress::Pending(state.as_str().to_owned()),
                })
            })
            .await
    }
}

async fn describe(aws: &Aws, id: &str) -> Result<Option<Described>> {
    let request = aws.ec2().describe_nat_gateways().nat_gateway_ids(id);
    let answer = request
        .send()
        .await
        .named("ec2:DescribeNatGateways")
        .found()?;
    Ok(answer.and_then(|answer| answer.nat_gateways?.pop()))
}

fn is_there(gateway: &Described) -> bool {
    !matches!(
        gateway.state(),
        Some(NatGatewayState::Failed | NatGatewayState::Deleting | NatGatewayState::Deleted)
    )
}

/// The address that it was made with.
fn primary(gateway: &Described) -> Option<&NatGatewayAddress> {
    let addresses = gateway.nat_gateway_addresses();
    let marked = addresses
        .iter()
        .find(|address| address.is_primary() == Some(true));
    marked.or(addresses.first())
}

fn secondary(gateway: &Described) -> impl Iterator<Item = &NatGatewayAddress> {
    let primary = primary(gateway);
    let is_primary = move |address: &NatGatewayAddress| {
        primary.is_some_and(|primary| std::ptr::eq(primary, address))
    };
    gateway
        .nat_gateway_addresses()
        .iter()
        .filter(move |address| !is_primary(address))
}

fn is_leaving(address: &NatGatewayAddress) -> bool {
    matches!(
        address.status(),
        Some(
            NatGatewayAddressStatus::Disassociating
                | NatGatewayAddressStatus::Unassigning
                | NatGatewayAddressStatus::Failed
        )
    )
}

async fn change_allocations(
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
    addresses_in_force(aws, id, context).await
}

async fn change_private_addresses(
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
    addresses_in_force(aws, id, context).await
}

/// Waits until no address is on its way in or out.
async fn addresses_in_force(aws: &Aws, id: &str, context: &Context) -> Result<()> {
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
