//! Pull requests of GitHub: <https://docs.github.com/rest>.

use async_trait::async_trait;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value as Json, json};
use tokio::sync::OnceCell;
use url::Url;

use crate::answer::Answer;
use crate::client::{Api, Call, Client, extended};
use crate::error::Result;
use crate::forge::{Forge, Found, State, Status};
use crate::patience::Repeat;
use crate::secret::Token;

/// A pull request of GitHub, and a commit of it.
pub struct GitHub {
    client: Client,
    owner: String,
    repository: String,
    pull_request: u64,
    commit: String,
    /// Who the token belongs to. It is asked once.
    login: OnceCell<String>,
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
        let client = Client::new(
            Api {
                forge: "GitHub",
                header: AUTHORIZATION,
                scheme: "Bearer ",
                headers: &[("x-github-api-version", "2022-11-28")],
                hint,
            },
            api,
            token,
        )?;
        let (owner, repository) = repository;
        Ok(Self {
            client,
            owner: owner.to_owned(),
            repository: repository.to_owned(),
            pull_request,
            commit: commit.to_owned(),
            login: OnceCell::new(),
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
            address: self.address(parts),
            body,
            repeat,
        }
    }

    fn doing(&self, what: &str) -> String {
        let Self {
            owner,
            repository,
            pull_request,
            ..
        } = self;
        format!("{what} pull request {pull_request} of {owner}/{repository}")
    }

    fn address(&self, parts: &[&str]) -> Url {
        let repository = self.client.below(&["repos", &self.owner, &self.repository]);
        extended(repository, parts)
    }

    /// Who the token belongs to, as comments name their author.
    ///
    /// By GraphQL: REST's `/user` is refused to the token of GitHub Actions and to every other app.
    async fn login(&self) -> Result<&String> {
        let ask = || async {
            let call = Call {
                doing: "find out whose token it is".to_owned(),
                method: Method::POST,
                address: graphql(self.client.address()),
                body: Some(json!({"query": "query { viewer { login } }"})),
                repeat: Repeat::Harmless,
            };
            let answer = self.client.ask(&call).await?;
            match answer.body["data"]["viewer"]["login"].as_str() {
                Some(login) => Ok(login.to_owned()),
                None => Err(self.client.lacking(&call, "login of the viewer")),
            }
        };
        self.login.get_or_try_init(ask).await
    }
}

#[async_trait]
impl Forge for GitHub {
    fn limit(&self) -> usize {
        // It refuses a body of more than 65,536 characters.
        65_000
    }

    async fn ours(&self, marker: &str) -> Result<Vec<Found>> {
        let login = self.login().await?;
        let number = self.pull_request.to_string();
        let address = self.address(&["issues", &number, "comments"]);
        let doing = self.doing("list the comments of");
        let comments = self.client.list(&doing, &address).await?;
        let ours = comments.iter().filter_map(found).filter(|(author, one)| {
            author.eq_ignore_ascii_case(login) && one.body.starts_with(marker)
        });
        Ok(ours.map(|(_, found)| found).collect())
    }

    async fn create(&self, body: &str) -> Result<Found> {
        let number = self.pull_request.to_string();
        let parts = ["issues", &number, "comments"];
        let body = json!({ "body": body });
        let call = self.call("comment on", Method::POST, &parts, Some(body));
        let answer = self.client.ask(&call).await?;
        match found(&answer.body) {
            Some((_, found)) => Ok(found),
            None => Err(self.client.lacking(&call, "comment")),
        }
    }

    async fn update(&self, id: u64, body: &str) -> Result<()> {
        let id = id.to_string();
        let parts = ["issues", "comments", &id];
        let body = json!({ "body": body });
        let call = self.call("update the comment on", Method::PATCH, &parts, Some(body));
        self.client.ask(&call).await.map(drop)
    }

    async fn delete(&self, id: u64) -> Result<()> {
        let id = id.to_string();
        let parts = ["issues", "comments", &id];
        let call = self.call("delete a second comment on", Method::DELETE, &parts, None);
        match self.client.ask(&call).await {
            Err(error) if error.is_gone() => Ok(()),
            done => done.map(drop),
        }
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
        self.client.ask(&call).await.map(drop)
    }
}

/// Where GraphQL is: beside the REST API, which is `/api/v3` of GitHub Enterprise Server and the root elsewhere.
/// <https://docs.github.com/graphql/guides/forming-calls-with-graphql>
fn graphql(api: &Url) -> Url {
    let mut address = api.clone();
    if let Ok(mut segments) = address.path_segments_mut() {
        segments.pop_if_empty();
    }
    if address.path().ends_with("/api/v3")
        && let Ok(mut segments) = address.path_segments_mut()
    {
        segments.pop();
    }
    extended(address, &["graphql"])
}

/// The author, and the comment. A comment whose author's account is gone has none, and is not ours.
fn found(comment: &Json) -> Option<(&str, Found)> {
    let found = Found {
        id: comment["id"].as_u64()?,
        url: comment["html_url"].as_str().map(str::to_owned),
        body: comment["body"].as_str().unwrap_or_default().to_owned(),
    };
    Some((comment["user"]["login"].as_str()?, found))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphql_is_beside_rest() {
        for (api, expected) in [
            ("https://api.github.com", "https://api.github.com/graphql"),
            (
                "https://git.acme.example/api/v3",
                "https://git.acme.example/api/graphql",
            ),
            (
                "https://git.acme.example/api/v3/",
                "https://git.acme.example/api/graphql",
            ),
            (
                "http://127.0.0.1:5000/github",
                "http://127.0.0.1:5000/github/graphql",
            ),
        ] {
            assert_eq!(graphql(&Url::parse(api).unwrap()).as_str(), expected);
        }
    }
}
