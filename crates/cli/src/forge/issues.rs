//! One issue for each stack and environment that something is to be said of, and none where nothing is.

use std::path::PathBuf;

use stack_forge::{Comment, Issue, Tracker};

use super::{Kind, Subject, append, place, seen};
use crate::error::{Error, Result};
use crate::render::error;
use crate::render::style::talk;

/// Where issues are kept.
#[derive(Debug, clap::Args)]
pub struct Where {
    /// Keep one issue for each environment that drifted, up to date, and close it when the drift is gone
    #[arg(long, value_name = "FORGE", conflicts_with_all = ["changing", "target"])]
    issue: Option<Kind>,
    /// The repository: OWNER/NAME of GitHub, GROUP/NAME or id of GitLab; in a CI of it, that one
    #[arg(long, value_name = "REPOSITORY", requires = "issue")]
    repository: Option<String>,
}

impl Where {
    /// The issues, if any are to be kept. Nothing is sent yet.
    pub fn open(&self) -> Result<Option<Issues>> {
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let repository = self.repository.as_deref();
        match self.issue {
            None => Ok(None),
            Some(Kind::Github) => place::github_issues(repository, &variable).map(Some),
            Some(Kind::Gitlab) => place::gitlab_issues(repository, &variable).map(Some),
        }
    }
}

/// The issues of a repository.
pub struct Issues {
    pub(super) tracker: Box<dyn Tracker>,
    /// A file whose Markdown the CI shows.
    pub(super) summary: Option<PathBuf>,
}

/// What is to be said of one stack and environment.
pub struct Said {
    /// Which.
    pub subject: Subject,
    /// How an issue begins, which tells it from every other.
    pub marker: String,
    /// How an issue is called.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Whether an issue is kept open; it is closed otherwise.
    pub open: bool,
}

impl Issues {
    /// The most bytes that an issue may have.
    pub fn limit(&self) -> usize {
        self.tracker.limit()
    }

    /// Keeps every issue, whatever fails of it, and gives whether nothing did.
    pub async fn keep(&self, said: Vec<Said>) -> bool {
        let mut failures = Vec::new();
        if let Some(path) = &self.summary {
            let bodies = said.iter().map(|one| one.body.as_str());
            failures.extend(append(path, bodies).err());
        }
        for one in said {
            failures.extend(self.keep_one(one).await.err().map(Error::from));
        }
        for failure in &failures {
            talk(&error::error(failure));
        }
        failures.is_empty()
    }

    async fn keep_one(&self, said: Said) -> stack_forge::Result<()> {
        let Subject { stack, environment } = &said.subject;
        let tracker = self.tracker.as_ref();
        if said.open {
            let issue = Issue {
                title: said.title,
                comment: Comment {
                    marker: said.marker,
                    body: said.body,
                },
            };
            let posted = stack_forge::keep(tracker, &issue).await?;
            talk(&format!(
                "issue on {environment} of {stack}: {}",
                seen(&posted)
            ));
            return Ok(());
        }
        for url in stack_forge::close(tracker, &said.marker).await? {
            let at = url.map(|url| format!(": {url}")).unwrap_or_default();
            talk(&format!("issue on {environment} of {stack}: closed{at}"));
        }
        Ok(())
    }
}
