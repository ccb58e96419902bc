//! From ARNs to our types and the ids by which their handlers read them.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use stack_model::Describe;

use crate::{
    acm, cloudwatch, ec2, ecr, ecs, elasticache, elbv2, iam, logs, rds, s3, secretsmanager,
};

/// What an ARN names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Named {
    /// An object of one of our types, by its id.
    Object(&'static str, String),
    /// What goes with an object, or has a list of its own that tells its tags.
    Part,
    /// What none of our types is: `rds:snapshot`.
    Unknown(String),
}

/// What of an ARN is the id.
#[derive(Clone, Copy)]
enum Id {
    /// All of it.
    Whole,
    /// What follows the kind.
    Rest,
    /// What follows the kind, without a path before it.
    Name,
    /// What follows the kind, without a revision after it.
    Family,
}

/// By service and kind. Where one kind begins another, the longer one comes first.
const KINDS: &[(&str, &str, &str, Id)] = &[
    ("acm", "certificate/", acm::Certificate::TYPE, Id::Whole),
    ("cloudwatch", "alarm:", cloudwatch::Alarm::TYPE, Id::Rest),
    ("ec2", "elastic-ip/", ec2::ElasticIp::TYPE, Id::Rest),
    (
        "ec2",
        "internet-gateway/",
        ec2::InternetGateway::TYPE,
        Id::Rest,
    ),
    ("ec2", "natgateway/", ec2::NatGateway::TYPE, Id::Rest),
    ("ec2", "route-table/", ec2::RouteTable::TYPE, Id::Rest),
    (
        "ec2",
        "security-group-rule/",
        ec2::SecurityGroupRule::TYPE,
        Id::Rest,
    ),
    ("ec2", "security-group/", ec2::SecurityGroup::TYPE, Id::Rest),
    ("ec2", "subnet/", ec2::Subnet::TYPE, Id::Rest),
    ("ec2", "vpc-endpoint/", ec2::VpcEndpoint::TYPE, Id::Rest),
    ("ec2", "vpc/", ec2::Vpc::TYPE, Id::Rest),
    ("ecr", "repository/", ecr::Repository::TYPE, Id::Rest),
    ("ecs", "cluster/", ecs::Cluster::TYPE, Id::Whole),
    ("ecs", "service/", ecs::Service::TYPE, Id::Whole),
    (
        "ecs",
        "task-definition/",
        ecs::TaskDefinition::TYPE,
        Id::Family,
    ),
    (
        "elasticache",
        "replicationgroup:",
        elasticache::ReplicationGroup::TYPE,
        Id::Rest,
    ),
    (
        "elasticache",
        "subnetgroup:",
        elasticache::SubnetGroup::TYPE,
        Id::Rest,
    ),
    (
        "elasticloadbalancing",
        "listener-rule/",
        elbv2::ListenerRule::TYPE,
        Id::Whole,
    ),
    (
        "elasticloadbalancing",
        "listener/",
        elbv2::Listener::TYPE,
        Id::Whole,
    ),
    // One of the generation before has its name right after `loadbalancer/`.
    (
        "elasticloadbalancing",
        "loadbalancer/app/",
        elbv2::LoadBalancer::TYPE,
        Id::Whole,
    ),
    (
        "elasticloadbalancing",
        "loadbalancer/gwy/",
        elbv2::LoadBalancer::TYPE,
        Id::Whole,
    ),
    (
        "elasticloadbalancing",
        "loadbalancer/net/",
        elbv2::LoadBalancer::TYPE,
        Id::Whole,
    ),
    (
        "elasticloadbalancing",
        "targetgroup/",
        elbv2::TargetGroup::TYPE,
        Id::Whole,
    ),
    ("iam", "role/", iam::Role::TYPE, Id::Name),
    ("logs", "log-group:", logs::LogGroup::TYPE, Id::Rest),
    ("rds", "db:", rds::Instance::TYPE, Id::Rest),
    ("rds", "pg:", rds::ParameterGroup::TYPE, Id::Rest),
    ("rds", "subgrp:", rds::SubnetGroup::TYPE, Id::Rest),
    ("s3", "", s3::Bucket::TYPE, Id::Rest),
    (
        "secretsmanager",
        "secret:",
        secretsmanager::Secret::TYPE,
        Id::Whole,
    ),
];

