//! What is there of databases. RDS does not tell when a group was made.

use super::*;
use crate::prelude::*;
use crate::strays::{List, Listed};

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![
        List::of::<Instance>(instances(aws)),
        List::of::<ParameterGroup>(parameter_groups(aws)),
        List::of::<SubnetGroup>(subnet_groups(aws)),
    ]
}

async fn instances(aws: &Aws) -> Result<Vec<Listed>> {
    let instances = pages!(aws.rds().describe_db_instances(), "rds:DescribeDBInstances")?;
    Ok(instances
        .into_iter()
        .filter_map(|one| {
            let created = one.instance_create_time;
            Some(Listed::new(one.db_instance_identifier?).created(created.as_ref()))
        })
        .collect())
}

async fn parameter_groups(aws: &Aws) -> Result<Vec<Listed>> {
    let request = aws.rds().describe_db_parameter_groups();
    let groups = pages!(request, "rds:DescribeDBParameterGroups")?.into_iter();
    let names = groups.filter_map(|group| group.db_parameter_group_name);
    Ok(names
        .map(|name| {
            // `default.postgres16`, one a family: RDS makes them and lets nobody change them.
            let kept = name.starts_with("default.");
            Listed::new(name).kept(kept)
        })
        .collect())
}

async fn subnet_groups(aws: &Aws) -> Result<Vec<Listed>> {
    let request = aws.rds().describe_db_subnet_groups();
    let groups = pages!(request, "rds:DescribeDBSubnetGroups")?.into_iter();
    let names = groups.filter_map(|group| group.db_subnet_group_name);
    Ok(names
        .map(|name| {
            // Of the default network, and of others as `default-vpc-…`: RDS makes them for whoever names none.
            let kept = name == "default" || name.starts_with("default-vpc-");
            Listed::new(name).kept(kept)
        })
        .collect())
}
