//! What is paid for resources of AWS. The names of products and usages are those of the price list's attributes, which
//! `DescribeServices` and `GetAttributeValues` of the API tell.

use serde_json::Value as Json;
use stack_review::money::Quantity;

use super::of::{known, not_set, value};
use super::{Meter, Metered, Of, Part, Wanted, Why, hours};
use crate::product::{Like, Product, Unit};
use crate::query::{List, Query};

/// How each type is paid for.
pub const METERS: &[(&str, Meter)] = &[
    ("aws:acm:Certificate", Meter::Read(certificate)),
    ("aws:acm:CertificateValidation", Meter::Free),
    ("aws:applicationautoscaling:Policy", Meter::Free),
    ("aws:applicationautoscaling:Target", Meter::Free),
    ("aws:cloudwatch:Alarm", Meter::Read(alarm)),
    ("aws:ec2:ElasticIp", Meter::Read(elastic_ip)),
    ("aws:ec2:ExistingVpc", Meter::Free),
    (
        "aws:ec2:InternetGateway",
        Meter::ByUse("data transfer to the internet"),
    ),
    ("aws:ec2:NatGateway", Meter::Read(nat_gateway)),
    ("aws:ec2:PrefixList", Meter::Free),
    ("aws:ec2:Route", Meter::Free),
    ("aws:ec2:RouteTable", Meter::Free),
    ("aws:ec2:RouteTableAssociation", Meter::Free),
    ("aws:ec2:SecurityGroup", Meter::Free),
    ("aws:ec2:SecurityGroupRule", Meter::Free),
    ("aws:ec2:Subnet", Meter::Free),
    ("aws:ec2:Subnets", Meter::Free),
    ("aws:ec2:Vpc", Meter::Free),
    ("aws:ec2:VpcEndpoint", Meter::Read(vpc_endpoint)),
    ("aws:ec2:Zones", Meter::Free),
    (
        "aws:ecr:Repository",
        Meter::ByUse("GB stored, data transfer"),
    ),
    (
        "aws:ecs:Cluster",
        Meter::ByUse("metrics of Container Insights, where it is on"),
    ),
    ("aws:ecs:Service", Meter::Read(service)),
    // The services that run it are paid for.
    ("aws:ecs:TaskDefinition", Meter::Free),
    (
        "aws:ecs:TaskRun",
        Meter::ByUse("vCPU and GB for as long as the task runs"),
    ),
    (
        "aws:elasticache:ReplicationGroup",
        Meter::Read(replication_group),
    ),
    ("aws:elasticache:SubnetGroup", Meter::Free),
    ("aws:elbv2:Listener", Meter::Free),
    ("aws:elbv2:ListenerRule", Meter::Free),
    ("aws:elbv2:LoadBalancer", Meter::Read(load_balancer)),
    ("aws:elbv2:TargetGroup", Meter::Free),
    ("aws:iam:Role", Meter::Free),
    ("aws:iam:RolePolicy", Meter::Free),
    ("aws:iam:RolePolicyAttachment", Meter::Free),
    ("aws:logs:LogGroup", Meter::ByUse("GB taken in, GB stored")),
    ("aws:rds:Instance", Meter::Read(instance)),
    ("aws:rds:ParameterGroup", Meter::Free),
    ("aws:rds:SubnetGroup", Meter::Free),
    ("aws:route53:Record", Meter::ByUse("queries")),
    ("aws:route53:Zone", Meter::Free),
    (
        "aws:s3:Bucket",
        Meter::ByUse("GB stored, requests, data transfer"),
    ),
    ("aws:secretsmanager:Secret", Meter::Read(secret)),
    ("aws:sts:CallerIdentity", Meter::Free),
];

/// A product of a service in a region, of which the usage type tells the rest.
fn product(
    of: &Of<'_>,
    service: &str,
    filters: &[(&str, &str)],
    usage: Like,
    unit: Unit,
) -> Result<Product, Why> {
    let region = of.region()?;
    let mut all = vec![("regionCode", region.as_str())];
    all.extend(filters);
    Ok(Product {
        query: Query::new(List::Aws, service, &all),
        only: vec![("usagetype", usage)],
        unit,
    })
}