/// What takes the tags of an object and goes with it; and scalable targets, whose ARN does not say what they scale.
const PARTS: &[(&str, &str)] = &[
    ("application-autoscaling", "scalable-target/"),
    ("ec2", "network-interface/"),
    ("ecs", "task-set/"),
    ("ecs", "task/"),
    ("elasticache", "cluster:"),
];

/// What an ARN names.
pub(crate) fn named(arn: &str) -> Named {
    let mut parts = arn.splitn(6, ':').skip(2);
    let service = parts.next().unwrap_or_default();
    let resource = parts.nth(2).unwrap_or_default();
    let found = KINDS.iter().find_map(|(of, kind, type_name, id)| {
        let rest = resource.strip_prefix(kind).filter(|_| *of == service)?;
        Some((*type_name, id.of(arn, rest)))
    });
    if let Some((type_name, id)) = found {
        return Named::Object(type_name, id.to_owned());
    }
    let is_part = |(of, kind): &(&str, &str)| *of == service && resource.starts_with(kind);
    if PARTS.iter().any(is_part) {
        return Named::Part;
    }
    let kind = resource.split(['/', ':']).next().unwrap_or_default();
    Named::Unknown(format!("{service}:{kind}"))
}

/// Which of the revisions of an object an ARN names, for what has revisions.
pub(crate) fn revision(arn: &str) -> u64 {
    let last = arn.rsplit(':').next().unwrap_or_default();
    last.parse().unwrap_or_default()
}

