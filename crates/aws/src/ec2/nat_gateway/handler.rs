//! How EC2 makes and changes NAT gateways.

use aws_sdk_ec2::types::{
    ConnectivityType as Connectivity, Filter, NatGateway as Described, NatGatewayState,
    ResourceType,
};

use super::addresses;
use super::*;
use crate::ec2::{listed, tags};
use crate::prelude::*;

impl Handler for NatGateway {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read(["ec2:DescribeNatGateways"])
            .to_create(["ec2:CreateNatGateway"])
            .to_update([
                "ec2:AssignPrivateNatGatewayAddress",
                "ec2:AssociateNatGatewayAddress",
                "ec2:DisassociateNatGatewayAddress",
                "ec2:UnassignPrivateNatGatewayAddress",
            ])
            .to_tag("ec2:CreateTags", "ec2:DeleteTags")
            .to_delete(["ec2:DeleteNatGateway"])
    }

    /// A gateway that is going or has failed never comes back, and EC2 shows it for another hour: it counts as gone.
    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let described = describe(aws, id).await?;
        let gateway = described.filter(is_there);
        gateway.map(|gateway| observed(&gateway)).transpose()
    }

    const BATCH: usize = listed::AT_ONCE;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let request = aws.ec2().describe_nat_gateways();
        let gateways = request.filter(listed::by("nat-gateway-id", ids));
        let mut gateways = pages!(gateways, "ec2:DescribeNatGateways")?;
        gateways.retain(is_there);
        Ok(listed::under_ids(
            &gateways,
            Described::nat_gateway_id,
            |_, gateway| observed(gateway),
        ))
    }

    async fn find(aws: &Aws, whose: Whose<'_>, _: &NatGatewayInputs) -> Result<Vec<String>> {
        let there = Filter::builder()
            .name("state")
            .values("pending")
            .values("available")
            .build();
        let request = aws
            .ec2()
            .describe_nat_gateways()
            .set_filter(Some(tags::of(whose)))
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
        addresses::in_force(aws, id, context).await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, NatGatewayInputs>,
        context: &Context,
    ) -> Result<()> {
        if let Some(wanted) = change.of(|gateway| &gateway.secondary_allocation_ids) {
            addresses::change_allocations(aws, id, wanted, context).await?;
        }
        if let Some(wanted) = change.of(|gateway| &gateway.secondary_private_ip_addresses) {
            addresses::change_private(aws, id, wanted, context).await?;
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

pub(super) async fn describe(aws: &Aws, id: &str) -> Result<Option<Described>> {
    let request = aws.ec2().describe_nat_gateways().nat_gateway_ids(id);
    let answer = request
        .send()
        .await
        .named("ec2:DescribeNatGateways")
        .found()?;
    Ok(answer.and_then(|answer| answer.nat_gateways?.pop()))
}

fn observed(gateway: &Described) -> Result<NatGateway> {
    let operation = "ec2:DescribeNatGateways";
    let primary = addresses::primary(gateway);
    let secondary =
        || addresses::secondary(gateway).filter(|address| !addresses::is_leaving(address));
    let is_private = gateway.connectivity_type() == Some(&Connectivity::Private);
    let text = |part: Option<&str>| part.map(str::to_owned);
    Ok(NatGateway {
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
    })
}

/// Whether it is there and stays.
pub(in crate::ec2) fn is_there(gateway: &Described) -> bool {
    !matches!(
        gateway.state(),
        Some(NatGatewayState::Failed | NatGatewayState::Deleting | NatGatewayState::Deleted)
    )
}