fn usage(text: impl Into<String>) -> Like {
    Like::Usage(text.into())
}

/// Public certificates are free; those that can be exported and those of one's own authority are not.
fn certificate(of: &Of<'_>) -> Metered {
    let paid = of.flag("exportable").unwrap_or(true)
        || !matches!(of.text("certificate_authority_arn"), Ok(None));
    match paid {
        true => Metered::default().and_by_use("each issue and renewal"),
        false => Metered::default(),
    }
}

fn alarm(of: &Of<'_>) -> Metered {
    Metered::of(vec![Part::new("metrics", || {
        // Each metric that is looked at counts; expressions do not.
        let metrics = of.list("metrics")?;
        let looked_at = |one: &&Json| one.get("metric").is_some_and(|metric| !metric.is_null());
        let count = metrics.iter().filter(looked_at).count().max(1);
        let mut count = u32::try_from(count).map_err(|_| Why::OutOfBounds)?;
        // A band is two metrics more.
        if is_band(of)? {
            count = count.saturating_mul(3);
        }
        let periods = metrics.iter().filter_map(|one| one.get("metric"));
        let periods = periods.filter_map(|metric| known(metric, "period").ok().flatten());
        let own = of.get("period")?;
        let is_short = |period: &Json| period.as_i64().is_some_and(|seconds| seconds < 60);
        let (what, name) = match periods.chain(own).any(is_short) {
            true => (
                "metrics looked at within a minute",
                "CW:HighResAlarmMonitorUsage",
            ),
            false => ("metrics looked at", "CW:AlarmMonitorUsage"),
        };
        Ok(Wanted {
            what: what.to_owned(),
            quantity: Quantity::of(count),
            product: product(
                of,
                "AmazonCloudWatch",
                &[("productFamily", "Alarm")],
                usage(name),
                Unit::Months,
            )?,
        })
    })])
}

fn is_band(of: &Of<'_>) -> Result<bool, Why> {
    let operator = of.needed("comparison_operator")?;
    Ok(operator.contains("Lower") || operator.contains("Upper"))
}

/// Every public address is paid for, in use or not, unless it is one's own.
fn elastic_ip(of: &Of<'_>) -> Metered {
    let part = Part::maybe("address", || {
        if of
            .text("public_ipv4_pool")?
            .is_some_and(|pool| pool != "amazon")
        {
            return Ok(None);
        }
        Ok(Some(Wanted {
            what: "a public IPv4 address".to_owned(),
            quantity: hours(Quantity::of(1))?,
            product: product(
                of,
                "AmazonVPC",
                &[],
                usage("PublicIPv4:InUseAddress"),
                Unit::Hours,
            )?,
        }))
    });
    Metered::of(part.into_iter().collect())
}

fn nat_gateway(of: &Of<'_>) -> Metered {
    let gateway = Part::new("gateway", || {
        Ok(Wanted {
            what: "a NAT gateway".to_owned(),
            quantity: hours(Quantity::of(1))?,
            product: product(
                of,
                "AmazonEC2",
                &[("productFamily", "NAT Gateway")],
                usage("NatGateway-Hours"),
                Unit::Hours,
            )?,
        })
    });
    Metered::of(vec![gateway]).and_by_use("GB processed, data transfer")
}

/// Gateway endpoints are free; the others are paid for in each subnet.
fn vpc_endpoint(of: &Of<'_>) -> Metered {
    let part = Part::maybe("endpoint", || {
        let (what, name) = match of.text("vpc_endpoint_type")? {
            None | Some("Gateway") => return Ok(None),
            Some("Interface") => ("an interface endpoint, in each subnet", "VpcEndpoint-Hours"),
            Some("GatewayLoadBalancer") => (
                "a gateway load balancer endpoint, in each subnet",
                "VpcEndpoint-GWLBE-Hours",
            ),
            Some(other) => return Err(value("vpc_endpoint_type", &other.into())),
        };
        Ok(Some(Wanted {
            what: what.to_owned(),
            quantity: hours(of.count("subnet_ids")?)?,
            product: product(
                of,
                "AmazonVPC",
                &[("productFamily", "VpcEndpoint")],
                usage(name),
                Unit::Hours,
            )?,
        }))
    });
    match part {
        Some(part) => Metered::of(vec![part]).and_by_use("GB processed"),
        None => Metered::default(),
    }
}

