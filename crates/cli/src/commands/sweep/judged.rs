//! Which of the objects that are there belong to nobody.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use stack_engine::inferred::comparable;
use stack_model::{Name, Urn};
use stack_provider::{Owner, Stray};

use super::allowed::Area;
use super::known::Known;
use crate::render::together;
use crate::stacks::Place;

/// A delete of one deregisters the revisions of the state that it is asked from, and a sweep has none of its own.
const TASK_DEFINITION: &str = "aws:ecs:TaskDefinition";

/// Why an object belongs to nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// An environment made it, and does not record it.
    Leaked(Place),
    /// It has none of our tags, and no state records it.
    Untagged,
}

/// An object that belongs to nobody.
#[derive(Debug)]
pub struct Candidate {
    /// Where it is.
    pub area: usize,
    /// What it is.
    pub stray: Stray,
    /// What it is called here: as the resource that it was made for, as far as that is not taken.
    pub urn: Urn,
    /// Why it belongs to nobody.
    pub why: Why,
}

impl Candidate {
    /// For how long it is there, where the cloud tells.
    pub fn age(&self, now: Timestamp) -> Option<SignedDuration> {
        let created: Timestamp = self.stray.created.as_ref()?.parse().ok()?;
        Some(now.duration_since(created))
    }
}

/// What is to go, and what is not touched.
#[derive(Debug, Default)]
pub struct Judgement {
    /// What belongs to nobody.
    pub candidates: Vec<Candidate>,
    /// How many objects are not touched, by why.
    pub spared: BTreeMap<String, usize>,
}

impl Judgement {
    fn spare(&mut self, why: impl Into<String>) {
        *self.spared.entry(why.into()).or_default() += 1;
    }

    /// Keeps those that are still to go, and spares the others for a reason.
    pub fn keep(&mut self, mut judge: impl FnMut(&Candidate) -> Result<(), String>) {
        for candidate in std::mem::take(&mut self.candidates) {
            match judge(&candidate) {
                Ok(()) => self.candidates.push(candidate),
                Err(why) => self.spare(why),
            }
        }
    }

    /// Leaves alone what belongs to somebody by now.
    pub fn keep_unknown(&mut self, areas: &[Area], known: &Known) {
        let there: HashSet<(usize, String)> = areas
            .iter()
            .enumerate()
            .flat_map(|(area, found)| {
                let found = found.strays.found.iter();
                found.map(move |stray| (area, comparable(&stray.id)))
            })
            .collect();
        self.keep(|candidate| {
            match there.contains(&(candidate.area, comparable(&candidate.stray.id))) {
                true => verdict(&candidate.stray, known).map(drop),
                false => Err("are gone already".into()),
            }
        });
        self.keep_what_holds_nothing_else(areas, known);
    }

    /// Leaves alone what would take something along that is not to go, such as a resource group that somebody else uses as
    /// well.
    pub fn keep_what_holds_nothing_else(&mut self, areas: &[Area], known: &Known) {
        let going: HashSet<String> = self
            .candidates
            .iter()
            .map(|one| comparable(&one.stray.id))
            .collect();
        let mut holding: HashSet<String> = HashSet::new();
        let listed = areas.iter().flat_map(|area| {
            let found = area.strays.found.iter().map(|stray| &stray.id);
            found.chain(&area.strays.others)
        });
        for id in listed.map(|id| comparable(id)).chain(known.ids().cloned()) {
            // A log group with a slash in its name lies in nothing.
            if id.starts_with("/subscriptions/") && !going.contains(&id) {
                let above = id.match_indices('/').map(|(at, _)| id[..at].to_owned());
                holding.extend(above);
            }
        }
        self.keep(
            |candidate| match holding.contains(&comparable(&candidate.stray.id)) {
                true => Err("hold something that is not to go".into()),
                false => Ok(()),
            },
        );
    }
}

