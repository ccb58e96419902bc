//! How EC2 makes and changes routes.

use std::collections::HashMap;

use aws_sdk_ec2::types::{Route as Described, RouteOrigin};

use super::*;
use crate::ec2::{listed, ranges, route_table};
use crate::prelude::*;

impl Handler for Route {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read(["ec2:DescribeRouteTables"])
            .to_create(["ec2:CreateRoute"])
            .to_update(["ec2:ReplaceRoute"])
            .to_delete(["ec2:DeleteRoute"])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let (table, destination) = parts(id)?;
        let route = find_route(aws, table, destination).await?;
        Ok(route.map(|route| observed(table, destination, &route)))
    }

    const BATCH: usize = listed::AT_ONCE;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let wanted = ids.iter().map(|id| Ok((*id, parts(id)?)));
        let wanted: Vec<(&str, (&str, &str))> = wanted.collect::<Result<_>>()?;
        let mut tables: Vec<&str> = wanted.iter().map(|(_, (table, _))| *table).collect();
        tables.sort_unstable();
        tables.dedup();
        let tables = listed::by("route-table-id", &tables);
        let tables = route_table::handler::described(aws, tables).await?;
        let tables = tables.iter().filter_map(|table| {
            let id = table.route_table_id()?;
            Some((id, table.routes()))
        });
        let tables: HashMap<&str, &[Described]> = tables.collect();
        let routes = wanted.into_iter().filter_map(|(id, (table, destination))| {
            let route = route_to(tables.get(table)?, destination)?;
            Some((id.to_owned(), observed(table, destination, route)))
        });
        Ok(routes.collect())
    }

    /// Routes carry no tags. One with the asked-for target can only be what the create made, because a create refuses
    /// a destination that has a route.
    async fn find(aws: &Aws, _: Whose<'_>, inputs: &RouteInputs) -> Result<Vec<String>> {
        let route = find_route(aws, &inputs.route_table_id, &inputs.destination).await?;
        let ours = route.filter(|route| target_of(route) == Some(inputs.target.as_str()));
        Ok(ours.map(|_| id_of(inputs)).into_iter().collect())
    }

    async fn create(aws: &Aws, inputs: &RouteInputs, _: &Context) -> Result<String> {
        let destination = Destination::of(&inputs.destination)?;
        let target = Target::of(&inputs.target)?;
        // CreateRoute succeeds when the same route is there already, which need not be ours.
        let present = find_route(aws, &inputs.route_table_id, &inputs.destination).await?;
        if let Some(route) = present {
            let message = format!(
                "{} has a route to {} already, through {}",
                inputs.route_table_id,
                inputs.destination,
                target_of(&route).unwrap_or("an unknown target")
            );
            return Err(Error::new(ErrorKind::AlreadyExists, message).hint(format!(
                "delete it, or take it in with `stack import URN {}`",
                id_of(inputs)
            )));
        }
        let request = aws
            .ec2()
            .create_route()
            .route_table_id(&inputs.route_table_id);
        let request = directed!(request, destination, target);
        request.send().await.named("ec2:CreateRoute")?;
        Ok(id_of(inputs))
    }

    async fn settle(aws: &Aws, _: &str, inputs: &RouteInputs, context: &Context) -> Result<()> {
        in_force(aws, inputs, context).await
    }

    async fn update(
        aws: &Aws,
        _: &str,
        change: Change<'_, RouteInputs>,
        context: &Context,
    ) -> Result<()> {
        let Some(target) = change.of(|route| &route.target) else {
            return Ok(());
        };
        let (after, target) = (change.after, Target::of(target)?);
        let destination = Destination::of(&after.destination)?;
        let request = aws
            .ec2()
            .replace_route()
            .route_table_id(&after.route_table_id);
        let request = directed!(request, destination, target);
        request.send().await.named("ec2:ReplaceRoute")?;
        in_force(aws, after, context).await
    }

    async fn delete(aws: &Aws, id: &str, _: &RouteInputs, context: &Context) -> Result<()> {
        let (table, text) = parts(id)?;
        let destination = Destination::of(text)?;
        let request = aws
            .ec2()
            .delete_route()
            .route_table_id(table)
            .set_destination_cidr_block(destination.v4())
            .set_destination_ipv6_cidr_block(destination.v6())
            .set_destination_prefix_list_id(destination.prefix_list());
        request.send().await.named("ec2:DeleteRoute")?;
        context
            .wait_for("the route to be gone", || async {
                Ok(match find_route(aws, table, text).await? {
                    None => Progress::Done(()),
                    Some(_) => Progress::Pending("still there".to_owned()),
                })
            })
            .await
    }
}

