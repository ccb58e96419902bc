//! `aws:ec2:RouteTableAssociation`: which route table a subnet or gateway uses.

use stack::resource::*;

/// Which route table a subnet uses instead of its network's main one, or which one a gateway uses for what comes in
/// through it.
///
/// Its id is that of the subnet or gateway, which has one at most. EC2's own id of an association is new after each
/// change of the table, so it is an output. An association that is there already is not overwritten: the create says
/// so.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:ec2:RouteTableAssociation",
    create = "5m",
    update = "5m",
    delete = "5m",
    visibility_lag = "15s",
    unique("subnet_id"),
    unique("gateway_id")
)]
pub struct RouteTableAssociation {
    /// The route table. Changed without a gap.
    #[input]
    pub route_table_id: String,
    /// The subnet that uses it. Either this or `gateway_id`.
    #[input(replaces)]
    pub subnet_id: Option<String>,
    /// The internet gateway or virtual private gateway that uses it. Either this or `subnet_id`.
    #[input(replaces)]
    pub gateway_id: Option<String>,
    /// EC2's own id of it: `rtbassoc-…`.
    #[output(volatile)]
    pub association_id: String,
}

#[cfg(feature = "provider")]
mod handler {
    use aws_sdk_ec2::types::{
        Filter, RouteTableAssociation as Described, RouteTableAssociationStateCode as State,
    };

    use super::*;
    use crate::ec2::{listed, route_table};
    use crate::prelude::*;

    impl Handler for RouteTableAssociation {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read(["ec2:DescribeRouteTables"])
                .to_create(["ec2:AssociateRouteTable"])
                .to_update(["ec2:ReplaceRouteTableAssociation"])
                .to_delete(["ec2:DisassociateRouteTable"])
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            let association = describe(aws, id).await?;
            association.as_ref().map(observed).transpose()
        }

        const BATCH: usize = listed::AT_ONCE;

