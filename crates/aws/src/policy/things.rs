//! What actions are about, as far as it can be named before anything is made: what a preflight asks about where our own
//! policies permit everything.

use std::collections::{BTreeMap, BTreeSet};

use stack_model::{Expr, Value};
use stack_provider::{Catalog, Need, Purpose, Verb, covers};

use super::whose::Whose;
use crate::Aws;

/// The types whose actions, those of their own service, are about the object itself, and its ARN from the service on. An
/// input is named in braces; `?` are what AWS makes. Both kinds of load balancers have one type.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
pub(super) const OBJECTS: [(&str, &str); 17] = [
    ("aws:cloudwatch:Alarm", "cloudwatch:alarm:{name}"),
    (
        "aws:ec2:ElasticIp",
        "ec2:elastic-ip/eipalloc-?????????????????",
    ),
    (
        "aws:ec2:InternetGateway",
        "ec2:internet-gateway/igw-?????????????????",
    ),
    ("aws:ec2:NatGateway", "ec2:natgateway/nat-?????????????????"),
    (
        "aws:ec2:RouteTable",
        "ec2:route-table/rtb-?????????????????",
    ),
    (
        "aws:ec2:SecurityGroup",
        "ec2:security-group/sg-?????????????????",
    ),
    ("aws:ec2:Subnet", "ec2:subnet/subnet-?????????????????"),
    ("aws:ec2:Vpc", "ec2:vpc/vpc-?????????????????"),
    (
        "aws:ec2:VpcEndpoint",
        "ec2:vpc-endpoint/vpce-?????????????????",
    ),
    (
        "aws:elasticache:ReplicationGroup",
        "elasticache:replicationgroup:{replication_group_id}",
    ),
    (
        "aws:elasticache:SubnetGroup",
        "elasticache:subnetgroup:{name}",
    ),
    (
        "aws:elbv2:LoadBalancer",
        "elasticloadbalancing:loadbalancer/app/{name}/????????????????",
    ),
    (
        "aws:elbv2:LoadBalancer",
        "elasticloadbalancing:loadbalancer/net/{name}/????????????????",
    ),
    (
        "aws:elbv2:TargetGroup",
        "elasticloadbalancing:targetgroup/{name}/????????????????",
    ),
    ("aws:rds:Instance", "rds:db:{identifier}"),
    ("aws:rds:ParameterGroup", "rds:pg:{name}"),
    ("aws:rds:SubnetGroup", "rds:subgrp:{name}"),
];

/// Actions that take no object, so that nobody can be permitted them on some things alone.
const ABOUT_NONE: [&str; 4] = [
    "ec2:Describe*",
    "elasticloadbalancing:Describe*",
    "logs:DescribeLogGroups",
    "sts:GetCallerIdentity",
];

/// What an action is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Things {
    /// Nothing in particular.
    None,
    /// These ARNs.
    Named(BTreeSet<String>),
    /// Something that cannot be named yet.
    Unknown,
}

impl Things {
    /// As policies name them.
    pub fn arns(&self) -> Vec<String> {
        match self {
            Self::None | Self::Unknown => vec!["*".to_owned()],
            Self::Named(arns) => arns.iter().cloned().collect(),
        }
    }

    fn and(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Unknown, _) | (_, Self::None) => {}
            (Self::Named(arns), Self::Named(further)) => arns.extend(further),
            (_, other) => *self = other,
        }
    }
}

/// What each action is about, by the resources that it is needed for.
pub(super) fn by_action<'c>(
    catalog: &'c Catalog<Aws>,
    purpose: &'c Purpose,
) -> BTreeMap<&'c str, Things> {
    let whose = Whose::of(purpose);
    let mut found: BTreeMap<&str, Things> = BTreeMap::new();
    for need in &purpose.needs {
        let Some(actions) = catalog.actions(&need.type_name) else {
            continue;
        };
        let own = object(&whose, need);
        let implied = need.implied(actions).map(|implied| &implied.action);
        for action in need.called(actions).chain(implied) {
            let things = match &own {
                _ if ABOUT_NONE.iter().any(|pattern| covers(pattern, action)) => Things::None,
                Some((service, arns)) if action.split(':').next() == Some(service) => {
                    Things::Named(arns.clone())
                }
                _ => Things::Unknown,
            };
            found.entry(action).or_insert(Things::None).and(things);
        }
    }
    found
}

/// The service of a resource, and its ARNs: of what is there, and of what is to be made. None where they cannot be told.
fn object(whose: &Whose, need: &Need) -> Option<(&'static str, BTreeSet<String>)> {
    let of_type = |(type_name, _): &&(&str, &str)| *type_name == need.type_name.as_str();
    let mut of = None;
    let mut arns = BTreeSet::new();
    for (_, object) in OBJECTS.iter().filter(of_type) {
        let (service, what) = object.split_once(':')?;
        of = Some(service);
        arns.extend(
            named(need, what)?
                .into_iter()
                .map(|what| match what.starts_with("arn:") {
                    true => what,
                    false => whose.arn(service, &what),
                }),
        );
    }
    // In another account or region than one that is known.
    let known = !arns.iter().any(|arn| arn.contains('*'));
    of.filter(|_| known).map(|service| (service, arns))
}

fn named(need: &Need, what: &str) -> Option<Vec<String>> {
    if let Some((before, (input, after))) = what
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        return match (&need.id, need.inputs.get(input)) {
            (Some(id), _) if id.starts_with("arn:") && !makes(need) => Some(vec![id.clone()]),
            (_, Some(Expr::Literal(Value::String(name)))) => {
                Some(vec![format!("{before}{name}{after}")])
            }
            _ => None,
        };
    }
    let (kind, _) = what.split_once('/')?;
    let there = need.id.as_ref().map(|id| format!("{kind}/{id}"));
    let made = makes(need).then(|| what.to_owned());
    Some(there.into_iter().chain(made).collect())
}

fn makes(need: &Need) -> bool {
    need.verbs.contains(&Verb::Create)
}
