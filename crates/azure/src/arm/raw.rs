//! One object of Azure Resource Manager, as JSON: made, changed and deleted by the rules that hold for every type.

use std::collections::BTreeMap;

use azure_core::http::Method;
use serde_json::{Map as JsonMap, Value as Json, json};
use stack_provider::{Context, Error, ErrorKind, Owner, Result, Whose};

pub(crate) use super::body::region;
pub(crate) use super::merge::agrees;
use super::operation::{self, Stage};
use super::turns::Turn;
use super::{Life, ResourceId, Update, body, finished, merge};
use crate::client::{Azure, Call};

/// One object, as it should be.
pub(crate) struct Raw {
    /// Where it is.
    pub id: ResourceId,
    /// The API version that its body is of.
    pub version: String,
    /// All of it but its tags.
    pub body: Json,
    /// The program's tags; none where the type has no tags.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What marks an object that could only be switched off.
const LEFT: &str = "stack:left";

/// The object with this id; none when it is definitely not there, or was left.
pub(crate) async fn get(azure: &Azure, id: &ResourceId, version: &str) -> Result<Option<Json>> {
    match azure.send(Method::Get, id.as_str(), version).await {
        Ok(answer) => Ok(Some(answer.body).filter(|body| body["tags"][LEFT].is_null())),
        Err(error) if error.kind == ErrorKind::Gone => Ok(None),
        Err(error) => Err(error),
    }
}

/// The newest version of a type's API that is not a preview.
pub(crate) async fn newest_version(azure: &Azure, id: &ResourceId) -> Result<String> {
    let kind = id.kind();
    let (namespace, short) = kind.split_once('/').unwrap_or((&kind, ""));
    let provider = azure.subscription().child("providers", namespace);
    let answer = azure
        .send(Method::Get, provider.as_str(), "2021-04-01")
        .await?;
    let types = answer.body["resourceTypes"]
        .as_array()
        .into_iter()
        .flatten();
    let found = types
        .filter(|found| {
            let name = found["resourceType"].as_str().unwrap_or_default();
            name.eq_ignore_ascii_case(short)
        })
        .flat_map(|found| found["apiVersions"].as_array().into_iter().flatten())
        .filter_map(Json::as_str)
        .filter(|version| !version.contains("preview"))
        .max();
    found.map(str::to_owned).ok_or_else(|| {
        Error::new(
            ErrorKind::Invalid,
            format!("Azure names no API version of {kind}"),
        )
    })
}

/// The tags of an object, ours among them.
pub(crate) fn tags_of(answer: &Json) -> BTreeMap<String, String> {
    let tags = answer["tags"].as_object();
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    tags.into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), text(value)))
        .collect()
}

/// Waits for the turn to change something beneath a parent that takes one change at a time.
pub(super) async fn turn(
    azure: &Azure,
    parent: Option<&str>,
    context: &Context,
) -> Result<Option<Turn>> {
    match parent {
        Some(parent) => azure.turns.take(parent, context).await.map(Some),
        None => Ok(None),
    }
}

impl Raw {
    /// Refuses a name that is taken: a PUT would overwrite what is there, and most services take no notice of
    /// `If-None-Match`.
    ///
    /// What an earlier create of the same resource made under this very name is no stranger: a server shows some minutes
    /// after its creation was accepted, and the answer may have been lost. A second PUT makes it what it should be.
    pub async fn refuse_taken(&self, azure: &Azure, owner: &Owner) -> Result<()> {
        let of_resource = Whose::Resource {
            lineage: &owner.lineage,
            urn: &owner.urn,
        };
        match get(azure, &self.id, &self.version).await? {
            None => Ok(()),
            Some(found) if of_resource.owns(&tags_of(&found)) => Ok(()),
            Some(_) => Err(taken(&self.id)),
        }
    }

    /// Makes it, where there must be nothing yet.
    pub async fn create(&self, azure: &Azure, context: &Context) -> Result<()> {
        self.refuse_taken(azure, &context.owner).await?;
        self.put(azure, context).await
    }

    /// Sends the whole of it with our tags, and waits until it is there.
    pub async fn put(&self, azure: &Azure, context: &Context) -> Result<()> {
        let mut body = self.body.clone();
        if let Some(tags) = &self.tags {
            body["tags"] = json_tags(context.owner.tags(tags));
        }
        let call = Call::new(Method::Put, self.id.as_str(), &self.version);
        let answer = azure.call(call.body(&body)).await?;
        context.accepted(self.id.as_str()).await?;
        let action = format!("{}/write", self.id.kind());
        finished(azure, answer, &self.id, &self.version, &action, context).await
    }

    /// Takes up a create that was accepted: waits for it where it is under way. One that failed, or that Azure has no
    /// trace of, has to be sent again, which this says.
    pub async fn is_settled(&self, azure: &Azure, context: &Context) -> Result<bool> {
        let answer = get(azure, &self.id, &self.version).await?;
        match answer.as_ref().map(Stage::of_object) {
            Some(Stage::Succeeded) => Ok(true),
            Some(Stage::Underway(_)) => {
                let action = format!("{}/write", self.id.kind());
                operation::settled(azure, &self.id, &self.version, &action, context).await?;
                Ok(true)
            }
            Some(Stage::Failed) | None => Ok(false),
        }
    }

