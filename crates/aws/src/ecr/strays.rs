//! What is there of repositories.

use super::*;
use crate::prelude::*;
use crate::strays::{List, Listed};

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![List::of::<Repository>(repositories(aws))]
}

async fn repositories(aws: &Aws) -> Result<Vec<Listed>> {
    let repositories = pages!(
        aws.ecr().describe_repositories(),
        "ecr:DescribeRepositories"
    )?;
    Ok(repositories
        .into_iter()
        .filter_map(|one| Some(Listed::new(one.repository_name?).created(one.created_at.as_ref())))
        .collect())
}