        async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
            let (subnets, gateways): (Vec<&str>, Vec<&str>) =
                ids.iter().copied().partition(|id| by(id) == BY_SUBNET);
            let mut found = Vec::new();
            for (name, ids) in [(BY_SUBNET, subnets), (BY_GATEWAY, gateways)] {
                if !ids.is_empty() {
                    found.extend(described(aws, listed::by(name, &ids)).await?);
                }
            }
            Ok(listed::under_ids(
                &found,
                |association| association.subnet_id().or(association.gateway_id()),
                |_, association| observed(association),
            ))
        }

        /// Associations carry no tags. One with the asked-for table can only be what the create made, because a
        /// create refuses a subnet or gateway that has one.
        async fn find(
            aws: &Aws,
            _: Whose<'_>,
            inputs: &RouteTableAssociationInputs,
        ) -> Result<Vec<String>> {
            let user = user(inputs)?;
            let association = describe(aws, user).await?;
            let ours = association.filter(|association| {
                association.route_table_id() == Some(inputs.route_table_id.as_str())
            });
            Ok(ours.map(|_| user.to_owned()).into_iter().collect())
        }

        async fn create(
            aws: &Aws,
            inputs: &RouteTableAssociationInputs,
            _: &Context,
        ) -> Result<String> {
            let user = user(inputs)?;
            // AssociateRouteTable succeeds when the same association is there already, which need not be ours.
            if let Some(association) = describe(aws, user).await? {
                let message = format!(
                    "{user} is associated already, with {}",
                    association
                        .route_table_id()
                        .unwrap_or("another route table")
                );
                return Err(Error::new(ErrorKind::AlreadyExists, message).hint(format!(
                    "disassociate it, or take it in with `stack import URN {user}`"
                )));
            }
            aws.ec2()
                .associate_route_table()
                .route_table_id(&inputs.route_table_id)
                .set_subnet_id(inputs.subnet_id.clone())
                .set_gateway_id(inputs.gateway_id.clone())
                .send()
                .await
                .named("ec2:AssociateRouteTable")?;
            Ok(user.to_owned())
        }

        async fn settle(
            aws: &Aws,
            id: &str,
            inputs: &RouteTableAssociationInputs,
            context: &Context,
        ) -> Result<()> {
            in_force(aws, id, inputs, context).await
        }

        async fn update(
            aws: &Aws,
            id: &str,
            change: Change<'_, RouteTableAssociationInputs>,
            context: &Context,
        ) -> Result<()> {
            let Some(table) = change.of(|association| &association.route_table_id) else {
                return Ok(());
            };
            let Some(association) = describe(aws, id).await? else {
                let message = format!("{id} is no longer associated with a route table");
                return Err(Error::new(ErrorKind::Gone, message));
            };
            if association.route_table_id() != Some(table) {
                aws.ec2()
                    .replace_route_table_association()
                    .set_association_id(association.route_table_association_id)
                    .route_table_id(table)
                    .send()
                    .await
                    .named("ec2:ReplaceRouteTableAssociation")?;
            }
            in_force(aws, id, change.after, context).await
        }

        async fn delete(
            aws: &Aws,
            id: &str,
            recorded: &RouteTableAssociationInputs,
            context: &Context,
        ) -> Result<()> {
            // With another table it is somebody else's by now.
            let ours = describe(aws, id).await?.filter(|association| {
                association.route_table_id() == Some(recorded.route_table_id.as_str())
            });
            let Some(association) = ours else {
                return Ok(());
            };
            let request = aws.ec2().disassociate_route_table();
            let request =
                request.set_association_id(association.route_table_association_id.clone());
            request.send().await.named("ec2:DisassociateRouteTable")?;
            context
                .wait_for("the association to be gone", || async {
                    let now = describe(aws, id).await?;
                    let still = now.filter(|now| {
                        now.route_table_association_id() == association.route_table_association_id()
                    });
                    Ok(match still {
                        None => Progress::Done(()),
                        Some(_) => Progress::Pending("still there".to_owned()),
                    })
                })
                .await
        }
    }

    /// The id of the subnet or gateway that uses the table.
    fn user(inputs: &RouteTableAssociationInputs) -> Result<&str> {
        match (&inputs.subnet_id, &inputs.gateway_id) {
            (Some(id), None) | (None, Some(id)) => Ok(id),
            (Some(_), Some(_)) | (None, None) => {
                let message = "set either subnet_id or gateway_id";
                Err(Error::new(ErrorKind::Invalid, message))
            }
        }
    }

    /// The association of a subnet or gateway.
    async fn describe(aws: &Aws, user: &str) -> Result<Option<Described>> {
        let associations = described(aws, listed::by(by(user), &[user])).await?;
        let mut associations = associations.into_iter();
        Ok(associations.find(|association| {
            [association.subnet_id(), association.gateway_id()].contains(&Some(user))
        }))
    }

    const BY_SUBNET: &str = "association.subnet-id";
    const BY_GATEWAY: &str = "association.gateway-id";

    /// The filter that a subnet or gateway is looked for by.
    fn by(user: &str) -> &'static str {
        match user.starts_with("subnet-") {
            true => BY_SUBNET,
            false => BY_GATEWAY,
        }
    }

    /// The associations of the route tables that a filter lets through. Those on their way out do not count.
    async fn described(aws: &Aws, filter: Filter) -> Result<Vec<Described>> {
        let tables = route_table::handler::described(aws, filter).await?;
        let associations = tables
            .into_iter()
            .flat_map(|table| table.associations.unwrap_or_default());
        let stays = |association: &Described| {
            !matches!(
                state_of(association),
                Some(State::Disassociating | State::Disassociated)
            )
        };
        Ok(associations.filter(stays).collect())
    }

    fn observed(association: &Described) -> Result<RouteTableAssociation> {
        let operation = "ec2:DescribeRouteTables";
        let table = expected(association.route_table_id(), operation, "RouteTableId")?;
        let own_id = association.route_table_association_id();
        Ok(RouteTableAssociation {
            route_table_id: table.to_owned(),
            subnet_id: association.subnet_id().map(str::to_owned),
            gateway_id: association.gateway_id().map(str::to_owned),
            association_id: expected(own_id, operation, "RouteTableAssociationId")?.to_owned(),
        })
    }

    fn state_of(association: &Described) -> Option<&State> {
        association.association_state()?.state()
    }

    async fn in_force(
        aws: &Aws,
        user: &str,
        inputs: &RouteTableAssociationInputs,
        context: &Context,
    ) -> Result<()> {
        context
            .wait_for("the association to be in force", || async {
                let Some(association) = describe(aws, user).await? else {
                    return Ok(Progress::Pending("not visible yet".to_owned()));
                };
                match association.route_table_id() {
                    Some(table) if table == inputs.route_table_id => {}
                    table => {
                        let table = table.unwrap_or("another table");
                        return Ok(Progress::Pending(format!("still with {table}")));
                    }
                }
                match state_of(&association) {
                    None | Some(State::Associated) => Ok(Progress::Done(())),
                    Some(State::Failed) => {
                        let state = association.association_state();
                        let why = state.and_then(|state| state.status_message());
                        let message = format!(
                            "the association failed: {}",
                            why.unwrap_or("no reason is given")
                        );
                        Err(Error::new(ErrorKind::Failed, message))
                    }
                    Some(state) => Ok(Progress::Pending(state.as_str().to_owned())),
                }
            })
            .await
    }
}
