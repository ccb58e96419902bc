//! What is there of caches.

use super::*;
use crate::prelude::*;
use crate::strays::{List, Listed};

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![
        List::of::<ReplicationGroup>(replication_groups(aws)),
        List::of::<SubnetGroup>(subnet_groups(aws)),
    ]
}

async fn replication_groups(aws: &Aws) -> Result<Vec<Listed>> {
    let request = aws.elasticache().describe_replication_groups();
    let groups = pages!(request, "elasticache:DescribeReplicationGroups")?.into_iter();
    Ok(groups
        .filter_map(|group| {
            let created = group.replication_group_create_time;
            Some(Listed::new(group.replication_group_id?).created(created.as_ref()))
        })
        .collect())
}

/// ElastiCache makes a group of the default network in its own name, and does not tell when any was made.
async fn subnet_groups(aws: &Aws) -> Result<Vec<Listed>> {
    let request = aws.elasticache().describe_cache_subnet_groups();
    let groups = pages!(request, "elasticache:DescribeCacheSubnetGroups")?.into_iter();
    let names = groups.filter_map(|group| group.cache_subnet_group_name);
    Ok(names
        .map(|name| {
            let kept = name == "default";
            Listed::new(name).kept(kept)
        })
        .collect())
}
