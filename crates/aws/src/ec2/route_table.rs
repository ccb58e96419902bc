//! `aws:ec2:RouteTable`: where packets of subnets go.

use stack::resource::*;

/// Where packets go that leave the subnets associated with it. A new one has the routes within the network alone;
/// others are `aws:ec2:Route`s.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:ec2:RouteTable",
    create = "5m",
    delete = "10m",
    visibility_lag = "15s"
)]
pub struct RouteTable {
    /// The network that it belongs to.
    #[input(replaces)]
    pub vpc_id: String,
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
pub(in crate::ec2) mod handler {
    use aws_sdk_ec2::types::{Filter, ResourceType, RouteTable as Described};

    use super::*;
    use crate::ec2::{listed, tags};
    use crate::prelude::*;

    impl Handler for RouteTable {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read(["ec2:DescribeRouteTables"])
                .to_create(["ec2:CreateRouteTable"])
                .to_tag("ec2:CreateTags", "ec2:DeleteTags")
                .to_delete(["ec2:DeleteRouteTable"])
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            let table = describe(aws, id).await?;
            table.map(|table| observed(aws, id, &table)).transpose()
        }

        const BATCH: usize = listed::AT_ONCE;

        async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
            Ok(listed::under_ids(
                &described(aws, listed::by("route-table-id", ids)).await?,
                Described::route_table_id,
                |id, table| observed(aws, id, table),
            ))
        }

        async fn find(aws: &Aws, whose: Whose<'_>, _: &RouteTableInputs) -> Result<Vec<String>> {
            let request = aws
                .ec2()
                .describe_route_tables()
                .set_filters(Some(tags::of(whose)));
            let answer = request.send().await.named("ec2:DescribeRouteTables")?;
            Ok(answer
                .route_tables()
                .iter()
                .filter_map(|table| table.route_table_id().map(str::to_owned))
                .collect())
        }

        async fn create(aws: &Aws, inputs: &RouteTableInputs, context: &Context) -> Result<String> {
            let answer = aws
                .ec2()
                .create_route_table()
                .client_token(&context.owner.token)
                .vpc_id(&inputs.vpc_id)
                .tag_specifications(tags::at_creation(
                    ResourceType::RouteTable,
                    &context.owner,
                    &inputs.tags,
                ))
                .send()
                .await
                .named("ec2:CreateRouteTable")?;
            let id = answer
                .route_table()
                .and_then(|table| table.route_table_id());
            Ok(expected(id, "ec2:CreateRouteTable", "RouteTableId")?.to_owned())
        }

        async fn settle(
            aws: &Aws,
            id: &str,
            _: &RouteTableInputs,
            context: &Context,
        ) -> Result<()> {
            context
                .wait_for("the route table to be visible", || async {
                    Ok(match describe(aws, id).await? {
                        Some(_) => Progress::Done(()),
                        None => Progress::Pending("not visible yet".to_owned()),
                    })
                })
                .await
        }

        async fn update(
            aws: &Aws,
            id: &str,
            change: Change<'_, RouteTableInputs>,
            _: &Context,
        ) -> Result<()> {
            tags::update(aws, id, TagChange::of(&change, |table| &table.tags)).await
        }

        async fn delete(aws: &Aws, id: &str, _: &RouteTableInputs, _: &Context) -> Result<()> {
            aws.ec2()
                .delete_route_table()
                .route_table_id(id)
                .send()
                .await
                .named("ec2:DeleteRouteTable")
                .map(drop)
        }
    }

    /// A route table as EC2 has it, with its routes and associations.
    pub(in crate::ec2) async fn describe(aws: &Aws, id: &str) -> Result<Option<Described>> {
        let request = aws.ec2().describe_route_tables().route_table_ids(id);
        let answer = request
            .send()
            .await
            .named("ec2:DescribeRouteTables")
            .found()?;
        Ok(answer.and_then(|answer| answer.route_tables?.pop()))
    }

    /// All route tables that a filter lets through.
    pub(in crate::ec2) async fn described(aws: &Aws, filter: Filter) -> Result<Vec<Described>> {
        let request = aws.ec2().describe_route_tables().filters(filter);
        pages!(request, "ec2:DescribeRouteTables")
    }

    fn observed(aws: &Aws, id: &str, table: &Described) -> Result<RouteTable> {
        let owner_id = table.owner_id().unwrap_or_default();
        let vpc_id = expected(table.vpc_id(), "ec2:DescribeRouteTables", "VpcId")?;
        Ok(RouteTable {
            vpc_id: vpc_id.to_owned(),
            tags: tags::managed(table.tags()),
            arn: aws.arn("ec2", owner_id, &format!("route-table/{id}")),
            owner_id: owner_id.to_owned(),
        })
    }
}
