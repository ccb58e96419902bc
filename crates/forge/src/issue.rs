//! One issue as long as there is something to say, and none after that.

use async_trait::async_trait;

use crate::error::Result;
use crate::forge::{Comment, Found, Posts, Tracker};
use crate::post::{Posted, post};

/// An issue that should be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// How it is called when it is opened.
    pub title: String,
    /// What it says, and how that begins.
    pub comment: Comment,
}

/// Sees to it that there is one open issue with this marker, and that it says this; see [`post`].
pub async fn keep(tracker: &dyn Tracker, issue: &Issue) -> Result<Posted> {
    let titled = Titled {
        tracker,
        title: &issue.title,
    };
    post(&titled, &issue.comment).await
}

/// Closes every open issue of ours with this marker, and gives where they are seen.
pub async fn close(tracker: &dyn Tracker, marker: &str) -> Result<Vec<Option<String>>> {
    let mut closed = Vec::new();
    for issue in tracker.ours(marker).await? {
        tracker.close(issue.id).await?;
        closed.push(issue.url);
    }
    Ok(closed)
}

/// Issues that are opened under one title.
struct Titled<'t> {
    tracker: &'t dyn Tracker,
    title: &'t str,
}

#[async_trait]
impl Posts for Titled<'_> {
    async fn ours(&self, marker: &str) -> Result<Vec<Found>> {
        self.tracker.ours(marker).await
    }

    async fn create(&self, body: &str) -> Result<Found> {
        self.tracker.open(self.title, body).await
    }

    async fn update(&self, id: u64, body: &str) -> Result<()> {
        self.tracker.update(id, body).await
    }

    async fn end(&self, id: u64) -> Result<()> {
        self.tracker.close(id).await
    }
}
