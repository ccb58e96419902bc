//! From a statement of a policy to what IAM's simulator can be asked.

use std::collections::BTreeMap;

use stack_provider::{Ask, Purpose};

use super::Statement;
use super::things::Things;

/// The statement as questions; none where what it is about cannot be named before it is made.
///
/// Our own policies permit the actions of most services on everything, because nobody knows the ids in ARNs beforehand.
/// Those of others may be narrower, so what can be named is asked about by its name.
pub(super) fn asks(
    statement: Statement,
    about: &BTreeMap<&str, Things>,
    purpose: &Purpose,
) -> Vec<Ask> {
    if statement.resource != ["*"] {
        return ask(statement, true, purpose).into_iter().collect();
    }
    let mut by_things: BTreeMap<&Things, Vec<String>> = BTreeMap::new();
    for action in statement.action {
        let things = about.get(action.as_str()).unwrap_or(&Things::None);
        by_things.entry(things).or_default().push(action);
    }
    let asked = by_things.into_iter().filter_map(|(things, actions)| {
        let mut one = Statement::new(String::new(), actions, things.arns());
        one.condition.clone_from(&statement.condition);
        ask(one, *things != Things::Unknown, purpose)
    });
    asked.collect()
}

fn ask(statement: Statement, exact: bool, purpose: &Purpose) -> Option<Ask> {
    let on: Vec<String> = statement
        .resource
        .iter()
        .filter_map(|resource| example(resource, &statement.resource))
        .collect();
    let conditions = statement.condition.values().flatten();
    // The simulator takes one value of what has one value in a call.
    let mut given: BTreeMap<&'static str, String> = conditions
        .filter_map(|(key, values)| Some((*key, values.first()?.clone())))
        .collect();
    if let Some(region) = purpose.regions.first() {
        given.insert("aws:RequestedRegion", region.clone());
    }
    (!on.is_empty()).then_some(Ask {
        actions: statement.action,
        on,
        given,
        exact,
    })
}

/// An object that a pattern is about. What is within an object that is named has any name, and so has what AWS adds to
/// one; a pattern that stands for objects with names that are not known has no example: a policy that permits them need
/// not permit that.
fn example(resource: &str, all: &[String]) -> Option<String> {
    let Some((stem, rest)) = resource.split_once('*') else {
        return Some(resource.replace('?', "a"));
    };
    let named = |other: &String| other.as_str() == stem.trim_end_matches(['/', ':']);
    match (stem, rest) {
        ("", "") => Some(resource.to_owned()),
        (_, "") if all.iter().any(named) => Some(format!("{stem}any")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::example;

    #[test]
    fn only_what_is_named_has_an_example() {
        let all = ["arn:aws:s3:::one", "arn:aws:s3:::one/*"].map(str::to_owned);
        for (resource, expected) in [
            ("*", Some("*")),
            ("arn:aws:s3:::one", Some("arn:aws:s3:::one")),
            ("arn:aws:s3:::one/*", Some("arn:aws:s3:::one/any")),
            ("arn:aws:s3:::two/*", None),
            ("arn:aws:s3:::shop-*", None),
            ("arn:aws:kms:eu-west-3:1:key/*", None),
            ("arn:aws:iam::*:role/one", None),
            (
                "arn:aws:secretsmanager:eu-west-3:1:secret:key-??????",
                Some("arn:aws:secretsmanager:eu-west-3:1:secret:key-aaaaaa"),
            ),
        ] {
            assert_eq!(example(resource, &all).as_deref(), expected, "{resource}");
        }
    }
}
