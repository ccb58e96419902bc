//! From a plan to its costs: what is to be asked, the answers, and what they come to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::stream::{self, StreamExt};
use jiff::SignedDuration;
use stack_review::costs::{self, Charge, Cost, Costs};
use stack_review::document::{Action, Document, Resource};
use tokio::time::Instant;

use crate::cache::{Answer, Cache, PATIENCE};
use crate::error::{Error, Result};
use crate::meter::{self, Metered, Of, Side, WHOLE, Wanted, Why};
use crate::query::{List, Prices, Query};

/// How many questions are under way at once.
const AT_ONCE: usize = 8;

/// What a plan changes of what is paid for a month. It takes ten seconds at the most, whatever the network does.
pub async fn costs(document: &Document, prices: &dyn Prices, cache: &Cache) -> Costs {
    let until = Instant::now() + PATIENCE;
    let needs: Vec<Needs<'_>> = document
        .resources
        .iter()
        .map(|resource| Needs::of(document, resource))
        .collect();
    let queries: BTreeSet<&Query> = needs.iter().flat_map(Needs::queries).collect();
    let answers = stream::iter(queries)
        .map(|query| async move { (query, cache.ask(prices, query, until).await) })
        .buffer_unordered(AT_ONCE);
    let answers: HashMap<&Query, Result<Answer>> = answers.collect().await;
    let warnings = warnings(&answers);
    let resources = needs.iter().map(|needs| needs.cost(&answers)).collect();
    Costs::of(resources, warnings)
}

/// What is to be known for the cost of a resource.
struct Needs<'a> {
    resource: &'a Resource,
    before: Metered,
    after: Metered,
    /// Something that is paid for and that the plan does not tell about.
    hidden: Option<Why>,
}

impl<'a> Needs<'a> {
    fn of(document: &'a Document, resource: &'a Resource) -> Self {
        let on = |side: Side| match side.of(resource).is_null() {
            true => Metered::default(),
            false => meter::metered(&Of::new(document, resource, side)),
        };
        let stays = !changes_the_cloud(resource.action);
        let hidden = (resource.action == Action::DeleteDeposed
            && !on(Side::Before).parts.is_empty())
        .then(|| {
            Why::Said(
                "what was replaced in an earlier run goes; the plan does not say what it was"
                    .to_owned(),
            )
        });
        Self {
            resource,
            before: on(Side::Before),
            after: on(if stays { Side::Before } else { Side::After }),
            hidden,
        }
    }

    fn queries(&self) -> impl Iterator<Item = &Query> {
        let parts = self.before.parts.iter().chain(&self.after.parts);
        parts.filter_map(|part| Some(&part.wanted.as_ref().ok()?.product.query))
    }

    /// What a part that is not known on one side would differ by is not known either: it is no part of a total on the
    /// other side.
    fn cost(&self, answers: &HashMap<&Query, Result<Answer>>) -> Cost {
        let mut sides: BTreeMap<&str, [Option<Result<Charge, Why>>; 2]> = BTreeMap::new();
        for (side, metered) in [&self.before, &self.after].into_iter().enumerate() {
            for part in &metered.parts {
                let charge = match &part.wanted {
                    Ok(wanted) => charge(wanted, answers),
                    Err(why) => Err(why.clone()),
                };
                sides.entry(part.name).or_default()[side] = Some(charge);
            }
        }
        let (mut parts, mut unknown) = (Vec::new(), Vec::new());
        for (name, [before, after]) in sides {
            match (before.transpose(), after.transpose()) {
                (Ok(before), Ok(after)) => parts.push(costs::Part {
                    part: name.to_owned(),
                    before,
                    after,
                }),
                // What will be is of more interest than what was.
                (_, Err(why)) | (Err(why), Ok(_)) => unknown.push(costs::Unknown {
                    part: (name != WHOLE).then(|| name.to_owned()),
                    why: why.to_string(),
                }),
            }
        }
        unknown.extend(self.hidden.iter().map(|why| costs::Unknown {
            part: None,
            why: why.to_string(),
        }));
        let by_use = self.after.by_use.or(self.before.by_use);
        Cost::of(
            self.resource.urn.clone(),
            parts,
            unknown,
            by_use.map(str::to_owned),
        )
    }
}

/// Whether an object is made, changed or deleted. One that is forgotten, or that a plan leaves out, stays as it is, and so does
/// what is paid for it.
fn changes_the_cloud(action: Action) -> bool {
    match action {
        Action::Create
        | Action::Update
        | Action::Resume
        | Action::Replace
        | Action::Delete
        | Action::Run
        | Action::Ask => true,
        // Of the last it is another object that goes.
        Action::None
        | Action::Forget
        | Action::Record
        | Action::Rename
        | Action::Restore
        | Action::DeleteDeposed => false,
    }
}

fn charge(wanted: &Wanted, answers: &HashMap<&Query, Result<Answer>>) -> Result<Charge, Why> {
    match answers.get(&wanted.product.query) {
        Some(Ok(answer)) => wanted
            .product
            .charge(&wanted.what, wanted.quantity, &answer.offers),
        Some(Err(_)) | None => Err(Why::Unasked),
    }
}

/// For each list what could not be asked for, and how old what is used instead is.
fn warnings(answers: &HashMap<&Query, Result<Answer>>) -> Vec<String> {
    let mut failed: BTreeMap<List, &Error> = BTreeMap::new();
    let mut old: BTreeMap<List, (SignedDuration, &Error)> = BTreeMap::new();
    for (query, answer) in answers {
        match answer {
            Err(error) => {
                let first = failed.entry(query.list).or_insert(error);
                // Whichever came first: the same one is told each time.
                if error.line() < first.line() {
                    *first = error;
                }
            }
            Ok(Answer {
                old: Some((age, error)),
                ..
            }) => {
                let oldest = old.entry(query.list).or_insert((*age, error));
                if age > &oldest.0 {
                    *oldest = (*age, error);
                }
            }
            Ok(Answer { old: None, .. }) => {}
        }
    }
    let failed = failed
        .into_values()
        .map(|error| format!("prices are not known: {}", error.line()));
    let old = old
        .into_values()
        .map(|(age, error)| format!("prices of {}: {}", ago(age), error.line()));
    failed.chain(old).collect()
}

/// `3 days ago`.
fn ago(age: SignedDuration) -> String {
    match age.as_hours() {
        ..0 => "a time that is still to come".to_owned(),
        hours @ 0..48 => format!("{hours} hours ago"),
        hours => format!("{} days ago", hours / 24),
    }
}
