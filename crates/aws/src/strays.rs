//! What is there in the account and region: the lists of the services say what, the tagging API says what is ours.
//!
//! ```text
//! listed     Listed, List     what the lists tell; each service has its own in its `strays.rs`
//! arn        named            from ARNs to our types and ids
//! retag                       setting a tag on what a state made
//! ```

mod arn;
mod listed;
mod retag;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_resourcegroupstagging::types::TagFilter;
use futures::FutureExt;
use futures::future::join;
use stack_provider::{Owner, Result, Search, Stray, Strays};

use crate::Aws;
use crate::call::{pages, some_at_once};
use crate::{
    acm, applicationautoscaling, cloudwatch, ec2, ecr, ecs, elasticache, elbv2, iam, logs, rds, s3,
    secretsmanager,
};
use arn::{Named, named, revision};
pub(crate) use listed::{List, Listed, all_of};
pub(crate) use retag::retag;

/// Types that carry no tags and that nothing of ours has to go with: the zone of a record is none of our types.
const UNSEEN: [&str; 1] = ["aws:route53:Record"];

/// Objects by their types and ids.
type Address = (String, String);

/// The ARNs of those that the tagging API knows.
type Arns = HashMap<Address, String>;

/// What was found, and how to tag it.
struct Found {
    strays: Strays,
    arns: Arns,
}

/// What is there.
pub(crate) async fn found(aws: &Aws, search: Search) -> Result<Strays> {
    search_for(aws, search).await.map(|found| found.strays)
}

fn lists(aws: &Aws) -> Vec<List<'_>> {
    let services = [
        acm::strays::lists,
        applicationautoscaling::strays::lists,
        cloudwatch::strays::lists,
        ec2::strays::lists,
        ecr::strays::lists,
        ecs::strays::lists,
        elasticache::strays::lists,
        elbv2::strays::lists,
        iam::strays::lists,
        logs::strays::lists,
        rds::strays::lists,
        s3::strays::lists,
        secretsmanager::strays::lists,
    ];
    services.into_iter().flat_map(|lists| lists(aws)).collect()
}

async fn search_for(aws: &Aws, search: Search) -> Result<Found> {
    let asked = lists(aws).into_iter();
    let answers = some_at_once(asked.map(|list| list.answered().boxed()));
    let (tagged, answers) = join(tagged(aws), answers).await;

    let mut sorting = Sorting::new(search, tagged)?;
    for (type_name, answer) in answers {
        sorting.take(type_name, answer)?;
    }
    Ok(sorting.done())
}

/// What the tagging API knows of ours: all services but IAM and Application Auto Scaling have their tags there. It goes on
/// telling of what is gone for a while.
#[derive(Debug, Default)]
struct Tagged {
    objects: BTreeMap<Address, (String, BTreeMap<String, String>)>,
    unknown: BTreeMap<String, usize>,
}

async fn tagged(aws: &Aws) -> Result<Tagged> {
    let filter = TagFilter::builder().key(Owner::LINEAGE).build();
    let request = aws.tagging().get_resources().tag_filters(filter);
    let mut tagged = Tagged::default();
    for resource in pages!(request, "tag:GetResources")? {
        let tags = resource.tags.unwrap_or_default().into_iter();
        let tags = tags.map(|tag| (tag.key, tag.value)).collect();
        tagged.add(resource.resource_arn.unwrap_or_default(), tags);
    }
    Ok(tagged)
}

impl Tagged {
    /// Of an object with revisions the newest counts.
    fn add(&mut self, arn: String, tags: BTreeMap<String, String>) {
        match named(&arn) {
            Named::Object(type_name, id) => {
                let address = (type_name.to_owned(), id);
                let known = self.objects.get(&address);
                if known.is_none_or(|(known, _)| revision(known) < revision(&arn)) {
                    self.objects.insert(address, (arn, tags));
                }
            }
            Named::Part => {}
            Named::Unknown(kind) => *self.unknown.entry(kind).or_default() += 1,
        }
    }
}