/// Sets destination and target. CreateRoute and ReplaceRoute name them alike and have no trait in common.
macro_rules! directed {
    ($request:expr, $destination:expr, $target:expr) => {
        $request
            .set_destination_cidr_block($destination.v4())
            .set_destination_ipv6_cidr_block($destination.v6())
            .set_destination_prefix_list_id($destination.prefix_list())
            .set_gateway_id($target.when(TargetKind::Gateway))
            .set_nat_gateway_id($target.when(TargetKind::Nat))
            .set_egress_only_internet_gateway_id($target.when(TargetKind::EgressOnly))
            .set_transit_gateway_id($target.when(TargetKind::Transit))
            .set_vpc_peering_connection_id($target.when(TargetKind::Peering))
            .set_network_interface_id($target.when(TargetKind::Interface))
            .set_vpc_endpoint_id($target.when(TargetKind::Endpoint))
            .set_carrier_gateway_id($target.when(TargetKind::Carrier))
            .set_local_gateway_id($target.when(TargetKind::Local))
            .set_core_network_arn($target.when(TargetKind::CoreNetwork))
    };
}
use directed;

fn id_of(inputs: &RouteInputs) -> String {
    format!("{}_{}", inputs.route_table_id, inputs.destination)
}

fn parts(id: &str) -> Result<(&str, &str)> {
    id.split_once('_').ok_or_else(|| {
        Error::new(ErrorKind::Invalid, format!("{id} is no id of a route"))
            .hint("write the table and the destination: rtb-0123_0.0.0.0/0")
    })
}