/// A service on Fargate: what a task gets, for each task that is wanted.
fn service(of: &Of<'_>) -> Metered {
    let mut parts = Vec::new();
    let task = match task(of) {
        Ok(task) => task,
        Err(why) => {
            let wanted = Err(why);
            return Metered::of(vec![Part {
                name: "tasks",
                wanted,
            }]);
        }
    };
    let arm = if task.is_arm { "ARM-" } else { "" };
    let fargate = |name: String, unit| product(of, "AmazonECS", &[], usage(name), unit);
    let of_all = |each: Quantity| {
        let all = each.times(task.count).ok_or(Why::OutOfBounds)?;
        hours(all)
    };
    parts.push(Part::new("vCPU", || {
        Ok(Wanted {
            what: format!("{} tasks of {} vCPU on Fargate", task.count, task.cpu),
            quantity: of_all(task.cpu)?,
            product: fargate(format!("Fargate-{arm}vCPU-Hours:perCPU"), Unit::CpuHours)?,
        })
    }));
    parts.push(Part::new("memory", || {
        Ok(Wanted {
            what: format!("{} tasks of {} GiB on Fargate", task.count, task.memory),
            quantity: of_all(task.memory)?,
            product: fargate(format!("Fargate-{arm}GB-Hours"), Unit::GibHours)?,
        })
    }));
    let extra = task.storage.beyond(Quantity::of(20));
    if extra > Quantity::of(0) {
        parts.push(Part::new("storage", || {
            Ok(Wanted {
                what: format!("{} tasks with {extra} GiB of disk beyond 20", task.count),
                quantity: of_all(extra)?,
                product: fargate(
                    "Fargate-EphemeralStorage-GB-Hours".to_owned(),
                    Unit::GibHours,
                )?,
            })
        }));
    }
    Metered::of(parts)
}

/// What a service runs.
struct Task {
    count: Quantity,
    cpu: Quantity,
    memory: Quantity,
    storage: Quantity,
    is_arm: bool,
}

fn task(of: &Of<'_>) -> Result<Task, Why> {
    let strategy = of.list("capacity_provider_strategy")?;
    let names = strategy.iter().map(|one| one["capacity_provider"].as_str());
    let mut others = names.filter(|name| *name != Some("FARGATE"));
    match (of.text("launch_type")?, strategy.is_empty(), others.next()) {
        (Some("FARGATE"), _, _) | (_, false, None) => {}
        _ => {
            return Err(Why::Said(
                "only what runs on Fargate, and not on spot capacity, has a meter".to_owned(),
            ));
        }
    }
    let definition = of.referred("task_definition", "aws:ecs:TaskDefinition", "arn");
    let definition = definition.ok_or_else(|| {
        Why::Said("its task definition is not of this stack, or not known before".to_owned())
    })?;
    if definition
        .text("operating_system_family")?
        .is_some_and(|family| family != "LINUX")
    {
        return Err(Why::Said("only Linux on Fargate has a meter".to_owned()));
    }
    let whole = |field: &str| {
        let number = definition.number(field)?.ok_or_else(|| not_set(field))?;
        // 1024 units are a vCPU, and 1024 MiB a GiB.
        number.divided(1024).ok_or(Why::OutOfBounds)
    };
    Ok(Task {
        count: of.number("desired_count")?.unwrap_or(Quantity::of(1)),
        cpu: whole("cpu")?,
        memory: whole("memory")?,
        storage: definition
            .number("ephemeral_storage_gib")?
            .unwrap_or(Quantity::of(20)),
        is_arm: definition.text("cpu_architecture")? == Some("ARM64"),
    })
}

