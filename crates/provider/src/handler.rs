//! The typed traits that resource files implement. Which one says what the type is:
//!
//! - [`Handler`]: an object at a cloud;
//! - [`Kept`]: an object that lives in the state alone, such as a random password;
//! - [`Effect`]: an act, such as a migration;
//! - [`Question`]: a lookup.

use std::future::Future;

use stack_model::{Describe, FromValue, Map, ToValue};

use crate::actions::Actions;
use crate::context::Context;
use crate::error::Result;
use crate::owner::Whose;
use crate::preflight::Finding;

/// An object at a cloud.
///
/// Implementations build a request, call, wait, and map the answer. They neither retry nor compare.
pub trait Handler: Describe<Inputs: FromValue> + ToValue {
    /// The cloud's client.
    type Client: Send + Sync + 'static;

    /// What it calls, as the cloud's policies name it.
    fn actions() -> Actions;

    /// Reads one object. `None` means definitely not there.
    ///
    /// Every input that the cloud tells is filled in, whether the program set it or not.
    fn read(client: &Self::Client, id: &str) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// The most objects that [`read_many`](Self::read_many) takes at once; 1 where the API has no list of them.
    const BATCH: usize = 1;

    /// Reads many objects by a list of them, and gives those that it shows by their ids, in any order. Each is as
    /// [`read`](Self::read) has it. What the list does not show, or not in full, is left out, and read by itself then.
    fn read_many(
        client: &Self::Client,
        ids: &[&str],
    ) -> impl Future<Output = Result<Vec<(String, Self)>>> + Send {
        let _ = (client, ids);
        async { Ok(Vec::new()) }
    }

    /// The ids of the objects with these inputs that are looked for: by ownership tags where objects carry them, by their
    /// unique name otherwise.
    fn find(
        client: &Self::Client,
        whose: Whose<'_>,
        inputs: &Self::Inputs,
    ) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// What a new object would fail of, such as a name that is taken. Of its inputs only those are there that are known.
    fn preflight(
        client: &Self::Client,
        known: &Map,
    ) -> impl Future<Output = Result<Vec<Finding>>> + Send {
        let _ = (client, known);
        async { Ok(Vec::new()) }
    }

    /// Makes an object, tagged with its owner where the API can at creation, and gives its id.
    ///
    /// An API that takes more than one call calls `context.accepted(id)` after the first, and leaves the rest to
    /// [`settle`](Self::settle), which follows every create.
    fn create(
        client: &Self::Client,
        inputs: &Self::Inputs,
        context: &Context,
    ) -> impl Future<Output = Result<String>> + Send;

    /// Brings a new object to where it can be used: the calls that the API wants after the create, and the wait.
    /// May run again after a crash, so each of its calls must be one that can be repeated.
    fn settle(
        client: &Self::Client,
        id: &str,
        inputs: &Self::Inputs,
        context: &Context,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (client, id, inputs, context);
        async { Ok(()) }
    }

    /// Changes an object in place and waits until the change is in force.
    fn update(
        client: &Self::Client,
        id: &str,
        change: Change<'_, Self::Inputs>,
        context: &Context,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Deletes an object and waits until it is gone. One that is not there is a success.
    fn delete(
        client: &Self::Client,
        id: &str,
        recorded: &Self::Inputs,
        context: &Context,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// What has to be brought about: all of what is asked for, or what differs from what is there.
#[derive(Debug)]
pub struct Change<'a, I> {
    before: Option<&'a I>,
    /// The inputs as they should be. What the program does not manage is as observed.
    pub after: &'a I,
}

impl<I> Clone for Change<'_, I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I> Copy for Change<'_, I> {}

impl<'a, I> Change<'a, I> {
    /// From nothing: everything that is asked for.
    pub fn all(after: &'a I) -> Self {
        Self {
            before: None,
            after,
        }
    }

    /// From what is there: only what differs.
    pub fn between(before: &'a I, after: &'a I) -> Self {
        Self {
            before: Some(before),
            after,
        }
    }

    /// The inputs as observed; none when the object is new.
    pub fn before(&self) -> Option<&'a I> {
        self.before
    }

    /// The new value of a field, if it differs: `change.of(|vpc| &vpc.enable_dns_support)`.
    pub fn of<T: PartialEq + ?Sized>(&self, field: impl Fn(&'a I) -> &'a T) -> Option<&'a T> {
        let after = field(self.after);
        match self.before {
            Some(before) if field(before) == after => None,
            Some(_) | None => Some(after),
        }
    }

    /// The new value of an optional field, if it differs and there is one.
    pub fn some<T: PartialEq>(&self, field: impl Fn(&'a I) -> &'a Option<T>) -> Option<&'a T> {
        self.of(field).and_then(Option::as_ref)
    }
}

/// An object that lives in the state alone. It cannot be lost between us and a cloud, so it has no `read` or `find`.
pub trait Kept: Describe<Inputs: FromValue> + ToValue {
    /// Makes the object; gives its id and the whole of it.
    fn create(inputs: &Self::Inputs) -> Result<(String, Self)>;

    /// Changes the object in place. `before` is the whole of it as recorded.
    fn update(before: Self, after: &Self::Inputs) -> Result<Self>
    where
        Self: FromValue;
}

/// An act. It runs when it is first declared, and again when any of its inputs changes. Deleting it only forgets it.
pub trait Effect: Describe<Inputs: FromValue> + ToValue {
    /// The cloud's client.
    type Client: Send + Sync + 'static;

    /// What it calls, as the cloud's policies name it.
    fn actions() -> Actions;

    /// Acts, waits for the end, and gives an id and what came of it. An act that fails is an error.
    fn run(
        client: &Self::Client,
        inputs: &Self::Inputs,
        context: &Context,
    ) -> impl Future<Output = Result<(String, Self)>> + Send;
}

/// A lookup.
pub trait Question: Describe<Inputs: FromValue> + ToValue {
    /// The cloud's client.
    type Client: Send + Sync + 'static;

    /// What it calls, as the cloud's policies name it.
    fn actions() -> Actions;

    /// Answers it. Several candidates where one is asked for, or none, is an error that says what was found.
    fn answer(
        client: &Self::Client,
        inputs: &Self::Inputs,
    ) -> impl Future<Output = Result<Self>> + Send;
}
