//! The network: public, private and data subnets in each zone, and who may talk to whom.

use stack::prelude::*;
use stack_aws::ec2;

use crate::settings::{self, Nat};

/// A network over two or three zones.
pub struct Network<'a> {
    /// Its settings.
    pub settings: &'a settings::Network,
}

/// What the rest of the program needs of the network.
pub struct NetworkHandle {
    /// Its id.
    pub vpc_id: Output<String>,
    /// For load balancers: a way in from everywhere.
    pub public: Vec<ec2::SubnetHandle>,
    /// For services: a way out, and none in.
    pub private: Vec<ec2::SubnetHandle>,
    /// For databases: no way at all beyond the network.
    pub data: Vec<ec2::SubnetHandle>,
}

impl Component for Network<'_> {
    type Handle = NetworkHandle;

    fn build(self, stack: &mut Stack) -> Result<NetworkHandle> {
        let settings::Network { cidr, zones, nat } = self.settings;
        if !(2..=3).contains(&zones.len()) {
            bail!(
                "network.zones has {} zones; load balancers and databases need 2 or 3",
                zones.len()
            );
        }
        let vpc = stack.add(
            "vpc",
            ec2::Vpc::builder()
                .cidr_block(cidr)
                .enable_dns_hostnames(true)
                .tags(named(stack, "vpc"))
                .build(),
        );
        let gateway = stack.add(
            "internet",
            ec2::InternetGateway::builder().vpc_id(&vpc.id).build(),
        );

        // Sixteen equal parts: public first, then private, then data, room for a fourth zone in each.
        let parts: Vec<Cidr> = cidr.subnets(cidr.prefix() + 4)?.collect();
        let tier =
            |stack: &mut Stack, name: &str, first: usize, public: bool| -> Vec<ec2::SubnetHandle> {
                let subnets = zones.iter().zip(&parts[first..]).map(|(zone, cidr)| {
                    let name = format!("{name}-{zone}");
                    let subnet = ec2::Subnet::builder()
                        .vpc_id(&vpc.id)
                        .availability_zone(zone)
                        .cidr_block(cidr)
                        .map_public_ip_on_launch(public)
                        .tags(named(stack, &name));
                    stack.add(&name, subnet.build())
                });
                subnets.collect()
            };
        let public = tier(stack, "public", 0, true);
        let private = tier(stack, "private", 4, false);
        let data = tier(stack, "data", 8, false);

        let outside = route_table(stack, "public", &vpc, &public);
        stack.add(
            "public-out",
            ec2::Route::builder()
                .route_table_id(&outside.id)
                .destination("0.0.0.0/0")
                .target(&gateway.id)
                .build(),
        );
        let ways_out: Vec<ec2::NatGatewayHandle> = match nat {
            Nat::One => vec![nat_gateway(stack, "nat", &public[0], &gateway)],
            Nat::OnePerZone => {
                let each = zones.iter().zip(&public);
                each.map(|(zone, subnet)| {
                    nat_gateway(stack, &format!("nat-{zone}"), subnet, &gateway)
                })
                .collect()
            }
        };
        let mut tables = vec![outside];
        for (index, (zone, subnet)) in zones.iter().zip(&private).enumerate() {
            let table = route_table(
                stack,
                &format!("private-{zone}"),
                &vpc,
                std::slice::from_ref(subnet),
            );
            // With one gateway, every zone goes out through it.
            let way_out = ways_out.get(index).unwrap_or(&ways_out[0]);
            stack.add(
                format!("private-{zone}-out"),
                ec2::Route::builder()
                    .route_table_id(&table.id)
                    .destination("0.0.0.0/0")
                    .target(&way_out.id)
                    .build(),
            );
            tables.push(table);
        }
        tables.push(route_table(stack, "data", &vpc, &data));

        // Files go to S3 without leaving the network, and without paying for the NAT gateway.
        stack.add(
            "s3",
            ec2::VpcEndpoint::builder()
                .vpc_id(&vpc.id)
                .service_name(format!("com.amazonaws.{}.s3", region_of(&zones[0])))
                .route_table_ids(each(&tables, |table| &table.id))
                .build(),
        );
        Ok(NetworkHandle {
            vpc_id: vpc.id,
            public,
            private,
            data,
        })
    }
}

impl NetworkHandle {
    /// A security group that lets nothing in yet, and everything out.
    pub fn group(&self, stack: &mut Stack, description: &str) -> ec2::SecurityGroupHandle {
        let group = ec2::SecurityGroup::builder()
            .vpc_id(&self.vpc_id)
            .description(description)
            .allow_all_egress(true);
        stack.add("group", group.build())
    }
}

/// Lets one group in on one port of another.
pub fn allow(
    stack: &mut Stack,
    name: &str,
    to: &ec2::SecurityGroupHandle,
    from: &Output<String>,
    port: i32,
) {
    stack.add(
        name,
        ec2::SecurityGroupRule::builder()
            .security_group_id(&to.id)
            .direction(ec2::Direction::Ingress)
            .protocol("tcp")
            .from_port(port)
            .to_port(port)
            .referenced_security_group_id(from)
            .build(),
    );
}

/// The name that the console shows.
fn named(stack: &Stack, name: &str) -> [(&'static str, String); 1] {
    [(
        "Name",
        format!("{}-{}-{name}", stack.name(), stack.environment()),
    )]
}

/// The region of a zone: all but its last letter.
fn region_of(zone: &str) -> &str {
    zone.trim_end_matches(|last: char| last.is_ascii_lowercase())
}

fn route_table(
    stack: &mut Stack,
    name: &str,
    vpc: &ec2::VpcHandle,
    subnets: &[ec2::SubnetHandle],
) -> ec2::RouteTableHandle {
    let table = ec2::RouteTable::builder()
        .vpc_id(&vpc.id)
        .tags(named(stack, name));
    let table = stack.add(name, table.build());
    for (index, subnet) in subnets.iter().enumerate() {
        let association = ec2::RouteTableAssociation::builder()
            .route_table_id(&table.id)
            .subnet_id(&subnet.id);
        stack.add(format!("{name}-{index}"), association.build());
    }
    table
}

fn nat_gateway(
    stack: &mut Stack,
    name: &str,
    subnet: &ec2::SubnetHandle,
    internet: &ec2::InternetGatewayHandle,
) -> ec2::NatGatewayHandle {
    let address = stack.add(
        name,
        ec2::ElasticIp::builder()
            .tags(named(stack, name))
            .build()
            .depends_on(internet),
    );
    let gateway = ec2::NatGateway::builder()
        .subnet_id(&subnet.id)
        .allocation_id(&address.id)
        .tags(named(stack, name))
        .build()
        .depends_on(internet);
    stack.add(name, gateway)
}
