//! What is paid for resources of Azure. The names of services, products and meters are those that the Retail Prices API
//! answers with.

use serde_json::Value as Json;
use stack_review::money::Quantity;

use super::of::{known, not_set, number, text, value};
use super::{Meter, Metered, Of, Part, Wanted, Why, hours};
use crate::product::{Like, Product, Unit};
use crate::query::{List, Query};

/// How each type is paid for.
pub const METERS: &[(&str, Meter)] = &[
    ("azure:app:ContainerApp", Meter::Read(container_app)),
    (
        "azure:app:Job",
        Meter::ByUse("vCPU and GiB seconds for as long as it runs"),
    ),
    (
        "azure:app:JobRun",
        Meter::ByUse("vCPU and GiB seconds for as long as it runs"),
    ),
    ("azure:app:ManagedCertificate", Meter::Free),
    (
        "azure:app:ManagedEnvironment",
        Meter::Read(managed_environment),
    ),
    ("azure:authorization:RoleAssignment", Meter::Free),
    ("azure:authorization:RoleDefinition", Meter::Free),
    // The machines that it is on are paid for.
    ("azure:cache:Database", Meter::Free),
    ("azure:cache:RedisEnterprise", Meter::Read(redis)),
    ("azure:containerregistry:Registry", Meter::Read(registry)),
    ("azure:dbforpostgresql:Configuration", Meter::Free),
    ("azure:dbforpostgresql:Database", Meter::Free),
    ("azure:dbforpostgresql:FirewallRule", Meter::Free),
    (
        "azure:dbforpostgresql:FlexibleServer",
        Meter::Read(flexible_server),
    ),
    ("azure:keyvault:Secret", Meter::ByUse("operations")),
    ("azure:keyvault:Vault", Meter::ByUse("operations")),
    ("azure:managedidentity:UserAssignedIdentity", Meter::Free),
    ("azure:network:NetworkSecurityGroup", Meter::Free),
    (
        "azure:network:PrivateDnsZone",
        Meter::Read(private_dns_zone),
    ),
    ("azure:network:PrivateDnsZoneLink", Meter::Free),
    (
        "azure:network:PrivateEndpoint",
        Meter::Read(private_endpoint),
    ),
    ("azure:network:Subnet", Meter::Free),
    ("azure:network:VirtualNetwork", Meter::Free),
    (
        "azure:operationalinsights:Workspace",
        Meter::ByUse("GB taken in, GB kept beyond what is included"),
    ),
    ("azure:resources:ExistingResourceGroup", Meter::Free),
    (
        "azure:resources:Generic",
        Meter::None("a resource of any type has no meter"),
    ),
    ("azure:resources:ResourceGroup", Meter::Free),
    ("azure:resources:Subscription", Meter::Free),
    ("azure:storage:BlobContainer", Meter::Free),
    ("azure:storage:ManagementPolicy", Meter::Free),
    (
        "azure:storage:StorageAccount",
        Meter::ByUse("GB stored, operations, data transfer"),
    ),
];

