//! `aws:ec2:InternetGateway`: a network's door to the internet.

use stack::resource::*;

/// A network's door to the internet, in both directions. Subnets use it through a route to it.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:ec2:InternetGateway",
    create = "10m",
    delete = "20m",
    visibility_lag = "15s",
    unique("vpc_id")
)]
pub struct InternetGateway {
    /// The network that it is attached to; a network has one at most. Not set, it leads nowhere.
    ///
    /// A change makes another gateway, because this one cannot leave its network while public addresses are in use
    /// there.
    #[input(replaces)]
    pub vpc_id: Option<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// The account that owns it.
    #[output]
    pub owner_id: String,
}

#[cfg(feature = "provider")]
mod handler {
    use aws_sdk_ec2::types::{InternetGateway as Described, ResourceType};

    use super::*;
    use crate::ec2::{listed, tags};
    use crate::prelude::*;

    impl Handler for InternetGateway {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read(["ec2:DescribeInternetGateways"])
                .to_create(["ec2:CreateInternetGateway"])
                .to_set(["ec2:AttachInternetGateway"])
                .to_tag("ec2:CreateTags", "ec2:DeleteTags")
                .to_delete(["ec2:DeleteInternetGateway", "ec2:DetachInternetGateway"])
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            let gateway = describe(aws, id).await?;
            Ok(gateway.map(|gateway| observed(aws, id, &gateway)))
        }

        const BATCH: usize = listed::AT_ONCE;

        async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
            let filter = listed::by("internet-gateway-id", ids);
            let request = aws.ec2().describe_internet_gateways().filters(filter);
            Ok(listed::under_ids(
                &pages!(request, "ec2:DescribeInternetGateways")?,
                Described::internet_gateway_id,
                |id, gateway| Ok(observed(aws, id, gateway)),
            ))
        }

        async fn find(
            aws: &Aws,
            whose: Whose<'_>,
            _: &InternetGatewayInputs,
        ) -> Result<Vec<String>> {
            let request = aws
                .ec2()
                .describe_internet_gateways()
                .set_filters(Some(tags::of(whose)));
            let answer = request.send().await.named("ec2:DescribeInternetGateways")?;
            Ok(answer
                .internet_gateways()
                .iter()
                .filter_map(|gateway| gateway.internet_gateway_id().map(str::to_owned))
                .collect())
        }

        async fn create(
            aws: &Aws,
            inputs: &InternetGatewayInputs,
            context: &Context,
        ) -> Result<String> {
            let answer = aws
                .ec2()
                .create_internet_gateway()
                .tag_specifications(tags::at_creation(
                    ResourceType::InternetGateway,
                    &context.owner,
                    &inputs.tags,
                ))
                .send()
                .await
                .named("ec2:CreateInternetGateway")?;
            let id = answer
                .internet_gateway()
                .and_then(|gateway| gateway.internet_gateway_id());
            Ok(expected(id, "ec2:CreateInternetGateway", "InternetGatewayId")?.to_owned())
        }

        async fn settle(
            aws: &Aws,
            id: &str,
            inputs: &InternetGatewayInputs,
            context: &Context,
        ) -> Result<()> {
            context
                .wait_for("the internet gateway to be attached", || async {
                    let Some(gateway) = describe(aws, id).await? else {
                        return Ok(Progress::Pending("not visible yet".to_owned()));
                    };
                    let Some(wanted) = &inputs.vpc_id else {
                        return Ok(Progress::Done(()));
                    };
                    match attachment(&gateway) {
                        // EC2 says `available` of gateways' attachments, and documents `attached` as well.
                        Some((vpc, "available" | "attached")) if vpc == wanted => {
                            Ok(Progress::Done(()))
                        }
                        Some((vpc, state)) if vpc == wanted => {
                            Ok(Progress::Pending(state.to_owned()))
                        }
                        Some((vpc, _)) => Err(Error::new(
                            ErrorKind::Failed,
                            format!("it is attached to {vpc} and not to {wanted}"),
                        )
                        .hint("detach it there, and apply again")),
                        None => attach(aws, id, wanted).await,
                    }
                })
                .await
        }

        async fn update(
            aws: &Aws,
            id: &str,
            change: Change<'_, InternetGatewayInputs>,
            _: &Context,
        ) -> Result<()> {
            tags::update(aws, id, TagChange::of(&change, |gateway| &gateway.tags)).await
        }

        async fn delete(
            aws: &Aws,
            id: &str,
            recorded: &InternetGatewayInputs,
            _: &Context,
        ) -> Result<()> {
            if let Some(vpc) = &recorded.vpc_id {
                detach(aws, id, vpc).await?;
            }
            aws.ec2()
                .delete_internet_gateway()
                .internet_gateway_id(id)
                .send()
                .await
                .named("ec2:DeleteInternetGateway")
                .map(drop)
        }
    }

    async fn describe(aws: &Aws, id: &str) -> Result<Option<Described>> {
        let answer = aws
            .ec2()
            .describe_internet_gateways()
            .internet_gateway_ids(id)
            .send()
            .await
            .named("ec2:DescribeInternetGateways")
            .found()?;
        Ok(answer.and_then(|answer| answer.internet_gateways?.pop()))
    }

    fn observed(aws: &Aws, id: &str, gateway: &Described) -> InternetGateway {
        let owner_id = gateway.owner_id().unwrap_or_default();
        InternetGateway {
            vpc_id: attachment(gateway).map(|(vpc, _)| vpc.to_owned()),
            tags: tags::managed(gateway.tags()),
            arn: aws.arn("ec2", owner_id, &format!("internet-gateway/{id}")),
            owner_id: owner_id.to_owned(),
        }
    }

    /// The network that it is attached to, or about to be, and the attachment's state.
    fn attachment(gateway: &Described) -> Option<(&str, &str)> {
        gateway.attachments().iter().find_map(|attachment| {
            let state = attachment.state().map_or("", |state| state.as_str());
            (!["detaching", "detached"].contains(&state)).then_some((attachment.vpc_id()?, state))
        })
    }

    /// Attaches it, and looks again: an attachment that is not visible yet is there all the same.
    async fn attach(aws: &Aws, id: &str, vpc: &str) -> Result<Progress<()>> {
        let request = aws.ec2().attach_internet_gateway();
        let request = request.internet_gateway_id(id).vpc_id(vpc);
        match request.send().await.named("ec2:AttachInternetGateway") {
            Ok(_) => Ok(Progress::Pending("attaching".to_owned())),
            Err(error) if error.code.as_deref() == Some("Resource.AlreadyAssociated") => Ok(
                Progress::Pending("attached, and not visible yet".to_owned()),
            ),
            Err(error) => Err(error),
        }
    }

    /// Refused while public addresses are in use in the network, such as those of a NAT gateway that is going.
    async fn detach(aws: &Aws, id: &str, vpc: &str) -> Result<()> {
        let request = aws.ec2().detach_internet_gateway();
        let request = request.internet_gateway_id(id).vpc_id(vpc);
        match request.send().await.named("ec2:DetachInternetGateway") {
            Err(error) if error.code.as_deref() == Some("Gateway.NotAttached") => Ok(()),
            result => result.map(drop),
        }
    }
}
