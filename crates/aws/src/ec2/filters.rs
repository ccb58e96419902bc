//! What lookups ask for, and the one object that they want.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, Tag};

use crate::prelude::*;

/// Filters of the names that have values, and of the tags. `None` when there are none: EC2 refuses an empty list.
pub(super) fn filters(
    named: &[(&str, &[String])],
    tags: &BTreeMap<String, String>,
) -> Option<Vec<Filter>> {
    let filter = |name: String, values: &[String]| {
        Filter::builder()
            .name(name)
            .set_values(Some(values.to_vec()))
            .build()
    };
    let named = named
        .iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(name, values)| filter((*name).to_owned(), values));
    let tagged = tags
        .iter()
        .map(|(key, value)| filter(format!("tag:{key}"), std::slice::from_ref(value)));
    let filters: Vec<_> = named.chain(tagged).collect();
    (!filters.is_empty()).then_some(filters)
}

/// The only one of what was found, or an error that says what was found instead.
pub(super) fn one<T>(mut found: Vec<T>, what: &str, id: impl Fn(&T) -> &str) -> Result<T> {
    if found.len() > 1 {
        let ids: Vec<&str> = found.iter().map(id).collect();
        let message = format!("several {what}s fit: {}", ids.join(", "));
        return Err(Error::new(ErrorKind::Invalid, message).hint("ask for more, so that one fits"));
    }
    found.pop().ok_or_else(|| {
        Error::new(ErrorKind::Invalid, format!("no {what} fits"))
            .hint("look at the region, the account, and what is asked for")
    })
}

/// All tags, whoever set them.
pub(super) fn all_tags(tags: &[Tag]) -> BTreeMap<String, String> {
    let pairs = tags.iter().filter_map(|tag| {
        Some((
            tag.key()?.to_owned(),
            tag.value().unwrap_or_default().to_owned(),
        ))
    });
    pairs.collect()
}
