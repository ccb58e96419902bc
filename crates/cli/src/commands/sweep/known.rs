//! What a backend knows of: which objects belong to whom.

use std::collections::{HashMap, HashSet};
use std::fmt;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use stack_engine::event::Silent;
use stack_engine::{Connections, Session};
use stack_model::Urn;

use crate::error::Result;
use crate::render::error;
use crate::site::Site;
use crate::stacks::Place;

/// How many environments are read at once.
const AT_ONCE: usize = 16;

/// Why nothing of an environment is touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spared {
    /// It is production.
    Production,
    /// It goes on in another backend.
    Moved(String),
    /// Its state cannot be read, for this reason.
    Unread(String),
    /// Somebody works on it.
    Busy(String),
    /// Nobody knows yet what came of something.
    InDoubt,
}

impl fmt::Display for Spared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Production => write!(f, "is production"),
            Self::Moved(to) => write!(f, "has moved to {to}"),
            Self::Unread(why) => write!(f, "cannot be read: {why}"),
            Self::Busy(holder) => write!(f, "is being worked on by {holder}"),
            Self::InDoubt => write!(
                f,
                "has something in doubt, which the next run or `stack refresh` settles"
            ),
        }
    }
}

/// An environment of the backend.
#[derive(Debug)]
pub struct Environment {
    /// Which.
    pub place: Place,
    /// When it expires or has expired.
    pub expires: Option<Timestamp>,
    /// Why nothing of it is touched, if that is so.
    pub spared: Option<Spared>,
    /// Its protected resources.
    pub protected: HashSet<Urn>,
}

/// An id as it is compared: Azure's lists tell those of their objects in other capitals than the objects themselves do.
pub fn comparable(id: &str) -> String {
    match id
        .get(..15)
        .is_some_and(|start| start.eq_ignore_ascii_case("/subscriptions/"))
    {
        true => id.to_ascii_lowercase(),
        false => id.to_owned(),
    }
}

/// What a backend knows of.
#[derive(Debug, Default)]
pub struct Known {
    /// Every environment, by the UUID that its state was born with.
    pub lineages: HashMap<String, Environment>,
    /// Every object that is recorded, by type and the cloud's name of it, as [`comparable`].
    recorded: HashSet<(String, String)>,
    /// Those of which nothing could be told.
    pub untold: Vec<(Place, String)>,
}

impl Known {
    /// Whether an object is recorded anywhere.
    pub fn records(&self, type_name: &str, id: &str) -> bool {
        self.recorded
            .contains(&(type_name.to_owned(), comparable(id)))
    }

    /// Whether it is known of every environment which objects it has.
    pub fn is_whole(&self) -> bool {
        let unread = |one: &Environment| matches!(one.spared, Some(Spared::Unread(_)));
        self.untold.is_empty() && !self.lineages.values().any(unread)
    }

    /// Reads every environment of a backend.
    pub async fn of(site: &Site) -> Result<Self> {
        let places = site.environments().await?;
        let reads = places.into_iter().map(|place| async move {
            let read = read(site, &place).await;
            (place, read)
        });
        let read: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
        let mut known = Self::default();
        for (place, read) in read {
            match read {
                Ok(None) => {}
                Ok(Some((lineage, environment, objects))) => {
                    known.lineages.insert(lineage, environment);
                    known.recorded.extend(objects);
                }
                Err(error) => known.untold.push((place, error::in_a_line(&error))),
            }
        }
        Ok(known)
    }
}

type Read = (String, Environment, Vec<(String, String)>);

async fn read(site: &Site, place: &Place) -> Result<Option<Read>> {
    let home = site.home(place.0.as_str(), place.1.as_str())?;
    let backend = home.backend.as_ref();
    let Some(glance) = Session::glance(backend).await? else {
        return Ok(None);
    };
    let lineage = glance.header.lineage.clone();
    let mut environment = Environment {
        place: place.clone(),
        expires: glance.header.expires,
        spared: None,
        protected: HashSet::new(),
    };
    if let Some(to) = &glance.header.moved_to {
        environment.spared = Some(Spared::Moved(to.clone()));
        return Ok(Some((lineage, environment, Vec::new())));
    }
    let keys = home.reading();
    let place = home.with_keys(&Silent, &keys);
    let session = match Session::read(place, Connections::new([])).await {
        Ok(session) => session,
        // It is there, and what belongs to it cannot be told.
        Err(error) => {
            let error = crate::error::Error::from(error);
            environment.spared = Some(Spared::Unread(error::in_a_line(&error)));
            return Ok(Some((lineage, environment, Vec::new())));
        }
    };
    let state = session.state();
    let holder = backend.holder().await.map_err(stack_engine::Error::from)?;
    environment.spared = match (state.header.production, holder) {
        (true, _) => Some(Spared::Production),
        (false, Some(holder)) => Some(Spared::Busy(holder.to_string())),
        (false, None) if session.is_in_doubt() || glance.unfinished => Some(Spared::InDoubt),
        (false, None) => None,
    };
    let mut objects = Vec::new();
    for (urn, recorded) in &state.resources {
        if recorded.kept.protect {
            environment.protected.insert(urn.clone());
        }
        let all = recorded.object.iter().chain(&recorded.deposed);
        objects.extend(all.map(|object| (urn.type_name().to_owned(), comparable(&object.id))));
    }
    Ok(Some((lineage, environment, objects)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_list_tells_in_other_capitals_is_recorded_all_the_same() {
        let group = "azure:resources:ResourceGroup";
        let id = "/subscriptions/S/resourceGroups/Shop";
        let logs = ("aws:logs:LogGroup".to_owned(), comparable("/ecs/Shop"));
        let known = Known {
            recorded: HashSet::from([(group.to_owned(), comparable(id)), logs]),
            ..Known::default()
        };
        assert!(known.records(group, id));
        assert!(known.records(group, "/SUBSCRIPTIONS/s/resourcegroups/SHOP"));
        assert!(!known.records(group, "/subscriptions/S/resourceGroups/other"));
        assert!(!known.records("azure:network:VirtualNetwork", id));
        assert!(known.records("aws:logs:LogGroup", "/ecs/Shop"));
        assert!(!known.records("aws:logs:LogGroup", "/ecs/shop"));
    }
}
