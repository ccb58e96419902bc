//! What is there of log groups.

use aws_smithy_types::DateTime;

use super::*;
use crate::prelude::*;
use crate::strays::{List, Listed};

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![List::of::<LogGroup>(log_groups(aws))]
}

async fn log_groups(aws: &Aws) -> Result<Vec<Listed>> {
    let groups = pages!(aws.logs().describe_log_groups(), "logs:DescribeLogGroups")?.into_iter();
    Ok(groups
        .filter_map(|group| {
            let created = group.creation_time.map(DateTime::from_millis);
            Some(Listed::new(group.log_group_name?).created(created.as_ref()))
        })
        .collect())
}
