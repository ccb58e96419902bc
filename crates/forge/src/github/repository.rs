//! A repository of GitHub, and who we are there.

use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value as Json, json};
use tokio::sync::OnceCell;
use url::Url;

use crate::answer::Answer;
use crate::client::{Api, Call, Client, extended};
use crate::error::Result;
use crate::forge::Found;
use crate::patience::Repeat;
use crate::secret::Token;

/// A repository of GitHub, seen by whoever has the token.
pub struct Repository {
    /// Requests to it.
    pub client: Client,
    owner: String,
    name: String,
    /// Who the token belongs to. It is asked once.
    login: OnceCell<String>,
}

impl Repository {
    /// A repository, which is named `OWNER/NAME`; `hint` says what to do about a refusal.
    pub fn new(
        api: &str,
        token: &Token,
        (owner, name): (&str, &str),
        hint: fn(&Answer) -> Option<String>,
    ) -> Result<Self> {
        let api_of = Api {
            forge: "GitHub",
            header: AUTHORIZATION,
            scheme: "Bearer ",
            headers: &[("x-github-api-version", "2022-11-28")],
            hint,
        };
        Ok(Self {
            client: Client::new(api_of, api, token)?,
            owner: owner.to_owned(),
            name: name.to_owned(),
            login: OnceCell::new(),
        })
    }

    /// `OWNER/NAME`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// An address below the repository's.
    pub fn address(&self, parts: &[&str]) -> Url {
        let repository = self.client.below(&["repos", &self.owner, &self.name]);
        extended(repository, parts)
    }

    /// Those of a list that begin with the marker and are ours. `id` is the field that tells one from the others.
    pub async fn ours(&self, list: &[Json], id: &str, marker: &str) -> Result<Vec<Found>> {
        let login = self.login().await?;
        let is_ours = |one: &&Json| {
            // What is of an account that is gone has no author.
            let author = one["user"]["login"].as_str();
            author.is_some_and(|author| author.eq_ignore_ascii_case(login))
        };
        let ours = list.iter().filter(is_ours);
        let found = ours.filter_map(|one| found(one, id));
        Ok(found.filter(|one| one.body.starts_with(marker)).collect())
    }

    /// Who the token belongs to, as comments name their author.
    ///
    /// By GraphQL: REST's `/user` is refused to the token of GitHub Actions and to every other app.
    pub async fn login(&self) -> Result<&String> {
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

/// A comment or an issue.
pub fn found(one: &Json, id: &str) -> Option<Found> {
    Some(Found {
        id: one[id].as_u64()?,
        url: one["html_url"].as_str().map(str::to_owned),
        body: one["body"].as_str().unwrap_or_default().to_owned(),
    })
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
