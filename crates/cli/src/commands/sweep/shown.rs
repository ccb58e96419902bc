//! What a sweep found and did, as text and as events.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use stack_provider::Owner;
use stack_review::Costs;
use stack_review::costs::Cost;

use super::allowed::Area;
use super::gathered::Swept;
use super::judged::{Candidate, Judgement, Why};
use super::known::Known;
use crate::error::{Error, Result};
use crate::render::events::{self, emit};
use crate::render::style::{BOLD, count, elapsed, paint, print, talk};
use crate::render::together;
use crate::site::Site;

/// What a sweep found.
pub struct Found<'a> {
    /// Where environments are recorded.
    pub site: &'a Site,
    /// Where it looked.
    pub areas: &'a [Area],
    /// What the backend knows.
    pub known: &'a Known,
    /// What is to go, and what not.
    pub judgement: &'a Judgement,
    /// What it costs, where that was asked for.
    pub costs: Option<&'a Costs>,
    /// The time.
    pub now: Timestamp,
}

impl Found<'_> {
    /// As text: the objects on standard output, what is not touched and not seen beside it.
    pub fn print(&self) -> Result<()> {
        for (place, why) in &self.known.untold {
            talk(&format!("warning: {}: {why}", together::name(place)));
        }
        print(&self.text()).map_err(Error::Output)?;
        say_spared(&self.judgement.spared);
        for area in self.areas {
            for unseen in &area.strays.unseen {
                talk(&format!("not seen in {}: {unseen}", place(area)));
            }
        }
        let found = count(self.judgement.candidates.len(), "object");
        talk(&format!(
            "{found} belong to nobody that {} knows of",
            self.site.url
        ));
        Ok(())
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (position, area) in self.areas.iter().enumerate() {
            let mut groups: BTreeMap<&Why, Vec<&Candidate>> = BTreeMap::new();
            let here = self.judgement.candidates.iter();
            for candidate in here.filter(|one| one.area == position) {
                groups.entry(&candidate.why).or_default().push(candidate);
            }
            if groups.is_empty() {
                continue;
            }
            let _ = writeln!(text, "{}", paint(BOLD, place(area)));
            for (why, mut group) in groups {
                group.sort_by(|one, other| one.urn.cmp(&other.urn));
                let _ = writeln!(text, "  {}", self.because(why));
                self.table(&mut text, &group);
            }
        }
        if let Some(costs) = self.costs.filter(|costs| !costs.resources.is_empty()) {
            let _ = writeln!(
                text,
                "{} {} a month",
                paint(BOLD, "known costs:"),
                costs.before
            );
            for warning in &costs.warnings {
                let _ = writeln!(text, "  {warning}");
            }
        }
        text
    }

    fn because(&self, why: &Why) -> String {
        let Why::Leaked(place) = why else {
            return "without our tags".into();
        };
        let name = together::name(place);
        let environments = self.known.lineages.values();
        let expires = environments
            .filter(|one| one.place == *place)
            .find_map(|one| one.expires);
        match expires.filter(|at| *at <= self.now) {
            Some(at) => format!("left by {name}, which expired at {at}"),
            None => format!("left by {name}"),
        }
    }

    fn table(&self, text: &mut String, group: &[&Candidate]) {
        let kinds = group.iter().map(|one| one.stray.type_name.as_str().len());
        let ids = group.iter().map(|one| one.stray.id.len());
        let (kind, id) = (kinds.max().unwrap_or(0), ids.max().unwrap_or(0));
        for one in group {
            let mut line = format!(
                "    {:kind$}  {:id$}  {}",
                one.stray.type_name.as_str(),
                one.stray.id,
                self.age(one).unwrap_or_default(),
            );
            if let Some(cost) = self.cost(one) {
                let _ = write!(line, "  {cost}");
            }
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }

    fn age(&self, candidate: &Candidate) -> Option<String> {
        let age = u64::try_from(candidate.age(self.now)?.as_millis()).ok()?;
        elapsed(age)
    }

    fn cost(&self, candidate: &Candidate) -> Option<String> {
        let cost = self.cost_of(candidate)?;
        match (cost.parts.is_empty(), cost.unknown.is_empty()) {
            (false, _) => Some(format!("{} a month", cost.before)),
            (true, false) => Some("cost not known".into()),
            (true, true) => None,
        }
    }

    fn cost_of(&self, candidate: &Candidate) -> Option<&Cost> {
        let resources = &self.costs?.resources;
        resources
            .iter()
            .find(|cost| cost.urn == candidate.urn.as_str())
    }

    /// As the first events of a stream.
    pub fn emit(&self) {
        emit(&json!({
            "event": "begin",
            "version": events::VERSION,
            "release": env!("CARGO_PKG_VERSION"),
            "command": "sweep",
            "backend": self.site.url,
        }));
        let objects = self.judgement.candidates.iter().map(|one| {
            let mut object = about(one);
            object["account"] = json!(self.areas[one.area].account);
            object["region"] = json!(self.areas[one.area].region);
            object["age_seconds"] = json!(one.age(self.now).map(|age| age.as_secs()));
            object["expired"] = json!(one.stray.tag(Owner::EXPIRES));
            object["cost"] = json!(self.cost_of(one));
            object
        });
        let unseen = self.areas.iter().flat_map(|area| {
            let unseen = area.strays.unseen.iter();
            unseen.map(|one| json!({"account": area.account, "region": area.region, "what": one}))
        });
        let untold = self.known.untold.iter();
        let untold = untold.map(|((stack, environment), why)| {
            json!({"stack": stack, "environment": environment, "reason": why})
        });
        emit(&json!({
            "event": "found",
            "objects": objects.collect::<Vec<_>>(),
            "spared": self.judgement.spared,
            "unseen": unseen.collect::<Vec<_>>(),
            "untold": untold.collect::<Vec<_>>(),
        }));
    }
}

