//! Merge requests of GitLab: <https://docs.gitlab.com/api/rest/>.
//!
//! ```text
//! project  a project, and who we are there
//! issues   its issues
//! ```

mod issues;
mod project;

use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value as Json, json};
use url::Url;

use crate::answer::Answer;
use crate::client::{Call, extended};
use crate::error::Result;
use crate::forge::{Forge, Found, Posts, State, Status};
use crate::patience::Repeat;
use crate::secret::Token;

pub use self::issues::GitLabIssues;
use self::project::Project;

/// A merge request of GitLab, and a commit of it.
pub struct GitLab {
    project: Project,
    merge_request: u64,
    commit: String,
    pipeline: Option<String>,
}

impl GitLab {
    /// The merge request with this number in its project, which is an id or a path such as `group/name`, and a commit of
    /// it. `api` is `https://HOST/api/v4`. Statuses join the pipeline, which must be one of the commit; without one GitLab
    /// takes the commit's newest.
    pub fn new(
        api: &str,
        token: &Token,
        project: &str,
        merge_request: u64,
        commit: &str,
        pipeline: Option<&str>,
    ) -> Result<Self> {
        Ok(Self {
            project: Project::new(api, token, project, hint)?,
            merge_request,
            commit: commit.to_owned(),
            pipeline: pipeline.map(str::to_owned),
        })
    }

    fn doing(&self, what: &str) -> String {
        let (number, name) = (self.merge_request, &self.project.name);
        format!("{what} merge request {number} of project {name}")
    }

    /// The notes of the merge request, or one of them.
    fn notes(&self, id: Option<u64>) -> Url {
        let number = self.merge_request.to_string();
        let notes = self.project.address(&["merge_requests", &number, "notes"]);
        match id {
            None => notes,
            Some(id) => extended(notes, &[&id.to_string()]),
        }
    }
}

#[async_trait]
impl Posts for GitLab {
    async fn ours(&self, marker: &str) -> Result<Vec<Found>> {
        let user = self.project.user().await?;
        let doing = self.doing("list the notes of");
        let notes = self.project.client.list(&doing, &self.notes(None)).await?;
        let ours = notes.iter().filter(|note| {
            // What GitLab itself notes has an author too.
            note["author"]["id"].as_u64() == Some(user) && note["system"] != true
        });
        let found = ours.filter_map(found);
        Ok(found.filter(|one| one.body.starts_with(marker)).collect())
    }

    async fn create(&self, body: &str) -> Result<Found> {
        let call = Call {
            doing: self.doing("comment on"),
            method: Method::POST,
            address: self.notes(None),
            body: Some(json!({ "body": body })),
            repeat: Repeat::Harmful,
        };
        let answer = self.project.client.ask(&call).await?;
        match found(&answer.body) {
            Some(found) => Ok(found),
            None => Err(self.project.client.lacking(&call, "note")),
        }
    }

    async fn update(&self, id: u64, body: &str) -> Result<()> {
        let call = Call {
            doing: self.doing("update the note on"),
            method: Method::PUT,
            address: self.notes(Some(id)),
            body: Some(json!({ "body": body })),
            repeat: Repeat::Harmless,
        };
        self.project.client.ask(&call).await.map(drop)
    }

    async fn end(&self, id: u64) -> Result<()> {
        let call = Call {
            doing: self.doing("delete a second note on"),
            method: Method::DELETE,
            address: self.notes(Some(id)),
            body: None,
            repeat: Repeat::Harmless,
        };
        match self.project.client.ask(&call).await {
            Err(error) if error.is_gone() => Ok(()),
            done => done.map(drop),
        }
    }
}

#[async_trait]
impl Forge for GitLab {
    fn limit(&self) -> usize {
        // It refuses a note of more than 1,000,000 characters.
        1_000_000
    }

    async fn status(&self, status: &Status) -> Result<()> {
        let state = match status.state {
            State::Pending => "pending",
            State::Success => "success",
            State::Failure | State::Error => "failed",
        };
        let mut body = json!({
            "state": state,
            "name": status.context,
            "description": status.shortened(),
        });
        if let Some(url) = &status.target_url {
            body["target_url"] = json!(url);
        }
        if let Some(pipeline) = &self.pipeline {
            body["pipeline_id"] = json!(pipeline);
        }
        let what = format!(
            "set the status {} of commit {} of",
            status.context, self.commit
        );
        let call = Call {
            doing: self.doing(&what),
            method: Method::POST,
            address: self.project.address(&["statuses", &self.commit]),
            body: Some(body),
            repeat: Repeat::Harmless,
        };
        self.project.client.ask(&call).await.map(drop)
    }
}

fn found(note: &Json) -> Option<Found> {
    Some(Found {
        id: note["id"].as_u64()?,
        // A note does not say where people see it.
        url: None,
        body: note["body"].as_str().unwrap_or_default().to_owned(),
    })
}

fn hint(answer: &Answer) -> Option<String> {
    let hint = match answer.status {
        401 => {
            "give it a token that is valid in STACK_GITLAB_TOKEN, such as a project access token; CI_JOB_TOKEN may not \
             write notes"
        }
        403 => "give the token the scope `api`, and whose it is the role Developer",
        404 => {
            "see whether the project, the merge request and the commit are right; what a token may not see does not \
             exist for it"
        }
        300..=399 => "the project has moved: name it as it is called now",
        500.. => "run it again in a while",
        _ => return None,
    };
    Some(hint.to_owned())
}
