//! Versions as programs ask for them: `16` is met by 16.4.

use std::collections::BTreeMap;

use crate::prelude::*;

/// The tag that holds the version that the program asked for. The service tells the whole version alone, and an
/// upgrade within what was asked for is no change; so a read needs to know what that was, and has an id to go by.
pub(crate) const TAG: &str = "stack:engine-version";

/// Whether a version is the one asked for or within it.
pub(crate) fn meets(asked: &str, actual: &str) -> bool {
    actual
        .strip_prefix(asked)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The version as asked for, as long as the actual one meets it.
pub(crate) fn as_asked(tags: &BTreeMap<String, String>, actual: &str) -> String {
    let asked = tags.get(TAG).filter(|asked| meets(asked, actual));
    asked.map_or(actual, String::as_str).to_owned()
}

/// The tags of a new object, with the version asked for among them.
pub(crate) fn tags_at_creation(
    owner: &Owner,
    tags: &BTreeMap<String, String>,
    asked: Option<&str>,
) -> BTreeMap<String, String> {
    let mut all = owner.tags(tags);
    all.extend(asked.map(|version| (TAG.to_owned(), version.to_owned())));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_meets_what_it_is_within() {
        for (asked, actual) in [
            ("16", "16.4"),
            ("16.4", "16.4"),
            ("8.0", "8.0.39"),
            ("7.1", "7.1.0"),
        ] {
            assert!(meets(asked, actual), "{asked} {actual}");
        }
        for (asked, actual) in [
            ("1", "16.4"),
            ("16.4", "16.40"),
            ("16", "17.1"),
            ("16.4", "16"),
        ] {
            assert!(!meets(asked, actual), "{asked} {actual}");
        }
    }
}
