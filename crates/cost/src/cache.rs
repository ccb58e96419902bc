//! Answers on disk. One file for each question, named by its digest; prices are public, and nothing else is in it.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Result};
use crate::query::{Offer, Prices, Query};

/// For how long an answer is as good as a new one. Lists change now and then, not within a day.
const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// The longest that all questions of a plan may take together.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The version of the files. A file of another is asked for anew.
const FORMAT: u32 = 1;

/// Answers on disk.
#[derive(Debug, Clone)]
pub struct Cache {
    /// The folder that they are in. None where nothing is kept.
    pub folder: Option<PathBuf>,
    /// The time.
    pub now: Timestamp,
}

/// An answer, and from when it is.
#[derive(Debug)]
pub struct Answer {
    /// What was answered.
    pub offers: Vec<Offer>,
    /// Its age and why it is not new, where it is older than it should be.
    pub old: Option<(SignedDuration, Error)>,
}

/// A file.
#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
    query: Query,
    asked: Timestamp,
    offers: Vec<Offer>,
}

impl Cache {
    /// An answer: one that is kept and fresh, else a new one, else one that is kept and old.
    pub async fn ask(&self, prices: &dyn Prices, query: &Query, until: Instant) -> Result<Answer> {
        let kept = self.read(query);
        let age = kept
            .as_ref()
            .map(|kept| self.now.duration_since(kept.asked));
        let is_fresh = |age: SignedDuration| age >= SignedDuration::ZERO && age < FRESH;
        if let (Some(kept), true) = (&kept, age.is_some_and(is_fresh)) {
            let offers = kept.offers.clone();
            return Ok(Answer { offers, old: None });
        }
        let late = Error::Late { list: query.list };
        let asked = match Instant::now() < until {
            true => timeout_at(until, prices.offers(query)).await,
            false => Ok(Err(Error::Late { list: query.list })),
        };
        match (asked.unwrap_or(Err(late)), kept, age) {
            (Ok(offers), _, _) => {
                // Where nothing can be kept, it is asked again the next time.
                let _ = self.write(query, &offers);
                Ok(Answer { offers, old: None })
            }
            (Err(error), Some(kept), Some(age)) => Ok(Answer {
                offers: kept.offers,
                old: Some((age, error)),
            }),
            (Err(error), _, _) => Err(error),
        }
    }

    fn path(&self, query: &Query) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        Some(folder.join(format!("{}.json", query.digest())))
    }

    /// What is kept of a question. What cannot be read, or answers another one, is nothing.
    fn read(&self, query: &Query) -> Option<Kept> {
        let bytes = std::fs::read(self.path(query)?).ok()?;
        let kept: Kept = serde_json::from_slice(&bytes).ok()?;
        (kept.format == FORMAT && kept.query == *query).then_some(kept)
    }

    /// Keeps an answer, whole or not at all.
    fn write(&self, query: &Query, offers: &[Offer]) -> std::io::Result<()> {
        let (Some(folder), Some(path)) = (&self.folder, self.path(query)) else {
            return Ok(());
        };
        let kept = Kept {
            format: FORMAT,
            query: query.clone(),
            asked: self.now,
            offers: offers.to_vec(),
        };
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(&kept)?)?;
        file.persist(path)?;
        Ok(())
    }
}