fn replication_group(of: &Of<'_>) -> Metered {
    let nodes = Part::new("nodes", || {
        let engine = match of.needed("engine")? {
            "valkey" => "Valkey",
            "redis" => "Redis",
            other => return Err(value("engine", &other.into())),
        };
        let class = of.needed("node_type")?;
        let one = Quantity::of(1);
        let groups = of.number("num_node_groups")?.unwrap_or(one);
        let replicas = of
            .number("replicas_per_node_group")?
            .unwrap_or(Quantity::of(0));
        let nodes = replicas.plus(one).and_then(|each| groups.times(each));
        let nodes = nodes.ok_or(Why::OutOfBounds)?;
        Ok(Wanted {
            what: format!("{nodes} nodes of {class}, {engine}"),
            quantity: hours(nodes)?,
            product: product(
                of,
                "AmazonElastiCache",
                &[("instanceType", class), ("cacheEngine", engine)],
                Like::UsageBegins("NodeUsage:"),
                Unit::Hours,
            )?,
        })
    });
    Metered::of(vec![nodes]).and_by_use("GB of snapshots")
}

fn load_balancer(of: &Of<'_>) -> Metered {
    let balancer = Part::new("load balancer", || {
        let (what, family) = match of.text("load_balancer_type")? {
            None | Some("application") => {
                ("an application load balancer", "Load Balancer-Application")
            }
            Some("network") => ("a network load balancer", "Load Balancer-Network"),
            Some(other) => return Err(value("load_balancer_type", &other.into())),
        };
        Ok(Wanted {
            what: what.to_owned(),
            quantity: hours(Quantity::of(1))?,
            product: product(
                of,
                "AWSELB",
                &[("productFamily", family)],
                usage("LoadBalancerUsage"),
                Unit::Hours,
            )?,
        })
    });
    Metered::of(vec![balancer]).and_by_use("capacity units, public IPv4 addresses")
}

fn instance(of: &Of<'_>) -> Metered {
    let parts = [
        Some(Part::new("instance", || database(of))),
        Some(Part::new("storage", || database_storage(of))),
        Part::maybe("IOPS", || database_iops(of)),
        Part::maybe("throughput", || database_throughput(of)),
    ];
    Metered::of(parts.into_iter().flatten().collect())
        .and_by_use("backups beyond the size of the storage, data transfer")
}

fn engine<'a>(of: &Of<'a>) -> Result<&'a str, Why> {
    match of.needed("engine")? {
        "postgres" => Ok("PostgreSQL"),
        "mysql" => Ok("MySQL"),
        "mariadb" => Ok("MariaDB"),
        // The price depends on whose licence it is.
        other => Err(value("engine", &other.into())),
    }
}

/// How many copies there are, in the words of the price list.
fn deployment(of: &Of<'_>) -> Result<(&'static str, &'static str), Why> {
    Ok(match of.flag("multi_az")? {
        true => ("Multi-AZ", "Multi-AZ-"),
        false => ("Single-AZ", ""),
    })
}

fn database(of: &Of<'_>) -> Result<Wanted, Why> {
    let (class, engine) = (of.needed("instance_class")?, engine(of)?);
    let (deployment, _) = deployment(of)?;
    let usage = match deployment {
        "Multi-AZ" => "Multi-AZUsage:",
        _ => "InstanceUsage:",
    };
    Ok(Wanted {
        what: format!("{class}, {engine}, {deployment}"),
        quantity: hours(Quantity::of(1))?,
        product: product(
            of,
            "AmazonRDS",
            &[
                ("productFamily", "Database Instance"),
                ("instanceType", class),
                ("databaseEngine", engine),
                ("deploymentOption", deployment),
            ],
            Like::UsageBegins(usage),
            Unit::Hours,
        )?,
    })
}

/// How fast the storage is: by default `io1` where operations are set, else `gp3`.
fn storage_type<'a>(of: &Of<'a>) -> Result<&'a str, Why> {
    match (of.text("storage_type")?, of.number("iops")?) {
        (Some(kind), _) => Ok(kind),
        (None, Some(_)) => Ok("io1"),
        (None, None) => Ok("gp3"),
    }
}

/// What RDS has added by itself counts, too.
fn gib(of: &Of<'_>) -> Result<Quantity, Why> {
    let actual = of.number("allocated_storage_actual").ok().flatten();
    match (actual, of.number("allocated_storage")?) {
        (Some(actual), Some(wanted)) => Ok(actual.max(wanted)),
        (Some(gib), None) | (None, Some(gib)) => Ok(gib),
        (None, None) => Err(not_set("allocated_storage")),
    }
}