/// Judges everything that was found. One object that the lists of several regions have is one.
pub fn judge(
    areas: &[Area],
    known: &Known,
    older_than: Option<SignedDuration>,
    now: Timestamp,
) -> Judgement {
    let mut judgement = Judgement::default();
    let (mut seen, mut urns) = (HashSet::new(), HashSet::new());
    for (position, area) in areas.iter().enumerate() {
        for stray in &area.strays.found {
            let key = (&area.account, &stray.type_name, comparable(&stray.id));
            if !seen.insert(key) {
                continue;
            }
            let candidate = verdict(stray, known).and_then(|why| {
                Ok(Candidate {
                    area: position,
                    urn: urn_of(stray, &urns).ok_or("have no name")?,
                    stray: stray.clone(),
                    why,
                })
            });
            let candidate = candidate.and_then(|one| match (older_than, one.age(now)) {
                (Some(limit), Some(age)) if age < limit => Err("are younger than asked for".into()),
                (Some(_), None) => Err("are of an age that their cloud does not tell".into()),
                (Some(_) | None, Some(_)) | (None, None) => Ok(one),
            });
            match candidate {
                Ok(candidate) => {
                    urns.insert(candidate.urn.clone());
                    judgement.candidates.push(candidate);
                }
                Err(why) => judgement.spare(why),
            }
        }
    }
    judgement.keep_what_holds_nothing_else(areas, known);
    judgement
}

/// A name for an object: that of the resource that it was made for, else one like its id. None has it yet.
fn urn_of(stray: &Stray, taken: &HashSet<Urn>) -> Option<Urn> {
    let tagged = stray
        .tag(Owner::URN)
        .and_then(|urn| urn.parse::<Urn>().ok());
    let tagged = tagged.filter(|urn| urn.type_name() == stray.type_name.as_str());
    let last = stray.id.rsplit(['/', ':']).next().unwrap_or_default();
    let name = tagged.as_ref().map_or(last, Urn::name);
    let letters = name
        .chars()
        .filter(|one| one.is_ascii_alphanumeric() || "._-".contains(*one));
    let letters = letters.skip_while(|one| !one.is_ascii_alphanumeric());
    let plain: Option<Name> = letters.take(80).collect::<String>().parse().ok();
    let first = plain.map(|name| Urn::new(&stray.type_name, &name));
    let base = first.as_ref().map_or("object", Urn::name).to_owned();
    let numbered = (2..u64::MAX).filter_map(|number| {
        let name = format!("{base}-{number}").parse().ok()?;
        Some(Urn::new(&stray.type_name, &name))
    });
    let mut names = first.into_iter().chain(numbered);
    names.find(|urn| !taken.contains(urn))
}

/// Why an object belongs to nobody; or else, to whom it does.
fn verdict(stray: &Stray, known: &Known) -> Result<Why, String> {
    if known.records(stray.type_name.as_str(), &stray.id) {
        return Err("belong to an environment".into());
    }
    if known.mentions(&stray.id) {
        return Err("are named by something that is recorded".into());
    }
    if stray.type_name.as_str() == TASK_DEFINITION {
        return Err("are task definitions, which cost nothing and which ECS keeps".into());
    }
    let Some(lineage) = stray.lineage() else {
        // Which state of those that are not known has it, nobody can tell.
        return match known.is_whole {
            true => Ok(Why::Untagged),
            false => Err("are without our tags, and not every state is known".into()),
        };
    };
    let Some(environment) = known.lineages.get(lineage) else {
        return Err("were made by a state that this backend has never known".into());
    };
    if let Some(why) = &environment.spared {
        return Err(format!(
            "are of {}, which {why}",
            together::name(&environment.place)
        ));
    }
    let is_copied = |token| environment.tokens.contains(token);
    if stray.tag(Owner::TOKEN).is_some_and(is_copied) {
        return Err("carry the tags of something that is recorded, as a copy does".into());
    }
    let urn = stray
        .tag(Owner::URN)
        .and_then(|urn| urn.parse::<Urn>().ok());
    match urn.is_some_and(|urn| environment.protected.contains(&urn)) {
        true => Err("are of a protected resource".into()),
        false => Ok(Why::Leaked(environment.place.clone())),
    }
}