enum Destination<'a> {
    V4(&'a str),
    V6(&'a str),
    PrefixList(&'a str),
}

impl<'a> Destination<'a> {
    fn of(text: &'a str) -> Result<Self> {
        if text.starts_with("pl-") {
            return Ok(Self::PrefixList(text));
        }
        ranges::canonical("destination", text)?;
        Ok(if text.contains(':') {
            Self::V6(text)
        } else {
            Self::V4(text)
        })
    }

    fn v4(&self) -> Option<String> {
        match self {
            Self::V4(range) => Some((*range).to_owned()),
            Self::V6(_) | Self::PrefixList(_) => None,
        }
    }

    fn v6(&self) -> Option<String> {
        match self {
            Self::V6(range) => Some((*range).to_owned()),
            Self::V4(_) | Self::PrefixList(_) => None,
        }
    }

    fn prefix_list(&self) -> Option<String> {
        match self {
            Self::PrefixList(id) => Some((*id).to_owned()),
            Self::V4(_) | Self::V6(_) => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TargetKind {
    Gateway,
    Nat,
    EgressOnly,
    Transit,
    Peering,
    Interface,
    Endpoint,
    Carrier,
    Local,
    CoreNetwork,
}

/// What EC2's ids begin with.
const PREFIXES: [(&str, TargetKind); 10] = [
    ("igw-", TargetKind::Gateway),
    ("vgw-", TargetKind::Gateway),
    ("nat-", TargetKind::Nat),
    ("eigw-", TargetKind::EgressOnly),
    ("tgw-", TargetKind::Transit),
    ("pcx-", TargetKind::Peering),
    ("eni-", TargetKind::Interface),
    ("vpce-", TargetKind::Endpoint),
    ("cagw-", TargetKind::Carrier),
    ("lgw-", TargetKind::Local),
];

struct Target<'a> {
    kind: TargetKind,
    id: &'a str,
}

impl<'a> Target<'a> {
    fn of(id: &'a str) -> Result<Self> {
        let by_prefix = PREFIXES.iter().find(|(prefix, _)| id.starts_with(prefix));
        let kind = match by_prefix {
            Some((_, kind)) => *kind,
            None if id.starts_with("arn:") && id.contains(":core-network/") => {
                TargetKind::CoreNetwork
            }
            None => {
                let prefixes: Vec<_> = PREFIXES.iter().map(|(prefix, _)| *prefix).collect();
                let message = format!("target: {id:?} is nothing that a route leads to");
                return Err(Error::new(ErrorKind::Invalid, message).hint(format!(
                    "use an id that begins with {}, or the ARN of a core network",
                    prefixes.join(", ")
                )));
            }
        };
        Ok(Self { kind, id })
    }

    fn when(&self, kind: TargetKind) -> Option<String> {
        (self.kind == kind).then(|| self.id.to_owned())
    }
}

/// The target of a route as EC2 tells it. A Gateway Load Balancer endpoint is told as a gateway.
fn target_of(route: &Described) -> Option<&str> {
    [
        route.gateway_id(),
        route.nat_gateway_id(),
        route.egress_only_internet_gateway_id(),
        route.transit_gateway_id(),
        route.vpc_peering_connection_id(),
        route.network_interface_id(),
        route.carrier_gateway_id(),
        route.local_gateway_id(),
        route.core_network_arn(),
    ]
    .into_iter()
    .flatten()
    .find(|id| !id.is_empty())
}

/// The route to a destination. What a virtual private gateway propagates stands beside it and is not it.
async fn find_route(aws: &Aws, table: &str, destination: &str) -> Result<Option<Described>> {
    let described = route_table::handler::describe(aws, table).await?;
    let routes = described.and_then(|table| table.routes).unwrap_or_default();
    Ok(route_to(&routes, destination).cloned())
}

fn route_to<'r>(routes: &'r [Described], destination: &str) -> Option<&'r Described> {
    routes.iter().find(|route| {
        route.origin() != Some(&RouteOrigin::EnableVgwRoutePropagation)
            && [
                route.destination_cidr_block(),
                route.destination_ipv6_cidr_block(),
                route.destination_prefix_list_id(),
            ]
            .contains(&Some(destination))
    })
}

fn observed(table: &str, destination: &str, route: &Described) -> Route {
    Route {
        route_table_id: table.to_owned(),
        destination: destination.to_owned(),
        target: target_of(route).unwrap_or_default().to_owned(),
    }
}

async fn in_force(aws: &Aws, inputs: &RouteInputs, context: &Context) -> Result<()> {
    context
        .wait_for("the route to be in force", || async {
            let route = find_route(aws, &inputs.route_table_id, &inputs.destination).await?;
            Ok(match route.as_ref().and_then(target_of) {
                Some(target) if target == inputs.target => Progress::Done(()),
                Some(target) => Progress::Pending(format!("it still leads to {target}")),
                None => Progress::Pending("not visible yet".to_owned()),
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_say_what_they_are() {
        let cases = [
            ("igw-1", TargetKind::Gateway),
            ("eigw-1", TargetKind::EgressOnly),
            ("vpce-1", TargetKind::Endpoint),
            (
                "arn:aws:networkmanager::123456789012:core-network/core-network-1",
                TargetKind::CoreNetwork,
            ),
        ];
        for (id, kind) in cases {
            let target = Target::of(id).expect(id);
            assert_eq!(target.kind, kind, "{id}");
            assert_eq!(target.when(kind).as_deref(), Some(id));
        }
        for id in ["i-1", "local", "", "arn:aws:s3:::bucket"] {
            assert!(Target::of(id).is_err(), "{id}");
        }
    }
}
