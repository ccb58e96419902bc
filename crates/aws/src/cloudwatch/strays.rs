//! What is there of alarms. CloudWatch does not tell when one was made.

use super::*;
use crate::prelude::*;
use crate::strays::{List, Listed};

/// How Application Auto Scaling begins the names of the alarms that it makes for its policies.
const OF_A_POLICY: &str = "TargetTracking-";

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![List::of::<Alarm>(alarms(aws))]
}

async fn alarms(aws: &Aws) -> Result<Vec<Listed>> {
    let mut pages = aws.cloudwatch().describe_alarms().into_paginator().send();
    let mut alarms = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.named("cloudwatch:DescribeAlarms")?;
        alarms.extend(page.metric_alarms.unwrap_or_default());
    }
    let names = alarms.into_iter().filter_map(|alarm| alarm.alarm_name);
    Ok(names
        .map(|name| {
            let kept = name.starts_with(OF_A_POLICY);
            Listed::new(name).kept(kept)
        })
        .collect())
}
