//! Which environments of a backend have expired.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use stack_engine::event::Silent;
use stack_engine::{Connections, Session};

use crate::error::{Error, Result};
use crate::site::Site;
use crate::stacks::{self, Place};

/// How many environments are looked at at once.
const AT_ONCE: usize = 16;

/// An environment whose time is over.
#[derive(Debug, Clone)]
pub struct Expired {
    /// Which.
    pub place: Place,
    /// Since when.
    pub since: Timestamp,
    /// How many resources are recorded.
    pub resources: usize,
    /// How many of them are protected.
    pub protected: usize,
    /// Those whose outputs it reads.
    pub reads: BTreeSet<Place>,
    /// Those that read its outputs and whose time is not over.
    pub read_by: BTreeSet<Place>,
}

/// What was found in a backend.
#[derive(Debug, Default)]
pub struct Survey {
    /// How many environments there are.
    pub environments: usize,
    /// Those that have expired.
    pub expired: Vec<Expired>,
    /// Those of which it cannot be told, and why.
    pub untold: Vec<(Place, Error)>,
}

impl Survey {
    /// Looks at every environment of a backend; only at those of some stacks, where some are named.
    pub async fn of(site: &Site, stacks: &[String], now: Timestamp) -> Result<Self> {
        let mut places = site.environments().await?;
        places.retain(|(stack, _)| {
            stacks.is_empty() || stacks.iter().any(|name| name == stack.as_str())
        });
        let looks = places.iter().map(|place| async {
            let found = look(site, place, now).await;
            (place.clone(), found)
        });
        let found: Vec<_> = stream::iter(looks).buffered(AT_ONCE).collect().await;
        let mut survey = Self {
            environments: found.len(),
            ..Self::default()
        };
        for (place, found) in found {
            match found {
                Ok(expired) => survey.expired.extend(expired),
                Err(error) => survey.untold.push((place, error)),
            }
        }
        if !survey.expired.is_empty() {
            survey.note_readers(site, places).await;
        }
        Ok(survey)
    }
}

impl Survey {
    /// Notes who reads the outputs of what has expired, and lives on. Of one whose state cannot be opened here nothing is known.
    async fn note_readers(&mut self, site: &Site, places: Vec<Place>) {
        let expired: BTreeSet<Place> = self.expired.iter().map(|one| one.place.clone()).collect();
        let living = places.into_iter().filter(|place| !expired.contains(place));
        let reads = living.map(|place| async {
            let read = references(site, &place).await.ok();
            (place, read.unwrap_or_default())
        });
        let reads: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
        for (reader, read) in reads {
            for one in self
                .expired
                .iter_mut()
                .filter(|one| read.contains(&one.place))
            {
                one.read_by.insert(reader.clone());
            }
        }
    }
}

async fn references(site: &Site, place: &Place) -> Result<BTreeSet<Place>> {
    let home = site.home(place.0.as_str(), place.1.as_str())?;
    let keys = home.reading();
    let session = Session::read(home.with_keys(&Silent, &keys), Connections::new([])).await?;
    Ok(stacks::recorded_references(session.state()))
}

/// An environment, if it has expired. Its key is asked for only where that cannot be told, or is so.
async fn look(site: &Site, place: &Place, now: Timestamp) -> Result<Option<Expired>> {
    let home = site.home(place.0.as_str(), place.1.as_str())?;
    let Some(glance) = Session::glance(home.backend.as_ref()).await? else {
        return Ok(None);
    };
    let header = &glance.header;
    let is_over = |expires: Option<Timestamp>| expires.is_some_and(|at| at <= now);
    let may_be_over = glance.unfinished || (is_over(header.expires) && glance.resources > 0);
    if header.production || header.moved_to.is_some() || !may_be_over {
        return Ok(None);
    }
    let keys = home.reading();
    let session = Session::read(home.with_keys(&Silent, &keys), Connections::new([])).await?;
    let state = session.state();
    let nothing = state.resources.is_empty() && !session.is_in_doubt();
    let since = match state.header.expires.filter(|at| *at <= now) {
        Some(since) if !state.header.production && !nothing => since,
        Some(_) | None => return Ok(None),
    };
    Ok(Some(Expired {
        place: place.clone(),
        since,
        resources: state.resources.len(),
        protected: state
            .resources
            .values()
            .filter(|one| one.kept.protect)
            .count(),
        reads: stacks::recorded_references(state),
        read_by: BTreeSet::new(),
    }))
}
