//! Merge requests of GitLab: <https://docs.gitlab.com/api/rest/>.

use async_trait::async_trait;
use reqwest::Method;
use reqwest::header::HeaderName;
use serde_json::{Value as Json, json};
use tokio::sync::OnceCell;
use url::Url;

use crate::answer::Answer;
use crate::client::{Api, Call, Client, extended};
use crate::error::Result;
use crate::forge::{Forge, Found, State, Status};
use crate::patience::Repeat;
use crate::secret::Token;

/// A merge request of GitLab, and a commit of it.
pub struct GitLab {
    client: Client,
    project: String,
    merge_request: u64,
    commit: String,
    pipeline: Option<String>,
    /// Who the token belongs to. It is asked once.
    user: OnceCell<u64>,
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
        let client = Client::new(
            Api {
                forge: "GitLab",
                header: HeaderName::from_static("private-token"),
                scheme: "",
                headers: &[],
                hint,
            },
            api,
            token,
        )?;
        Ok(Self {
            client,
            project: project.to_owned(),
            merge_request,
            commit: commit.to_owned(),
            pipeline: pipeline.map(str::to_owned),
            user: OnceCell::new(),
        })
    }

    fn doing(&self, what: &str) -> String {
        let Self {
            project,
            merge_request,
            ..
        } = self;
        format!("{what} merge request {merge_request} of project {project}")
    }

    fn address(&self, parts: &[&str]) -> Url {
        extended(self.client.below(&["projects", &self.project]), parts)
    }

    /// The notes of the merge request, or one of them.
    fn notes(&self, id: Option<u64>) -> Url {
        let number = self.merge_request.to_string();
        let notes = self.address(&["merge_requests", &number, "notes"]);
        match id {
            None => notes,
            Some(id) => extended(notes, &[&id.to_string()]),
        }
    }

    async fn user(&self) -> Result<u64> {
        let ask = || async {
            let call = Call {
                doing: "find out whose token it is".to_owned(),
                method: Method::GET,
                address: self.client.below(&["user"]),
                body: None,
                repeat: Repeat::Harmless,
            };
            let answer = self.client.ask(&call).await?;
            match answer.body["id"].as_u64() {
                Some(id) => Ok(id),
                None => Err(self.client.lacking(&call, "id of the user")),
            }
        };
        self.user.get_or_try_init(ask).await.copied()
    }
}

#[async_trait]
impl Forge for GitLab {
    fn limit(&self) -> usize {
        // It refuses a note of more than 1,000,000 characters.
        1_000_000
    }

    async fn ours(&self, marker: &str) -> Result<Vec<Found>> {
        let user = self.user().await?;
        let doing = self.doing("list the notes of");
        let notes = self.client.list(&doing, &self.notes(None)).await?;
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
        let answer = self.client.ask(&call).await?;
        match found(&answer.body) {
            Some(found) => Ok(found),
            None => Err(self.client.lacking(&call, "note")),
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
        self.client.ask(&call).await.map(drop)
    }

    async fn delete(&self, id: u64) -> Result<()> {
        let call = Call {
            doing: self.doing("delete a second note on"),
            method: Method::DELETE,
            address: self.notes(Some(id)),
            body: None,
            repeat: Repeat::Harmless,
        };
        match self.client.ask(&call).await {
            Err(error) if error.is_gone() => Ok(()),
            done => done.map(drop),
        }
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
            address: self.address(&["statuses", &self.commit]),
            body: Some(body),
            repeat: Repeat::Harmless,
        };
        self.client.ask(&call).await.map(drop)
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
