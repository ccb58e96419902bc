//! What GitHub and GitLab have in common.

use async_trait::async_trait;

use crate::error::Result;

/// Where something is said once, and kept up to date: comments of one kind, or issues.
#[async_trait]
pub trait Posts: Send + Sync {
    /// Those that begin with this marker and are by whoever the token belongs to, in any order.
    ///
    /// Anybody can write a marker. Nobody else can be the author, so what a stranger wrote is never taken for ours: it is
    /// neither changed nor does it keep ours from being made.
    async fn ours(&self, marker: &str) -> Result<Vec<Found>>;

    /// Makes one. It may have been made in spite of an error: see [`may_be_done`](crate::Error::may_be_done).
    async fn create(&self, body: &str) -> Result<Found>;

    /// Changes one.
    async fn update(&self, id: u64, body: &str) -> Result<()>;

    /// Ends one: a comment is deleted, an issue closed. One that is gone is fine.
    async fn end(&self, id: u64) -> Result<()>;
}

/// One pull request, or merge request, and one commit of it, seen by whoever has the token. What is posted are comments.
#[async_trait]
pub trait Forge: Posts {
    /// The most bytes that a comment may have, with some room.
    fn limit(&self) -> usize;

    /// Says how the commit does in one context.
    async fn status(&self, status: &Status) -> Result<()>;
}

/// The issues of one repository, seen by whoever has the token. An issue that is closed is none of ours any more: what
/// comes back gets another.
#[async_trait]
pub trait Tracker: Send + Sync {
    /// The most bytes that an issue may have, with some room.
    fn limit(&self) -> usize;

    /// The open issues that begin with this marker and are by whoever the token belongs to, in any order.
    async fn ours(&self, marker: &str) -> Result<Vec<Found>>;

    /// Opens an issue. It may have been opened in spite of an error.
    async fn open(&self, title: &str, body: &str) -> Result<Found>;

    /// Changes what an issue says. Its title is left to people.
    async fn update(&self, number: u64, body: &str) -> Result<()>;

    /// Closes an issue; one that is gone is fine.
    async fn close(&self, number: u64) -> Result<()>;
}

/// A comment or issue that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its id, or an issue's number; what is older has a lower one.
    pub id: u64,
    /// Where people see it, as far as the forge says.
    pub url: Option<String>,
    /// What it says.
    pub body: String,
}

/// A comment or issue that should be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// How it begins, which tells it from every other.
    pub marker: String,
    /// All of it, with the marker.
    pub body: String,
}

/// How a commit does in one context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What it is about; a later status replaces the one with the same context.
    pub context: String,
    /// How it does.
    pub state: State,
    /// A few words about it; what is more than 140 characters is cut.
    pub description: String,
    /// Where there is more to see.
    pub target_url: Option<String>,
}

impl Status {
    /// The description as the forges take it: GitHub refuses more than 140 characters.
    pub(crate) fn shortened(&self) -> String {
        const LIMIT: usize = 140;
        match self.description.char_indices().nth(LIMIT) {
            None => self.description.clone(),
            Some(_) => {
                let kept = self.description.chars().take(LIMIT - 1);
                kept.chain(['…']).collect()
            }
        }
    }
}

/// How a commit does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is being looked at.
    Pending,
    /// All is well.
    Success,
    /// Something must not be applied.
    Failure,
    /// It could not be looked at.
    Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_at_most_140_characters() {
        let of = |description: &str| {
            let status = Status {
                context: "stack/shop/dev".into(),
                state: State::Success,
                description: description.into(),
                target_url: None,
            };
            status.shortened()
        };
        assert_eq!(of("3 to create"), "3 to create");
        let exact = "ä".repeat(140);
        assert_eq!(of(&exact), exact);
        let cut = of(&"ä".repeat(141));
        assert_eq!((cut.chars().count(), cut.chars().last()), (140, Some('…')));
    }
}
