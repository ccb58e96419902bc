//! What the lists of the services tell.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures::FutureExt;
use futures::future::BoxFuture;
use stack_model::Describe;
use stack_provider::Result;

use crate::call::some_at_once;

/// An object, as a list tells of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listed {
    /// The id by which its handler reads it.
    pub id: String,
    /// Its tags, where the list tells them. The tagging API tells ours of the others.
    pub tags: Option<BTreeMap<String, String>>,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
    /// Whether AWS made it and keeps it, as it does with the default network of an account, or it goes with another object:
    /// told where a state made it, and not otherwise.
    pub kept: bool,
}

impl Listed {
    /// An object of which no more is known.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            tags: None,
            created: None,
            kept: false,
        }
    }

    /// With all of its tags.
    pub fn tagged(mut self, tags: impl IntoIterator<Item = (String, String)>) -> Self {
        self.tags = Some(tags.into_iter().collect());
        self
    }

    /// With the time when it was made.
    pub fn created(mut self, time: Option<&DateTime>) -> Self {
        self.created = time.and_then(|time| time.fmt(Format::DateTime).ok());
        self
    }

    /// Kept by AWS or by another object, if so.
    pub fn kept(mut self, kept: bool) -> Self {
        self.kept = kept;
        self
    }
}

/// One question to a service: which of our types it is about, and its answer.
pub(crate) struct List<'a> {
    /// The type.
    type_name: &'static str,
    /// All objects of the type.
    answer: BoxFuture<'a, Result<Vec<Listed>>>,
}

impl<'a> List<'a> {
    /// All objects of a type.
    pub fn of<T: Describe>(answer: impl Future<Output = Result<Vec<Listed>>> + Send + 'a) -> Self {
        Self {
            type_name: T::TYPE,
            answer: answer.boxed(),
        }
    }

    /// Its type, and its answer.
    pub async fn answered(self) -> (&'static str, Result<Vec<Listed>>) {
        (self.type_name, self.answer.await)
    }
}

/// What all of these tell, if all of them do.
pub(crate) async fn all_of<'a, I: IntoIterator<Item = Listed> + Send>(
    asked: impl IntoIterator<Item = BoxFuture<'a, Result<I>>>,
) -> Result<Vec<Listed>> {
    let told = some_at_once(asked).await.into_iter();
    let told: Vec<I> = told.collect::<Result<_>>()?;
    Ok(told.into_iter().flatten().collect())
}
