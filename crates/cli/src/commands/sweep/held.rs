//! The locks of the environments that made what is deleted: so that none of them takes something in meanwhile.

use std::collections::{BTreeSet, HashMap, HashSet};

use stack_engine::{Lease, Listener};

use super::judged::{Judgement, Why};
use crate::error::Result;
use crate::invocation::Invocation;
use crate::locking::{self, Lock};
use crate::render::{error, together};
use crate::site::Site;
use crate::stacks::Place;

/// Locks that are held.
pub struct Held(HashMap<Place, Box<dyn Lease>>);

/// Takes the lock of every environment that a candidate was made by. What is of one whose lock cannot be had is spared.
pub async fn of(
    invocation: &Invocation,
    site: &Site,
    judgement: &mut Judgement,
    listener: &dyn Listener,
) -> Result<Held> {
    let places = judgement
        .candidates
        .iter()
        .filter_map(|one| match &one.why {
            Why::Leaked(place) => Some(place.clone()),
            Why::Untagged => None,
        });
    let places: BTreeSet<Place> = places.collect();
    let (mut held, mut refused) = (HashMap::new(), HashMap::new());
    for place in places {
        let home = site.home(place.0.as_str(), place.1.as_str())?;
        let backend = home.backend.as_ref();
        match locking::take(invocation, backend, "sweep", Lock::default(), listener).await {
            Ok(lease) => drop(held.insert(place, lease)),
            Err(error) => drop(refused.insert(place, error::in_a_line(&error))),
        }
    }
    judgement.keep(|candidate| match &candidate.why {
        Why::Leaked(place) => match refused.get(place) {
            Some(why) => Err(format!("are of {}: {why}", together::name(place))),
            None => Ok(()),
        },
        Why::Untagged => Ok(()),
    });
    Ok(Held(held))
}

impl Held {
    /// Whose they are.
    pub fn places(&self) -> HashSet<Place> {
        self.0.keys().cloned().collect()
    }

    /// Gives them back. One that cannot be given back is waited for by the next.
    pub async fn release(self) {
        for lease in self.0.into_values() {
            let _ = lease.release().await;
        }
    }
}
