//! The end of an environment, without its program.

use std::collections::{HashMap, HashSet};

use stack_model::Urn;

use super::Session;
use crate::backend::Backend;
use crate::codec::{count_resources, decode_preamble};
use crate::error::Result;
use crate::inferred;
use crate::plan::Plan;
use crate::state::Header;

/// What can be told of an environment without a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Glance {
    /// What its newest committed state says of itself.
    pub header: Header,
    /// How many resources that state records.
    pub resources: usize,
    /// Whether a run wrote something down that is not in that state: one that is under way, or that was killed.
    pub unfinished: bool,
}

/// The end of everything in an environment that may end.
#[derive(Debug, Clone)]
pub struct Teardown {
    /// What is deleted.
    pub plan: Plan,
    /// What stays, because it is protected.
    pub protected: Vec<Urn>,
    /// What stays, because something protected depends on it.
    pub needed: Vec<Urn>,
}

impl Session<'_> {
    /// Looks at an environment without its key. Nothing where nothing is recorded.
    pub async fn glance(backend: &dyn Backend) -> Result<Option<Glance>> {
        let Some(serial) = backend.serials().await?.last().copied() else {
            return Ok(None);
        };
        let name = format!("{}, state {serial}", backend.place());
        let bytes = backend.state(serial).await?;
        let header = decode_preamble(&bytes, &name)?.header;
        Ok(Some(Glance {
            resources: count_resources(&bytes, &name)?,
            unfinished: !backend.journals(header.epoch).await?.is_empty(),
            header,
        }))
    }

    /// Plans the end of everything but what is protected and what that depends on.
    pub fn plan_teardown(&self) -> Result<Teardown> {
        let resources = &self.state.resources;
        let protected = resources.iter().filter(|(_, one)| one.kept.protect);
        let protected: Vec<Urn> = protected.map(|(urn, _)| urn.clone()).collect();
        // What was declared, and what the objects themselves say: a group that is named by a literal holds as well.
        let inferred: HashMap<Urn, Vec<Urn>> = match protected.is_empty() {
            true => HashMap::new(),
            false => inferred::dependencies(&self.state).into_iter().collect(),
        };
        let mut staying: HashSet<Urn> = HashSet::new();
        let mut open = protected.clone();
        while let Some(urn) = open.pop() {
            if staying.contains(&urn) {
                continue;
            }
            open.extend(self.state.dependencies(&urn));
            open.extend(inferred.get(&urn).into_iter().flatten().cloned());
            staying.insert(urn);
        }
        let ending: HashSet<Urn> = resources
            .keys()
            .filter(|urn| !staying.contains(*urn))
            .cloned()
            .collect();
        let plan = match (protected.is_empty(), ending.is_empty()) {
            // No target means everything, of the stack's outputs too.
            (true, _) => self.plan_destroy(&HashSet::new())?,
            (false, true) => Plan::default(),
            (false, false) => self.plan_destroy(&ending)?,
        };
        let is_needed = |urn: &&Urn| staying.contains(*urn) && !resources[*urn].kept.protect;
        let needed = resources.keys().filter(is_needed).cloned().collect();
        Ok(Teardown {
            plan,
            protected,
            needed,
        })
    }
}