/// A product whose price is that of the resource's region.
fn product(
    of: &Of<'_>,
    service: &str,
    filters: &[(&str, &str)],
    only: Vec<(&'static str, Like)>,
    unit: Unit,
) -> Result<Product, Why> {
    let region = of.region()?;
    let mut all = vec![("armRegionName", region.as_str())];
    all.extend(filters);
    Ok(everywhere(service, &all, only, unit))
}

/// A product that has the same price in many regions, or in all.
fn everywhere(
    service: &str,
    filters: &[(&str, &str)],
    only: Vec<(&'static str, Like)>,
    unit: Unit,
) -> Product {
    Product {
        query: Query::new(List::Azure, service, filters),
        only,
        unit,
    }
}

const SERVER: &str = "Azure Database for PostgreSQL";

/// A standby is a second server with a second disk.
fn flexible_server(of: &Of<'_>) -> Metered {
    let parts = vec![
        Part::new("compute", || compute(of)),
        Part::new("storage", || disk(of)),
    ];
    Metered::of(parts).and_by_use("backups beyond the size of the disk, data transfer")
}

fn copies(of: &Of<'_>) -> Result<(Quantity, &'static str), Why> {
    Ok(match of.text("high_availability_mode")? {
        None | Some("Disabled") => (Quantity::of(1), ""),
        Some(_) => (Quantity::of(2), ", with a standby"),
    })
}

fn compute(of: &Of<'_>) -> Result<Wanted, Why> {
    let name = of.needed("sku_name")?;
    let unknown = || value("sku_name", &name.into());
    let (copies, standby) = copies(of)?;
    let size = Size::of(name).ok_or_else(unknown)?;
    // The smallest tier has a price for each size; the others have one for each number of CPUs in a series.
    let (filters, only) = match of.needed("sku_tier")? {
        "Burstable" => (
            vec![(
                "productName",
                "Azure Database for PostgreSQL Flexible Server Burstable BS Series Compute"
                    .to_owned(),
            )],
            vec![("skuName", Like::is(size.name))],
        ),
        tier @ ("GeneralPurpose" | "MemoryOptimized") => {
            let tier = match tier {
                "GeneralPurpose" => "General Purpose",
                _ => "Memory Optimized",
            };
            let product = format!("Flexible Server {tier} {} Series Compute", size.series);
            (
                vec![("skuName", format!("{} vCore", size.cores))],
                vec![("productName", Like::Ends(product))],
            )
        }
        other => return Err(value("sku_tier", &other.into())),
    };
    let filters: Vec<(&str, &str)> = filters
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    Ok(Wanted {
        what: format!("{name}{standby}"),
        quantity: hours(copies)?,
        product: product(of, SERVER, &filters, only, Unit::Hours)?,
    })
}

/// The size of a machine: `Standard_D2ds_v5`.
struct Size {
    /// `D2dsv5`.
    name: String,
    /// `Ddsv5`.
    series: String,
    /// `2`.
    cores: String,
}

impl Size {
    fn of(name: &str) -> Option<Self> {
        let name = name.strip_prefix("Standard_")?.replace('_', "");
        let family = name.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
        let rest = family.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let letters = &name[..name.len() - family.len()];
        let cores = family[..family.len() - rest.len()].to_owned();
        if letters.is_empty() || cores.is_empty() {
            return None;
        }
        let series = format!("{letters}{rest}");
        Some(Self {
            name,
            series,
            cores,
        })
    }
}

fn disk(of: &Of<'_>) -> Result<Wanted, Why> {
    let (copies, standby) = copies(of)?;
    let gib = of
        .number("storage_size_gb")?
        .ok_or_else(|| not_set("storage_size_gb"))?;
    let storage = [
        "Az DB for PostgreSQL Flexible Server Storage",
        "Azure Database for PostgreSQL Flex Server Storage",
    ];
    Ok(Wanted {
        what: format!("a disk of {gib} GiB{standby}"),
        quantity: gib.times(copies).ok_or(Why::OutOfBounds)?,
        product: product(
            of,
            SERVER,
            &[("skuName", "Storage")],
            vec![
                (
                    "productName",
                    Like::OneOf(storage.map(str::to_owned).to_vec()),
                ),
                ("meterName", Like::is("Storage Data Stored")),
            ],
            Unit::GibMonths,
        )?,
    })
}

/// Managed Redis: by the node, of which there are two unless it is said otherwise.
fn redis(of: &Of<'_>) -> Metered {
    let nodes = Part::new("nodes", || {
        let name = of.needed("sku_name")?;
        let unknown = || value("sku_name", &name.into());
        let (family, size) = name.split_once('_').ok_or_else(unknown)?;
        let family = match family {
            "Balanced" => "Balanced",
            "MemoryOptimized" => "Memory Optimized",
            "ComputeOptimized" => "Compute Optimized",
            "FlashOptimized" => "Flash Optimized",
            _ => return Err(unknown()),
        };
        let alone = of.get("high_availability")? == Some(&Json::Bool(false));
        let nodes = Quantity::of(if alone { 1 } else { 2 });
        Ok(Wanted {
            what: format!("nodes of {name}"),
            quantity: hours(nodes)?,
            product: product(
                of,
                "Redis Cache",
                &[("productName", &format!("Azure Managed Redis - {family}"))],
                vec![("meterName", Like::is(format!("{size} Cache Instance")))],
                Unit::Hours,
            )?,
        })
    });
    Metered::of(vec![nodes]).and_by_use("data transfer")
}

/// At least so many replicas are there all the time, at work or idle. They are counted as if at work.
fn container_app(of: &Of<'_>) -> Metered {
    let by_use = "replicas beyond the least, requests";
    match replicas(of) {
        Ok(None) => Metered::default().and_by_use("vCPU and GiB seconds of replicas, requests"),
        Ok(Some(replicas)) => Metered::of(vec![
            Part::new("vCPU", || {
                replicas.seconds(of, replicas.cpu, "vCPU", Unit::CpuSeconds)
            }),
            Part::new("memory", || {
                replicas.seconds(of, replicas.memory, "GiB", Unit::GibSeconds)
            }),
        ])
        .and_by_use(by_use),
        Err(why) => Metered::of(vec![Part {
            name: "replicas",
            wanted: Err(why),
        }])
        .and_by_use(by_use),
    }
}

/// What is there all the time.
struct Replicas {
    count: Quantity,
    cpu: Quantity,
    memory: Quantity,
}

impl Replicas {
    fn seconds(&self, of: &Of<'_>, each: Quantity, what: &str, unit: Unit) -> Result<Wanted, Why> {
        let meter = match unit {
            Unit::CpuSeconds => "Standard vCPU Active Usage",
            _ => "Standard Memory Active Usage",
        };
        let all = each.times(self.count).ok_or(Why::OutOfBounds)?;
        let seconds = hours(all)?
            .times(Quantity::of(3600))
            .ok_or(Why::OutOfBounds)?;
        Ok(Wanted {
            what: format!("at least {} replicas of {each} {what}, at work", self.count),
            quantity: seconds,
            product: product(
                of,
                "Azure Container Apps",
                &[("skuName", "Standard")],
                vec![("meterName", Like::is(meter))],
                unit,
            )?,
        })
    }
}

fn replicas(of: &Of<'_>) -> Result<Option<Replicas>, Why> {
    if of
        .text("workload_profile_name")?
        .is_some_and(|name| name != "Consumption")
    {
        return Err(Why::Said(
            "a dedicated workload profile is paid for with its environment".to_owned(),
        ));
    }
    let scale = of.get("scale")?.unwrap_or(&Json::Null);
    let count = number(scale, "min_replicas")?.unwrap_or(Quantity::of(0));
    if count == Quantity::of(0) {
        return Ok(None);
    }
    let (mut cpu, mut memory) = (Quantity::of(0), Quantity::of(0));
    for container in of.list("containers")? {
        let (cpus, gib) = resources(container)?;
        cpu = cpu.plus(cpus).ok_or(Why::OutOfBounds)?;
        memory = memory.plus(gib).ok_or(Why::OutOfBounds)?;
    }
    Ok(Some(Replicas { count, cpu, memory }))
}

/// What a container may use: half a CPU and a GiB where nothing is said.
fn resources(container: &Json) -> Result<(Quantity, Quantity), Why> {
    let resources = known(container, "resources")?.unwrap_or(&Json::Null);
    let cpu = match number(resources, "cpu")? {
        Some(cpu) => cpu,
        None => Quantity::parse("0.5").ok_or(Why::OutOfBounds)?,
    };
    let memory = match text(resources, "memory")? {
        None => Quantity::of(1),
        Some(memory) => {
            let gib = memory.strip_suffix("Gi").and_then(Quantity::parse);
            gib.ok_or_else(|| value("memory", &memory.into()))?
        }
    };
    Ok((cpu, memory))
}

/// What its apps use is paid for with them; machines of one's own are paid for with it.
fn managed_environment(of: &Of<'_>) -> Metered {
    let profiles = Part::maybe("workload profiles", || {
        let is_own = |one: &&Json| one["workload_profile_type"] != "Consumption";
        match of.list("workload_profiles")?.iter().find(is_own) {
            Some(_) => Err(Why::Said(
                "dedicated workload profiles have no meter".to_owned(),
            )),
            None => Ok(None),
        }
    });
    Metered::of(profiles.into_iter().collect())
}

fn registry(of: &Of<'_>) -> Metered {
    let registry = Part::new("registry", || {
        let sku = of.needed("sku")?;
        Ok(Wanted {
            what: format!("a registry, {sku}"),
            // As Azure's calculator counts what is paid for by the day.
            quantity: Quantity::of(30),
            product: product(
                of,
                "Container Registry",
                &[("skuName", sku)],
                vec![("meterName", Like::is(format!("{sku} Registry Unit")))],
                Unit::Days,
            )?,
        })
    });
    Metered::of(vec![registry]).and_by_use("GB stored beyond what is included, data transfer")
}

/// The region of what has one price in the world.
fn in_the_world(of: &Of<'_>) -> Like {
    let mut regions = vec![String::new(), "Global".to_owned(), "Zone 1".to_owned()];
    regions.extend(of.region().ok());
    Like::OneOf(regions)
}

fn private_endpoint(of: &Of<'_>) -> Metered {
    let endpoint = Part::new("endpoint", || {
        Ok(Wanted {
            what: "a private endpoint".to_owned(),
            quantity: hours(Quantity::of(1))?,
            product: everywhere(
                "Virtual Network",
                &[
                    ("productName", "Virtual Network Private Link"),
                    ("meterName", "Standard Private Endpoint"),
                ],
                vec![("armRegionName", in_the_world(of))],
                Unit::Hours,
            ),
        })
    });
    Metered::of(vec![endpoint]).and_by_use("GB processed")
}

fn private_dns_zone(of: &Of<'_>) -> Metered {
    let zone = Part::new("zone", || {
        Ok(Wanted {
            what: "a private DNS zone".to_owned(),
            quantity: Quantity::of(1),
            product: everywhere(
                "Azure DNS",
                &[("skuName", "Private"), ("meterName", "Private Zone")],
                vec![("armRegionName", in_the_world(of))],
                Unit::Months,
            ),
        })
    });
    Metered::of(vec![zone]).and_by_use("queries")
}