/// Puts together what the lists and the tagging API tell.
struct Sorting {
    search: Search,
    /// None where it could not be asked.
    tagged: Option<Tagged>,
    /// The types that a list told all of.
    listed: BTreeSet<&'static str>,
    /// The types with objects whose tags nobody tells.
    untold: BTreeSet<&'static str>,
    found: Found,
}

impl Sorting {
    fn new(search: Search, tagged: Result<Tagged>) -> Result<Self> {
        let mut strays = Strays::default();
        let tagged = match tagged {
            Ok(tagged) => Some(tagged),
            Err(error) => {
                strays.take(Err(error))?;
                None
            }
        };
        Ok(Self {
            search,
            tagged,
            listed: BTreeSet::new(),
            untold: BTreeSet::new(),
            found: Found {
                strays,
                arns: Arns::new(),
            },
        })
    }

    fn take(&mut self, type_name: &'static str, answer: Result<Vec<Listed>>) -> Result<()> {
        let answer = answer.map(|listed| {
            self.listed.insert(type_name);
            let strays = listed.into_iter();
            strays
                .filter_map(|one| self.stray(type_name, one))
                .collect()
        });
        self.found.strays.take(answer)
    }

    /// One object of a list, if it is looked for. One whose tags are not known may be anybody's, and is none.
    fn stray(&mut self, type_name: &'static str, listed: Listed) -> Option<Stray> {
        let address = (type_name.to_owned(), listed.id);
        let told = self
            .tagged
            .as_mut()
            .map(|tagged| tagged.objects.remove(&address));
        let known = listed.tags.is_some() || told.is_some();
        let (arn, told) = told.flatten().unzip();
        let tags = listed.tags.or(told).unwrap_or_default();
        let is_ours = tags.contains_key(Owner::LINEAGE);
        if !known {
            self.untold.insert(type_name);
            return None;
        }
        if !is_ours && (listed.kept || self.search == Search::Tagged) {
            return None;
        }
        let stray = stray(&address, tags, listed.created)?;
        if let Some(arn) = arn {
            self.found.arns.insert(address, arn);
        }
        Some(stray)
    }

    fn done(self) -> Found {
        let mut found = self.found;
        let Tagged { objects, unknown } = self.tagged.unwrap_or_default();
        for (address, (arn, tags)) in objects {
            // The list of its type knows nothing of it: it is gone.
            if self.listed.contains(address.0.as_str()) {
                continue;
            }
            found.strays.found.extend(stray(&address, tags, None));
            found.arns.insert(address, arn);
        }
        let untold = self.untold.into_iter();
        let untold = untold.map(|name| format!("{name}: left out, as nobody tells whose they are"));
        let unknown = unknown.into_iter().map(|(kind, count)| {
            let noun = if count == 1 { "object" } else { "objects" };
            format!("{kind}: {count} {noun} with our tags, of a type that stack does not know")
        });
        let unseen = UNSEEN.map(|name| format!("{name}: carries no tags"));
        found
            .strays
            .unseen
            .extend(untold.chain(unknown).chain(unseen));
        found
    }
}

fn stray(
    (type_name, id): &Address,
    tags: BTreeMap<String, String>,
    created: Option<String>,
) -> Option<Stray> {
    Some(Stray {
        type_name: type_name.parse().ok()?,
        id: id.clone(),
        tags,
        created,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_revision_counts() {
        let arn = |revision: u64| {
            format!("arn:aws:ecs:eu-west-3:123456789012:task-definition/api:{revision}")
        };
        for revisions in [[9, 10, 2], [10, 2, 9], [2, 9, 10]] {
            let mut tagged = Tagged::default();
            for revision in revisions {
                let tags = [("revision".to_owned(), revision.to_string())];
                tagged.add(arn(revision), tags.into());
            }
            let found: Vec<_> = tagged.objects.into_values().collect();
            let [(newest, tags)] = found.as_slice() else {
                panic!("{found:?}");
            };
            assert_eq!(
                (newest.as_str(), tags["revision"].as_str()),
                (arn(10).as_str(), "10")
            );
        }
    }
}
