//! Issues of GitLab: <https://docs.gitlab.com/api/issues>.

use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::project::Project;
use crate::answer::Answer;
use crate::client::Call;
use crate::error::Result;
use crate::forge::{Found, Tracker};
use crate::patience::Repeat;
use crate::secret::Token;

/// The issues of a project of GitLab.
pub struct GitLabIssues {
    project: Project,
}

impl GitLabIssues {
    /// The issues of a project, which is an id or a path such as `group/name`. `api` is `https://HOST/api/v4`.
    pub fn new(api: &str, token: &Token, project: &str) -> Result<Self> {
        let project = Project::new(api, token, project, hint)?;
        Ok(Self { project })
    }

    fn doing(&self, what: &str) -> String {
        format!("{what} of project {}", self.project.name)
    }

    async fn change(&self, what: &str, number: u64, body: Json) -> Result<()> {
        let number = number.to_string();
        let call = Call {
            doing: self.doing(&format!("{what} issue {number}")),
            method: Method::PUT,
            address: self.project.address(&["issues", &number]),
            body: Some(body),
            repeat: Repeat::Harmless,
        };
        self.project.client.ask(&call).await.map(drop)
    }
}

#[async_trait]
impl Tracker for GitLabIssues {
    fn limit(&self) -> usize {
        // It refuses a description of more than 1,048,576 characters.
        1_000_000
    }

    async fn ours(&self, marker: &str) -> Result<Vec<Found>> {
        let user = self.project.user().await?;
        let mut address = self.project.address(&["issues"]);
        address
            .query_pairs_mut()
            .append_pair("state", "opened")
            .append_pair("author_id", &user.to_string());
        let doing = self.doing("list the issues");
        let issues = self.project.client.list(&doing, &address).await?;
        let ours = issues
            .iter()
            .filter(|one| one["author"]["id"].as_u64() == Some(user));
        let found = ours.filter_map(found);
        Ok(found.filter(|one| one.body.starts_with(marker)).collect())
    }

    async fn open(&self, title: &str, body: &str) -> Result<Found> {
        let call = Call {
            doing: self.doing("open an issue"),
            method: Method::POST,
            address: self.project.address(&["issues"]),
            body: Some(json!({"title": title, "description": body})),
            repeat: Repeat::Harmful,
        };
        let answer = self.project.client.ask(&call).await?;
        match found(&answer.body) {
            Some(found) => Ok(found),
            None => Err(self.project.client.lacking(&call, "issue")),
        }
    }

    async fn update(&self, number: u64, body: &str) -> Result<()> {
        let body = json!({"description": body});
        self.change("update", number, body).await
    }

    async fn close(&self, number: u64) -> Result<()> {
        let closed = json!({"state_event": "close"});
        match self.change("close", number, closed).await {
            Err(error) if error.is_gone() => Ok(()),
            done => done,
        }
    }
}

fn found(issue: &Json) -> Option<Found> {
    Some(Found {
        id: issue["iid"].as_u64()?,
        url: issue["web_url"].as_str().map(str::to_owned),
        body: issue["description"].as_str().unwrap_or_default().to_owned(),
    })
}

fn hint(answer: &Answer) -> Option<String> {
    let hint = match answer.status {
        401 => {
            "give it a token that is valid in STACK_GITLAB_TOKEN, such as a project access token"
        }
        403 => "give the token the scope `api`, and whose it is the role Reporter",
        404 => "see whether the project is right; what a token may not see does not exist for it",
        300..=399 => "the project has moved: name it as it is called now",
        500.. => "run it again in a while",
        _ => return None,
    };
    Some(hint.to_owned())
}
