//! A project of GitLab, and who we are there.

use reqwest::Method;
use reqwest::header::HeaderName;
use tokio::sync::OnceCell;
use url::Url;

use crate::answer::Answer;
use crate::client::{Api, Call, Client, extended};
use crate::error::Result;
use crate::patience::Repeat;
use crate::secret::Token;

/// A project of GitLab, seen by whoever has the token.
pub struct Project {
    /// Requests to it.
    pub client: Client,
    /// Its id, or its path such as `group/name`.
    pub name: String,
    /// Who the token belongs to. It is asked once.
    user: OnceCell<u64>,
}

impl Project {
    /// A project; `hint` says what to do about a refusal.
    pub fn new(
        api: &str,
        token: &Token,
        name: &str,
        hint: fn(&Answer) -> Option<String>,
    ) -> Result<Self> {
        let api_of = Api {
            forge: "GitLab",
            header: HeaderName::from_static("private-token"),
            scheme: "",
            headers: &[],
            hint,
        };
        Ok(Self {
            client: Client::new(api_of, api, token)?,
            name: name.to_owned(),
            user: OnceCell::new(),
        })
    }

    /// An address below the project's.
    pub fn address(&self, parts: &[&str]) -> Url {
        extended(self.client.below(&["projects", &self.name]), parts)
    }

    /// Who the token belongs to, as what they wrote names its author.
    pub async fn user(&self) -> Result<u64> {
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
