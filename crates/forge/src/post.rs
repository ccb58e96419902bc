//! One comment or issue, whatever is there and whoever else writes at the same time.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::forge::{Comment, Found, Posts};

/// A comment or issue that says what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Where people see it, as far as the forge says.
    pub url: Option<String>,
    /// What was done for it.
    pub what: What,
}

/// What was done for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Created,
    /// It says something else now.
    Updated,
    /// It says what it said.
    Unchanged,
}

/// How often the forge is looked at before it is given up.
const ROUNDS: usize = 5;

/// How long after a lost answer: what was made shows in a list a little later.
const PAUSE: Duration = Duration::from_secs(1);

/// Sees to it that there is one comment or issue with this marker, and that it says this.
///
/// Each round looks at what is there. Where nothing is, one is made, and it is looked again: two runs that both saw
/// nothing have made two, and so has a request whose answer was lost. The oldest stays, so all agree which, and the
/// others end. What the oldest says in the end is what was written last.
pub async fn post(forge: &dyn Posts, comment: &Comment) -> Result<Posted> {
    let mut made: Option<Found> = None;
    let mut lost = None;
    for _ in 0..ROUNDS {
        let mut ours = forge.ours(&comment.marker).await?;
        // A list may be older than what was just made.
        if let Some(made) = &made
            && ours.iter().all(|one| one.id != made.id)
        {
            ours.push(made.clone());
        }
        ours.sort_by_key(|one| one.id);
        let mut ours = ours.into_iter();
        let Some(first) = ours.next() else {
            match forge.create(&comment.body).await {
                Ok(found) => made = Some(found),
                Err(error) if error.may_be_done() => {
                    tokio::time::sleep(PAUSE).await;
                    lost = Some(error);
                }
                Err(error) => return Err(error),
            }
            continue;
        };
        let created = made.is_some() || lost.is_some();
        let what = match (is_same(&first.body, &comment.body), created) {
            (true, true) => What::Created,
            (true, false) => What::Unchanged,
            (false, _) => What::Updated,
        };
        if what == What::Updated {
            match forge.update(first.id, &comment.body).await {
                // Another run took it for a second one, or a person deleted it.
                Err(error) if error.is_gone() => {
                    made = None;
                    continue;
                }
                done => done?,
            }
        }
        for second in ours {
            forge.end(second.id).await?;
        }
        return Ok(Posted {
            url: first.url,
            what,
        });
    }
    Err(lost.unwrap_or(Error::Restless))
}

/// Whether two bodies are the same to a reader: forges keep neither the kind of line ends nor what is after the last.
fn is_same(one: &str, other: &str) -> bool {
    one.trim_end().lines().eq(other.trim_end().lines())
}

#[cfg(test)]
mod tests;
