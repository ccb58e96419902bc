//! Pull requests of GitHub: <https://docs.github.com/rest>.
//!
//! ```text
//! repository  a repository, and who we are there
//! issues      its issues
//! ```

mod issues;
mod repository;

use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::answer::Answer;
use crate::client::Call;
use crate::error::Result;
use crate::forge::{Forge, Found, Posts, State, Status};
use crate::patience::Repeat;
use crate::secret::Token;

pub use self::issues::GitHubIssues;
use self::repository::{Repository, found};

/// A pull request of GitHub, and a commit of it.
pub struct GitHub {
    repository: Repository,
    pull_request: u64,
    commit: String,
}

impl GitHub {
    /// The pull request of a repository, which is named `OWNER/NAME`, and a commit of it. `api` is
    /// `https://api.github.com`, or `https://HOST/api/v3` of GitHub Enterprise Server.
    pub fn new(
        api: &str,
        token: &Token,
        repository: (&str, &str),
        pull_request: u64,
        commit: &str,
    ) -> Result<Self> {
        Ok(Self {
            repository: Repository::new(api, token, repository, hint)?,
            pull_request,
            commit: commit.to_owned(),
        })
    }

    /// A request about the repository; `what` is done to the pull request or to a commit of it.
    fn call(&self, what: &str, method: Method, parts: &[&str], body: Option<Json>) -> Call {
        // A new comment is the only thing that a second request would do a second time.
        let repeat = match parts {
            ["issues", _, "comments"] => Repeat::Harmful,
            _ => Repeat::Harmless,
        };
        Call {
            doing: self.doing(what),
            method,
            address: self.repository.address(parts),
            body,
            repeat,
        }
    }

    fn doing(&self, what: &str) -> String {
        let (number, name) = (self.pull_request, self.repository.name());
        format!("{what} pull request {number} of {name}")
    }
}

#[async_trait]
impl Posts for GitHub {
    async fn ours(&self, marker: &str) -> Result<Vec<Found>> {
        let number = self.pull_request.to_string();
        let address = self.repository.address(&["issues", &number, "comments"]);
        let doing = self.doing("list the comments of");
        let comments = self.repository.client.list(&doing, &address).await?;
        self.repository.ours(&comments, "id", marker).await
    }

    async fn create(&self, body: &str) -> Result<Found> {
        let number = self.pull_request.to_string();
        let parts = ["issues", &number, "comments"];
        let body = json!({ "body": body });
        let call = self.call("comment on", Method::POST, &parts, Some(body));
        let answer = self.repository.client.ask(&call).await?;
        match found(&answer.body, "id") {
            Some(found) => Ok(found),
            None => Err(self.repository.client.lacking(&call, "comment")),
        }
    }

    async fn update(&self, id: u64, body: &str) -> Result<()> {
        let id = id.to_string();
        let parts = ["issues", "comments", &id];
        let body = json!({ "body": body });
        let call = self.call("update the comment on", Method::PATCH, &parts, Some(body));
        self.repository.client.ask(&call).await.map(drop)
    }

    async fn end(&self, id: u64) -> Result<()> {
        let id = id.to_string();
        let parts = ["issues", "comments", &id];
        let call = self.call("delete a second comment on", Method::DELETE, &parts, None);
        match self.repository.client.ask(&call).await {
            Err(error) if error.is_gone() => Ok(()),
            done => done.map(drop),
        }
    }
}

#[async_trait]
impl Forge for GitHub {
    fn limit(&self) -> usize {
        // It refuses a body of more than 65,536 characters.
        65_000
    }

    async fn status(&self, status: &Status) -> Result<()> {
        let state = match status.state {
            State::Pending => "pending",
            State::Success => "success",
            State::Failure => "failure",
            State::Error => "error",
        };
        let mut body = json!({
            "state": state,
            "context": status.context,
            "description": status.shortened(),
        });
        if let Some(url) = &status.target_url {
            body["target_url"] = json!(url);
        }
        let what = format!(
            "set the status {} of commit {} of",
            status.context, self.commit
        );
        let parts = ["statuses", &self.commit];
        let call = self.call(&what, Method::POST, &parts, Some(body));
        self.repository.client.ask(&call).await.map(drop)
    }
}

fn hint(answer: &Answer) -> Option<String> {
    let hint = match answer.status {
        401 => {
            "give it a token that is valid: `GITHUB_TOKEN: ${{ github.token }}` in the env of the step"
        }
        403 if answer.message().contains("not accessible by") => {
            "give the job `permissions: { pull-requests: write, statuses: write }`; for a pull request from a fork the \
             token is read-only whatever the job says, so the preview is in the job's summary alone"
        }
        403 => {
            "let somebody who may grant it: the token needs to write pull requests and commit statuses"
        }
        404 => {
            "see whether the repository, the pull request and the commit are right; what a token may not see does not \
             exist for it"
        }
        300..=399 => "the repository has moved: name it as it is called now",
        500.. => "run it again in a while",
        _ => return None,
    };
    Some(hint.to_owned())
}