impl Id {
    fn of<'a>(self, arn: &'a str, rest: &'a str) -> &'a str {
        match self {
            Self::Whole => arn,
            // A log group's ARN may end in `:*`, which stands for its streams.
            Self::Rest => rest.strip_suffix(":*").unwrap_or(rest),
            Self::Name => rest.rsplit('/').next().unwrap_or(rest),
            Self::Family => rest.split(':').next().unwrap_or(rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use stack_model::schema::Nature;

    use super::*;

    /// An ARN of each kind, as AWS's reference writes them, and what it names.
    #[test]
    fn arns_have_types_and_ids() {
        let whole = [
            (
                "aws:acm:Certificate",
                "arn:aws:acm:eu-west-3:123456789012:certificate/12345678-1234",
            ),
            (
                "aws:ecs:Cluster",
                "arn:aws:ecs:eu-west-3:123456789012:cluster/web",
            ),
            (
                "aws:ecs:Service",
                "arn:aws:ecs:eu-west-3:123456789012:service/web/api",
            ),
            (
                "aws:elbv2:LoadBalancer",
                "arn:aws:elasticloadbalancing:eu-west-3:123456789012:loadbalancer/app/web/50dc6c495c0c9188",
            ),
            (
                "aws:elbv2:LoadBalancer",
                "arn:aws-cn:elasticloadbalancing:cn-north-1:123456789012:loadbalancer/net/web/50dc6c495c0c9188",
            ),
            (
                "aws:elbv2:Listener",
                "arn:aws:elasticloadbalancing:eu-west-3:123456789012:listener/app/web/50dc/f2f7",
            ),
            (
                "aws:elbv2:ListenerRule",
                "arn:aws:elasticloadbalancing:eu-west-3:123456789012:listener-rule/app/web/50dc/f2f7/9683",
            ),
            (
                "aws:elbv2:TargetGroup",
                "arn:aws:elasticloadbalancing:eu-west-3:123456789012:targetgroup/web/73e2d6bc24d8a067",
            ),
            (
                "aws:secretsmanager:Secret",
                "arn:aws:secretsmanager:eu-west-3:123456789012:secret:web/key-a1b2c3",
            ),
        ];
        for (type_name, arn) in whole {
            assert_eq!(named(arn), Named::Object(type_name, arn.to_owned()));
        }
        let short = [
            (
                "aws:cloudwatch:Alarm",
                "cloudwatch",
                "alarm:too slow: web",
                "too slow: web",
            ),
            (
                "aws:ec2:ElasticIp",
                "ec2",
                "elastic-ip/eipalloc-1",
                "eipalloc-1",
            ),
            (
                "aws:ec2:InternetGateway",
                "ec2",
                "internet-gateway/igw-1",
                "igw-1",
            ),
            ("aws:ec2:NatGateway", "ec2", "natgateway/nat-1", "nat-1"),
            ("aws:ec2:RouteTable", "ec2", "route-table/rtb-1", "rtb-1"),
            (
                "aws:ec2:SecurityGroup",
                "ec2",
                "security-group/sg-1",
                "sg-1",
            ),
            (
                "aws:ec2:SecurityGroupRule",
                "ec2",
                "security-group-rule/sgr-1",
                "sgr-1",
            ),
            ("aws:ec2:Subnet", "ec2", "subnet/subnet-1", "subnet-1"),
            ("aws:ec2:Vpc", "ec2", "vpc/vpc-1", "vpc-1"),
            (
                "aws:ec2:VpcEndpoint",
                "ec2",
                "vpc-endpoint/vpce-1",
                "vpce-1",
            ),
            (
                "aws:ecr:Repository",
                "ecr",
                "repository/team/api",
                "team/api",
            ),
            (
                "aws:ecs:TaskDefinition",
                "ecs",
                "task-definition/api:17",
                "api",
            ),
            (
                "aws:elasticache:ReplicationGroup",
                "elasticache",
                "replicationgroup:cache",
                "cache",
            ),
            (
                "aws:elasticache:SubnetGroup",
                "elasticache",
                "subnetgroup:cache",
                "cache",
            ),
            ("aws:iam:Role", "iam", "role/team/api", "api"),
            (
                "aws:logs:LogGroup",
                "logs",
                "log-group:/ecs/api",
                "/ecs/api",
            ),
            (
                "aws:logs:LogGroup",
                "logs",
                "log-group:/ecs/api:*",
                "/ecs/api",
            ),
            ("aws:rds:Instance", "rds", "db:main", "main"),
            ("aws:rds:ParameterGroup", "rds", "pg:main", "main"),
            ("aws:rds:SubnetGroup", "rds", "subgrp:main", "main"),
            ("aws:s3:Bucket", "s3", "team-files", "team-files"),
        ];
        for (type_name, service, resource, id) in short {
            let arn = format!("arn:aws:{service}:eu-west-3:123456789012:{resource}");
            assert_eq!(named(&arn), Named::Object(type_name, id.to_owned()));
        }
        let part = "arn:aws:ecs:eu-west-3:123456789012:task/web/0123";
        assert_eq!(named(part), Named::Part);
        for (arn, kind) in [
            (
                "arn:aws:rds:eu-west-3:123456789012:snapshot:main",
                "rds:snapshot",
            ),
            (
                "arn:aws:elasticloadbalancing:eu-west-3:123456789012:loadbalancer/web",
                "elasticloadbalancing:loadbalancer",
            ),
            ("nonsense", ":"),
        ] {
            assert_eq!(named(arn), Named::Unknown(kind.to_owned()));
        }
    }

    /// Every type that carries tags has an ARN here, but for the one whose ARN does not say what it is.
    #[test]
    fn every_type_with_tags_has_an_arn() {
        let schemas = crate::provider::catalog().schemas();
        let objects = schemas
            .iter()
            .filter(|schema| schema.nature == Nature::Object);
        let tagged = objects.filter(|schema| schema.inputs.contains_key("tags"));
        let mut without: Vec<&str> = tagged.map(|schema| schema.type_name.as_str()).collect();
        without.retain(|name| KINDS.iter().all(|(_, _, type_name, _)| type_name != name));
        assert_eq!(without, ["aws:applicationautoscaling:Target"]);
    }
}
