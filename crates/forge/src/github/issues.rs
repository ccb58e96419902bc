//! Issues of GitHub: <https://docs.github.com/rest/issues/issues>.

use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::repository::{Repository, found};
use crate::answer::Answer;
use crate::client::Call;
use crate::error::Result;
use crate::forge::{Found, Tracker};
use crate::patience::Repeat;
use crate::secret::Token;

/// The issues of a repository of GitHub.
pub struct GitHubIssues {
    repository: Repository,
}

impl GitHubIssues {
    /// The issues of a repository, which is named `OWNER/NAME`. `api` is `https://api.github.com`, or
    /// `https://HOST/api/v3` of GitHub Enterprise Server.
    pub fn new(api: &str, token: &Token, repository: (&str, &str)) -> Result<Self> {
        let repository = Repository::new(api, token, repository, hint)?;
        Ok(Self { repository })
    }

    fn doing(&self, what: &str) -> String {
        format!("{what} of {}", self.repository.name())
    }

    async fn change(&self, what: &str, number: u64, body: Json) -> Result<()> {
        let number = number.to_string();
        let call = Call {
            doing: self.doing(&format!("{what} issue {number}")),
            method: Method::PATCH,
            address: self.repository.address(&["issues", &number]),
            body: Some(body),
            repeat: Repeat::Harmless,
        };
        self.repository.client.ask(&call).await.map(drop)
    }
}

#[async_trait]
impl Tracker for GitHubIssues {
    fn limit(&self) -> usize {
        // It refuses a body of more than 65,536 characters.
        65_000
    }

    async fn ours(&self, marker: &str) -> Result<Vec<Found>> {
        let login = self.repository.login().await?;
        let mut address = self.repository.address(&["issues"]);
        address
            .query_pairs_mut()
            .append_pair("state", "open")
            .append_pair("creator", login);
        let doing = self.doing("list the issues");
        let mut issues = self.repository.client.list(&doing, &address).await?;
        // GitHub lists pull requests among issues.
        issues.retain(|one| one["pull_request"].is_null());
        self.repository.ours(&issues, "number", marker).await
    }

    async fn open(&self, title: &str, body: &str) -> Result<Found> {
        let call = Call {
            doing: self.doing("open an issue"),
            method: Method::POST,
            address: self.repository.address(&["issues"]),
            body: Some(json!({"title": title, "body": body})),
            repeat: Repeat::Harmful,
        };
        let answer = self.repository.client.ask(&call).await?;
        match found(&answer.body, "number") {
            Some(found) => Ok(found),
            None => Err(self.repository.client.lacking(&call, "issue")),
        }
    }

    async fn update(&self, number: u64, body: &str) -> Result<()> {
        self.change("update", number, json!({"body": body})).await
    }

    async fn close(&self, number: u64) -> Result<()> {
        let closed = json!({"state": "closed", "state_reason": "completed"});
        match self.change("close", number, closed).await {
            Err(error) if error.is_gone() => Ok(()),
            done => done,
        }
    }
}

fn hint(answer: &Answer) -> Option<String> {
    let hint = match answer.status {
        401 => {
            "give it a token that is valid: `GITHUB_TOKEN: ${{ github.token }}` in the env of the step"
        }
        403 => "give the job `permissions: { issues: write }`",
        404 => {
            "see whether the repository is right; what a token may not see does not exist for it"
        }
        410 => "turn issues on in the settings of the repository",
        300..=399 => "the repository has moved: name it as it is called now",
        500.. => "run it again in a while",
        _ => return None,
    };
    Some(hint.to_owned())
}