fn place(area: &Area) -> String {
    match &area.region {
        Some(region) => format!("{} in {region}", area.account),
        None => area.account.clone(),
    }
}

fn about(candidate: &Candidate) -> Json {
    let left_by = match &candidate.why {
        Why::Leaked((stack, environment)) => json!({"stack": stack, "environment": environment}),
        Why::Untagged => Json::Null,
    };
    json!({
        "type": candidate.stray.type_name,
        "id": candidate.stray.id,
        "left_by": left_by,
        "created": candidate.stray.created,
    })
}

/// What is not touched, and why.
pub fn say_spared(spared: &BTreeMap<String, usize>) {
    for (why, number) in spared {
        let objects = count(*number, "object");
        talk(&format!("not touched: {objects} that {why}"));
    }
}

/// What came of all.
pub fn swept(swept: &Swept) -> String {
    let mut text = String::new();
    for one in &swept.stayed {
        let stray = &one.candidate.stray;
        let _ = writeln!(
            text,
            "{} {} {}",
            paint(BOLD, "stays:"),
            stray.type_name.as_str(),
            stray.id
        );
        for line in one.reason.lines() {
            let _ = writeln!(text, "  {line}");
        }
        if let Some(hint) = &one.hint {
            let _ = writeln!(text, "  {} {hint}", paint(BOLD, "try:"));
        }
    }
    let left = match swept.stayed.len() {
        0 => String::new(),
        left => format!("; {left} stayed"),
    };
    let _ = writeln!(text, "Swept: {}{left}.", count(swept.gone.len(), "object"));
    text
}

/// The same as the last event.
pub fn emit_swept(swept: &Swept) {
    let stayed = swept.stayed.iter().map(|one| {
        let mut object = about(&one.candidate);
        object["reason"] = json!(one.reason);
        object["hint"] = json!(one.hint);
        object
    });
    emit(&json!({
        "event": "summary",
        "gone": swept.gone.iter().map(about).collect::<Vec<_>>(),
        "stayed": stayed.collect::<Vec<_>>(),
        "spared": swept.spared,
    }));
}
