//! Whom a CI tells: the pull request of a preview, and the issues of drift.
//!
//! ```text
//! place   from what was typed and what a CI sets to a repository
//! issues  one issue for each stack and environment
//! ```
//!
//! A pull request gets a comment and a status for each stack and environment.

pub mod issues;
mod place;

use std::io::Write;
use std::path::{Path, PathBuf};

use stack_forge::{Comment, Forge, Posted, State, Status, What};
use stack_review::markdown;

use crate::error::{Error, Result};
use crate::render::error;
use crate::render::style::talk;

/// Which pull request to tell.
#[derive(Debug, Default, clap::Args)]
pub struct Whom {
    /// Comment on the pull request, and set a status of its commit
    #[arg(long, value_name = "FORGE")]
    comment: Option<Kind>,
    /// The pull request's number; in a CI of it, that one
    #[arg(long, value_name = "NUMBER", requires = "comment")]
    pull_request: Option<u64>,
    /// The repository: OWNER/NAME of GitHub, GROUP/NAME or id of GitLab; in a CI of it, that one
    #[arg(long, value_name = "REPOSITORY", requires = "comment")]
    repository: Option<String>,
    /// The commit that gets the status; in a CI of the pull request, its last
    #[arg(long, value_name = "SHA", requires = "comment")]
    commit: Option<String>,
}

/// Where pull requests are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// GitHub, or GitHub Enterprise
    Github,
    /// GitLab
    Gitlab,
}

impl Whom {
    /// The pull request, if one is to be told. Nothing is sent yet.
    pub fn open(&self) -> Result<Option<PullRequest>> {
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        match self.comment {
            None => Ok(None),
            Some(Kind::Github) => place::github(self, &variable).map(Some),
            Some(Kind::Gitlab) => place::gitlab(self, &variable).map(Some),
        }
    }
}

/// A pull request that is told.
pub struct PullRequest {
    forge: Box<dyn Forge>,
    /// Where there is more to see: the run of CI.
    target_url: Option<String>,
    /// A file whose Markdown the CI shows.
    summary: Option<PathBuf>,
}

/// What a comment and a status are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub environment: String,
}

/// What is told of one stack and environment.
pub struct Told {
    /// Which.
    pub subject: Subject,
    /// The comment.
    pub body: String,
    /// How it does.
    pub state: State,
    /// The same in a few words.
    pub description: String,
}

impl PullRequest {
    /// The most bytes that a comment may have.
    pub fn limit(&self) -> usize {
        self.forge.limit()
    }

    /// Says that these are being planned. That is a courtesy: what keeps it from being said keeps the result from being
    /// said too, and is told there. GitLab also refuses it where it is said already.
    pub async fn begin(&self, subjects: impl Iterator<Item = Subject>) {
        self.all(subjects, State::Pending, "being planned").await;
    }

    /// Says that these were not planned to the end, so that nobody waits for it.
    pub async fn give_up(&self, subjects: impl Iterator<Item = Subject>) {
        self.all(subjects, State::Error, "stopped before its end")
            .await;
    }

    async fn all(&self, subjects: impl Iterator<Item = Subject>, state: State, description: &str) {
        for subject in subjects {
            let status = self.status(&subject, state, description);
            let _ = self.forge.status(&status).await;
        }
    }

    /// Tells everything, whatever fails of it, and whether nothing did.
    pub async fn tell(&self, told: Vec<Told>) -> bool {
        let mut failures = Vec::new();
        if let Some(path) = &self.summary {
            let bodies = told.iter().map(|one| one.body.as_str());
            failures.extend(append(path, bodies).err());
        }
        for one in &told {
            let Subject { stack, environment } = &one.subject;
            let comment = Comment {
                marker: markdown::marker(stack, environment),
                body: one.body.clone(),
            };
            match stack_forge::post(self.forge.as_ref(), &comment).await {
                Ok(posted) => talk(&format!(
                    "comment on {environment} of {stack}: {}",
                    seen(&posted)
                )),
                Err(error) => failures.push(error.into()),
            }
            let status = self.status(&one.subject, one.state, &one.description);
            failures.extend(self.forge.status(&status).await.err().map(Error::from));
        }
        for failure in &failures {
            talk(&error::error(failure));
        }
        failures.is_empty()
    }

    fn status(&self, subject: &Subject, state: State, description: &str) -> Status {
        Status {
            context: format!("stack/{}/{}", subject.stack, subject.environment),
            state,
            description: description.to_owned(),
            target_url: self.target_url.clone(),
        }
    }
}

/// What was done, and where it is seen.
fn seen(posted: &Posted) -> String {
    let what = match posted.what {
        What::Created => "new",
        What::Updated => "updated",
        What::Unchanged => "unchanged",
    };
    match &posted.url {
        Some(url) => format!("{what}: {url}"),
        None => what.to_owned(),
    }
}

/// Adds the comments to the summary of a job of GitHub Actions, which shows them even where the token may not comment.
fn append<'b>(path: &Path, bodies: impl Iterator<Item = &'b str>) -> Result<()> {
    let write = || {
        let mut file = std::fs::File::options()
            .append(true)
            .create(true)
            .open(path)?;
        for body in bodies {
            file.write_all(body.as_bytes())?;
            file.write_all(b"\n")?;
        }
        Ok(())
    };
    write().map_err(|source| Error::File {
        doing: "write",
        path: path.to_owned(),
        source,
    })
}