    /// Takes up a create that was accepted. With the same name and the same owner a second PUT can only make the same
    /// object.
    pub async fn settle(&self, azure: &Azure, context: &Context) -> Result<()> {
        match self.is_settled(azure, context).await? {
            true => Ok(()),
            false => self.put(azure, context).await,
        }
    }

    /// Changes it from what it was.
    pub async fn update(
        &self,
        azure: &Azure,
        before: &Raw,
        manner: &Update,
        amend: fn(&mut Json, &Json),
        context: &Context,
    ) -> Result<()> {
        let (id, version) = (&self.id, self.version.as_str());
        let Some(mut patch) = self.difference(azure, before).await? else {
            return Ok(());
        };
        amend(&mut patch, &self.body);
        let answer = match manner {
            Update::Patch => {
                let call = Call::new(Method::Patch, id.as_str(), version);
                azure.call(call.body(&patch)).await?
            }
            Update::Put { without } => {
                let now = azure.send(Method::Get, id.as_str(), version).await?.body;
                let etag = now["etag"].as_str().map(str::to_owned);
                let body = laid_over(now, patch, without);
                let call = Call::new(Method::Put, id.as_str(), version).body(&body);
                let call = match etag {
                    Some(etag) => call.header("if-match", etag),
                    None => call,
                };
                azure.call(call).await.map_err(changed_meanwhile)?
            }
            Update::Never => {
                let message = format!("{} cannot be changed once it is made", id.kind());
                return Err(Error::new(ErrorKind::Invalid, message));
            }
        };
        let action = format!("{}/write", id.kind());
        finished(azure, answer, id, version, &action, context).await
    }

    /// What an update has to send. Tags are replaced as a whole, so ours go with the program's.
    async fn difference(&self, azure: &Azure, before: &Raw) -> Result<Option<Json>> {
        let patch = merge::difference(&before.body, &self.body);
        let Some(tags) = self.tags.as_ref().filter(|_| self.tags != before.tags) else {
            return Ok(patch);
        };
        let now = azure
            .send(Method::Get, self.id.as_str(), &self.version)
            .await?;
        let ours = tags_of(&now.body).into_iter();
        let mut all = tags.clone();
        all.extend(ours.filter(|(key, _)| key.starts_with(Owner::PREFIX)));
        let mut patch = patch.unwrap_or_else(|| json!({}));
        patch["tags"] = json_tags(all);
        Ok(Some(patch))
    }

    /// Ends it, in the way of its life, and waits until it is gone.
    pub async fn end(&self, azure: &Azure, life: &Life, context: &Context) -> Result<()> {
        let (id, version) = (&self.id, self.version.as_str());
        match life {
            Life::Made => self.delete(azure, context).await,
            Life::Left { off } => {
                let mut body = off();
                body["tags"] = json!({ LEFT: "true" });
                let call = Call::new(Method::Patch, id.as_str(), version);
                azure.call(call.body(&body)).await.map(drop)
            }
            Life::Part { reset } => {
                let call = Call::new(Method::Put, id.as_str(), version);
                let answer = azure.call(call.body(&reset())).await?;
                let action = format!("{}/write", id.kind());
                finished(azure, answer, id, version, &action, context).await
            }
        }
    }

    /// Deletes it and waits until it is gone.
    pub async fn delete(&self, azure: &Azure, context: &Context) -> Result<()> {
        let (id, version) = (&self.id, self.version.as_str());
        let answer = azure.send(Method::Delete, id.as_str(), version).await?;
        if answer.status == 204 {
            return Ok(());
        }
        let action = format!("{}/delete", id.kind());
        finished(azure, answer, id, version, &action, context).await?;
        operation::gone(azure, id, version, context).await
    }
}

/// The object as it is, with a change laid over it, and without what Azure keeps when it is left out.
pub(crate) fn laid_over(mut now: Json, mut patch: Json, without: &[&str]) -> Json {
    // A PUT has the whole of the tags, and a merge would keep those that are to go.
    if let Some(tags) = body::take(&mut patch, "tags") {
        now["tags"] = tags;
    }
    merge::apply(&mut now, patch);
    for place in without {
        body::take(&mut now, place);
    }
    now
}

fn json_tags(tags: BTreeMap<String, String>) -> Json {
    tags.into_iter()
        .map(|(key, value)| (key, Json::from(value)))
        .collect::<JsonMap<_, _>>()
        .into()
}

fn taken(id: &ResourceId) -> Error {
    let message = format!(
        "{} {} is there already, and it is not ours",
        id.kind(),
        id.name()
    );
    Error::new(ErrorKind::AlreadyExists, message)
        .operation(format!("{}/write", id.kind()))
        .hint(format!(
            "give another name, or take it in with `stack import URN {id}`"
        ))
}

/// `If-Match` failed: somebody changed the object between our read and our write. Worth another try.
fn changed_meanwhile(error: Error) -> Error {
    match error.kind {
        ErrorKind::AlreadyExists => Error {
            kind: ErrorKind::Conflict,
            ..error
        },
        _ => error,
    }
}