fn database_storage(of: &Of<'_>) -> Result<Wanted, Why> {
    let (deployment, prefix) = deployment(of)?;
    let kind = storage_type(of)?;
    let (volume, name) = match kind {
        "gp3" => ("General Purpose-GP3", "GP3-Storage"),
        "gp2" => ("General Purpose", "GP2-Storage"),
        "io1" => ("Provisioned IOPS", "PIOPS-Storage"),
        "io2" => ("Provisioned IOPS-IO2", "PIOPS-Storage-IO2"),
        "standard" => ("Magnetic", "StorageUsage"),
        other => return Err(value("storage_type", &other.into())),
    };
    let mut product = product(
        of,
        "AmazonRDS",
        &[
            ("productFamily", "Database Storage"),
            ("volumeType", volume),
            ("deploymentOption", deployment),
        ],
        usage(format!("RDS:{prefix}{name}")),
        Unit::GibMonths,
    )?;
    product.only.push(of_engine(of)?);
    Ok(Wanted {
        what: format!("{kind} storage, {deployment}"),
        quantity: gib(of)?,
        product,
    })
}

/// Most storage is the same for all engines; the list says so.
fn of_engine(of: &Of<'_>) -> Result<(&'static str, Like), Why> {
    let engine = engine(of)?;
    let texts = vec!["Any".to_owned(), engine.to_owned()];
    Ok(("databaseEngine", Like::OneOf(texts)))
}

/// With `gp3`, from 400 GiB on, four volumes share the work and more is included.
fn is_striped(of: &Of<'_>) -> Result<bool, Why> {
    Ok(gib(of)? >= Quantity::of(400))
}

fn database_iops(of: &Of<'_>) -> Result<Option<Wanted>, Why> {
    let Some(iops) = of.number("iops")? else {
        return Ok(None);
    };
    let (deployment, prefix) = deployment(of)?;
    let kind = storage_type(of)?;
    let (extra, name) = match kind {
        "gp3" => {
            let included = if is_striped(of)? { 12_000 } else { 3_000 };
            (iops.beyond(Quantity::of(included)), "GP3-PIOPS")
        }
        "io1" => (iops, "PIOPS"),
        "io2" => (iops, "PIOPS-IO2"),
        _ => return Ok(None),
    };
    if extra == Quantity::of(0) {
        return Ok(None);
    }
    let mut product = product(
        of,
        "AmazonRDS",
        &[
            ("productFamily", "Provisioned IOPS"),
            ("deploymentOption", deployment),
        ],
        usage(format!("RDS:{prefix}{name}")),
        Unit::IopsMonths,
    )?;
    product.only.push(of_engine(of)?);
    Ok(Some(Wanted {
        what: format!("IOPS of {kind} that are paid for, {deployment}"),
        quantity: extra,
        product,
    }))
}

fn database_throughput(of: &Of<'_>) -> Result<Option<Wanted>, Why> {
    let Some(throughput) = of.number("storage_throughput")? else {
        return Ok(None);
    };
    let included = if is_striped(of)? { 500 } else { 125 };
    match storage_type(of)? == "gp3" && throughput > Quantity::of(included) {
        true => Err(Why::Said(format!(
            "throughput beyond the {included} MiB a second that are included has no meter"
        ))),
        false => Ok(None),
    }
}

fn secret(of: &Of<'_>) -> Metered {
    let secret = Part::new("secret", || {
        Ok(Wanted {
            what: "a secret".to_owned(),
            quantity: Quantity::of(1),
            product: product(
                of,
                "AWSSecretsManager",
                &[("productFamily", "Secret")],
                usage("AWSSecretsManager-Secrets"),
                Unit::Months,
            )?,
        })
    });
    let replicas = Part::maybe("replicas", || match of.list("replicas")? {
        [] => Ok(None),
        _ => Err(Why::Said(
            "copies in other regions have no meter".to_owned(),
        )),
    });
    Metered::of([Some(secret), replicas].into_iter().flatten().collect()).and_by_use("requests")
}
