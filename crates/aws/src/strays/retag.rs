//! Setting a tag on what a state made.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::Tag;
use futures::FutureExt;
use stack_provider::{Error, ErrorKind, Result, Search, Stray, patiently};

use super::Found;
use crate::call::CallExt;
use crate::call::some_at_once;
use crate::{Aws, applicationautoscaling, iam};

/// The most objects that EC2 tags at once.
const OF_EC2: usize = 1_000;

/// The most objects that the tagging API tags at once.
const OF_OTHERS: usize = 20;

/// What tags an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Ec2,
    Role,
    Target,
    TaggingApi,
}

/// The tag, or the key of the one that is to go.
#[derive(Clone, Copy)]
struct Mark<'a> {
    key: &'a str,
    value: Option<&'a str>,
}

/// Sets a tag on all that a state made, or takes it away. Gives what could not be done.
pub(crate) async fn retag(
    aws: &Aws,
    lineage: &str,
    key: &str,
    value: Option<&str>,
) -> Result<Vec<String>> {
    let Found { strays, arns } = super::search_for(aws, Search::Tagged).await?;
    let mark = Mark { key, value };
    let mut ways: BTreeMap<Way, Vec<String>> = BTreeMap::new();
    for stray in strays.found {
        if stray.lineage() == Some(lineage) && stray.tag(key) != value {
            let (way, name) = way(stray, &arns);
            ways.entry(way).or_default().push(name);
        }
    }
    let mut groups = Vec::new();
    for (way, names) in &ways {
        let some = names.chunks(way.at_once());
        groups.extend(some.map(|names| group(aws, *way, names, mark).boxed()));
    }
    Ok(some_at_once(groups).await.concat())
}

/// How an object is tagged, and what it is called there.
fn way(stray: Stray, arns: &super::Arns) -> (Way, String) {
    match stray.type_name.as_str() {
        "aws:iam:Role" => (Way::Role, stray.id),
        "aws:applicationautoscaling:Target" => (Way::Target, stray.id),
        name if name.starts_with("aws:ec2:") => (Way::Ec2, stray.id),
        name => match arns.get(&(name.to_owned(), stray.id.clone())) {
            Some(arn) => (Way::TaggingApi, arn.clone()),
            // Where the list tells the tags, it is by ARN that such an object is known.
            None => (Way::TaggingApi, stray.id),
        },
    }
}

impl Way {
    fn at_once(self) -> usize {
        match self {
            Self::Ec2 => OF_EC2,
            Self::TaggingApi => OF_OTHERS,
            Self::Role | Self::Target => 1,
        }
    }
}

/// Tags some at once. Where AWS refuses them as a whole, one after another, so that one hinders no other.
async fn group(aws: &Aws, way: Way, names: &[String], mark: Mark<'_>) -> Vec<String> {
    let missed = |name: &String, error: &Error| format!("{name}: {error}");
    match patiently(|| set(aws, way, names, mark)).await {
        Ok(missed) => missed,
        Err(error) if names.len() == 1 => vec![missed(&names[0], &error)],
        Err(_) => {
            let mut all = Vec::new();
            for name in names {
                match patiently(|| set(aws, way, std::slice::from_ref(name), mark)).await {
                    Ok(missed) => all.extend(missed),
                    Err(error) => all.push(missed(name, &error)),
                }
            }
            all
        }
    }
}

/// One call. Gives those that it left out, where the call can leave out some.
async fn set(aws: &Aws, way: Way, names: &[String], mark: Mark<'_>) -> Result<Vec<String>> {
    match way {
        Way::Ec2 => of_ec2(aws, names, mark).await.map(|()| Vec::new()),
        Way::TaggingApi => of_others(aws, names, mark).await,
        Way::Role => {
            for name in names {
                iam::strays::retag(aws, name, mark.key, mark.value).await?;
            }
            Ok(Vec::new())
        }
        Way::Target => {
            for name in names {
                applicationautoscaling::strays::retag(aws, name, mark.key, mark.value).await?;
            }
            Ok(Vec::new())
        }
    }
}

async fn of_ec2(aws: &Aws, ids: &[String], mark: Mark<'_>) -> Result<()> {
    let ids = Some(ids.to_vec());
    let tag = Tag::builder().key(mark.key);
    match mark.value {
        Some(value) => {
            let request = aws.ec2().create_tags().set_resources(ids);
            let sent = request.tags(tag.value(value).build()).send().await;
            sent.named("ec2:CreateTags").map(drop)
        }
        None => {
            let request = aws.ec2().delete_tags().set_resources(ids);
            let sent = request.tags(tag.build()).send().await;
            sent.named("ec2:DeleteTags").map(drop)
        }
    }
}

/// Each service is asked by the tagging API in its turn, so that some may be tagged and others not.
async fn of_others(aws: &Aws, arns: &[String], mark: Mark<'_>) -> Result<Vec<String>> {
    let arns = Some(arns.to_vec());
    let failed = match mark.value {
        Some(value) => {
            let request = aws.tagging().tag_resources().set_resource_arn_list(arns);
            let sent = request.tags(mark.key, value).send().await;
            sent.named("tag:TagResources")?.failed_resources_map
        }
        None => {
            let request = aws.tagging().untag_resources().set_resource_arn_list(arns);
            let sent = request.tag_keys(mark.key).send().await;
            sent.named("tag:UntagResources")?.failed_resources_map
        }
    };
    let failed = failed.unwrap_or_default().into_iter();
    Ok(failed
        .map(|(arn, failure)| {
            let message = failure.error_message().unwrap_or("it was refused");
            let error = Error {
                code: failure.error_code().map(|code| code.as_str().to_owned()),
                ..Error::new(ErrorKind::Other, message)
            };
            format!("{arn}: {error}")
        })
        .collect())
}
