//! What a backend knows of: which objects belong to whom.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use stack_engine::event::Silent;
use stack_engine::inferred::comparable;
use stack_engine::state::Object;
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
    /// What tells the creates of what it records from all others.
    pub tokens: HashSet<String>,
}

/// Whether an id means one object in the whole of a cloud, whatever its type.
fn is_global(id: &str) -> bool {
    id.starts_with("/subscriptions/") || id.starts_with("arn:")
}

/// What a backend knows of.
#[derive(Debug, Default)]
pub struct Known {
    /// Every environment, by the UUID that its state was born with.
    pub lineages: HashMap<String, Environment>,
    /// Those of which nothing could be told.
    pub untold: Vec<(Place, String)>,
    /// Every object that is recorded, by type and the cloud's name of it, as [`comparable`].
    recorded: HashSet<(String, String)>,
    /// The cloud's names of all of them.
    ids: HashSet<String>,
    /// Every text that they hold, as [`comparable`]: what they need is among it.
    mentioned: HashSet<String>,
    /// Whether what an environment has is known of none of them only in part.
    pub is_whole: bool,
}

impl Known {
    /// Whether an object is recorded anywhere.
    pub fn records(&self, type_name: &str, id: &str) -> bool {
        let id = comparable(id);
        match is_global(&id) {
            // One may be recorded by a type that takes anything.
            true => self.ids.contains(&id),
            false => self.recorded.contains(&(type_name.to_owned(), id)),
        }
    }

    /// Whether something that is recorded names an object, and so may need it.
    pub fn mentions(&self, id: &str) -> bool {
        self.mentioned.contains(&comparable(id))
    }

    /// The cloud's names of all that is recorded, as [`comparable`].
    pub fn ids(&self) -> impl Iterator<Item = &String> {
        self.ids.iter()
    }

    /// Reads every environment of a backend. Those in `held` are locked by us.
    pub async fn of(site: &Site, held: &HashSet<Place>) -> Result<Self> {
        let places = site.environments().await?;
        let reads = places.into_iter().map(|place| async move {
            let read = read(site, &place, held.contains(&place)).await;
            (place, read)
        });
        let read: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
        let mut known = Self {
            is_whole: true,
            ..Self::default()
        };
        for (place, read) in read {
            match read {
                Ok(None) => {}
                Ok(Some(read)) => known.learn(read),
                Err(error) => {
                    known.is_whole = false;
                    known.untold.push((place, error::in_a_line(&error)));
                }
            }
        }
        Ok(known)
    }

    fn learn(&mut self, read: Read) {
        self.is_whole &= read.is_whole;
        if let Some(Spared::Unread(why)) = &read.environment.spared {
            let place = read.environment.place.clone();
            self.untold.push((place, why.clone()));
        }
        for (urn, object) in read.objects {
            let id = comparable(&object.id);
            let values = object.request.inputs.values();
            for value in values.chain(object.observed.values()) {
                value.visit_texts(&mut |text| {
                    self.mentioned.insert(comparable(text));
                });
            }
            self.ids.insert(id.clone());
            self.recorded.insert((urn.type_name().to_owned(), id));
        }
        match self.lineages.entry(read.lineage) {
            Entry::Vacant(new) => drop(new.insert(read.environment)),
            // A state that was copied: whatever holds of one of them holds.
            Entry::Occupied(mut twin) => {
                let (twin, other) = (twin.get_mut(), read.environment);
                twin.spared = twin.spared.take().or(other.spared);
                twin.protected.extend(other.protected);
                twin.tokens.extend(other.tokens);
            }
        }
    }
}

/// What was read of an environment.
struct Read {
    lineage: String,
    environment: Environment,
    objects: Vec<(Urn, Object)>,
    /// Whether these are all.
    is_whole: bool,
}

async fn read(site: &Site, place: &Place, is_held: bool) -> Result<Option<Read>> {
    let home = site.home(place.0.as_str(), place.1.as_str())?;
    let backend = home.backend.as_ref();
    // Before and after: a run that ends between leaves neither a lock nor a doubt to be seen.
    let holder = async || match is_held {
        true => Ok(None),
        false => backend.holder().await.map_err(stack_engine::Error::from),
    };
    let before = holder().await?;
    let Some(glance) = Session::glance(backend).await? else {
        return Ok(None);
    };
    let mut read = Read {
        lineage: glance.header.lineage.clone(),
        environment: Environment {
            place: place.clone(),
            expires: glance.header.expires,
            spared: None,
            protected: HashSet::new(),
            tokens: HashSet::new(),
        },
        objects: Vec::new(),
        is_whole: false,
    };
    if let Some(to) = &glance.header.moved_to {
        read.environment.spared = Some(Spared::Moved(to.clone()));
        return Ok(Some(read));
    }
    let keys = home.reading();
    let place = home.with_keys(&Silent, &keys);
    let session = match Session::read(place, Connections::new([])).await {
        Ok(session) => session,
        // It is there, and what belongs to it cannot be told.
        Err(error) => {
            let why = error::in_a_line(&crate::error::Error::from(error));
            read.environment.spared = Some(Spared::Unread(why));
            return Ok(Some(read));
        }
    };
    let state = session.state();
    let holder = before.or(holder().await?);
    let in_doubt = session.is_in_doubt() || glance.unfinished;
    read.is_whole = holder.is_none() && !in_doubt;
    read.environment.spared = match holder {
        _ if state.header.production => Some(Spared::Production),
        Some(holder) => Some(Spared::Busy(holder.to_string())),
        None => in_doubt.then_some(Spared::InDoubt),
    };
    for (urn, recorded) in &state.resources {
        if recorded.kept.protect {
            read.environment.protected.insert(urn.clone());
        }
        for object in recorded.object.iter().chain(&recorded.deposed) {
            let token = object.request.token.clone();
            read.environment.tokens.insert(token);
            read.objects.push((urn.clone(), object.clone()));
        }
    }
    Ok(Some(read))
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
            ids: HashSet::from([comparable(id), comparable("/ecs/Shop")]),
            ..Known::default()
        };
        assert!(known.records(group, id));
        assert!(known.records(group, "/SUBSCRIPTIONS/s/resourcegroups/SHOP"));
        assert!(!known.records(group, "/subscriptions/S/resourceGroups/other"));
        // Something may be recorded by a type that takes anything.
        assert!(known.records("azure:network:VirtualNetwork", id));
        assert!(!known.records("aws:ecr:Repository", "/ecs/Shop"));
        assert!(known.records("aws:logs:LogGroup", "/ecs/Shop"));
        assert!(!known.records("aws:logs:LogGroup", "/ecs/shop"));
    }
}
