//! What is there of secrets. Those of other services are theirs to delete, and copies go with the secret in its own region.

use super::*;
use crate::prelude::*;
use crate::strays::{List, Listed};

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![List::of::<Secret>(secrets(aws))]
}

async fn secrets(aws: &Aws) -> Result<Vec<Listed>> {
    let mut pages = aws.secretsmanager().list_secrets().into_paginator().send();
    let mut secrets = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.named("secretsmanager:ListSecrets")?;
        secrets.extend(page.secret_list.unwrap_or_default());
    }
    let is_here = |region: &str| region == aws.region();
    Ok(secrets
        .into_iter()
        .filter(|secret| secret.primary_region().is_none_or(is_here))
        .filter_map(|secret| {
            let tags = secret.tags.unwrap_or_default().into_iter();
            let tags = tags.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())));
            let listed = Listed::new(secret.arn?).tagged(tags);
            let listed = listed.created(secret.created_date.as_ref());
            Some(listed.kept(secret.owning_service.is_some()))
        })
        .collect())
}
