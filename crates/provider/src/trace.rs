//! What is being done, for whoever follows a run: one piece of work within another.
//!
//! Nothing here knows where that is written. What is told has room for names, ids and kinds, and for no input, output or
//! secret.

use std::sync::Arc;
use std::time::Duration;

use stack_model::Urn;
use tokio::task::futures::TaskLocalFuture;

use crate::error::{Error, ErrorKind};

/// A piece of work.
#[derive(Debug, Clone, Copy)]
pub enum Work<'a> {
    /// A part of a command: `refresh`.
    Phase(&'static str),
    /// What a command does for one of several environments.
    Environment {
        /// The stack's name.
        stack: &'a str,
        /// The environment's name.
        environment: &'a str,
    },
    /// One object is read, or one lookup asked.
    Read(&'a Urn),
    /// Many objects of a type are read at once.
    List {
        /// Their type.
        type_name: &'a str,
        /// How many.
        objects: usize,
    },
    /// One step of a plan.
    Step {
        /// On which resource.
        urn: &'a Urn,
        /// What is done: `create`.
        act: &'static str,
    },
    /// One request to a cloud.
    Call {
        /// Which cloud: `aws`.
        cloud: &'static str,
        /// Of which service: `ec2`, `Microsoft.Network`.
        service: &'a str,
        /// What it asks for: `CreateVpc`, `Microsoft.Network/virtualNetworks/write`.
        operation: &'a str,
        /// In which region, where the request says so.
        region: Option<&'a str>,
        /// How many requests for the same came before it, where the cloud's own library repeats them.
        retry: u32,
    },
}

/// What is learned about a piece of work that is under way.
#[derive(Debug, Clone, Copy)]
pub enum Fact<'a> {
    /// Which environment it is about.
    Environment {
        /// The stack's name.
        stack: &'a str,
        /// The environment's name.
        environment: &'a str,
    },
    /// The cloud's name of the object.
    Id(&'a str),
    /// It failed in a way that may pass, and is tried again.
    Retry {
        /// What went wrong.
        kind: ErrorKind,
        /// After how long it is tried again.
        after: Duration,
    },
    /// The cloud's answer.
    Answer {
        /// The status of HTTP.
        status: u16,
        /// The cloud's id of the request.
        request: Option<&'a str>,
    },
    /// It failed, by this kind where there is one.
    Failed(Option<ErrorKind>),
    /// It ended with this exit code.
    Exit(u8),
}

/// A piece of work that somebody follows. It ends when it is dropped.
pub trait Span: Send + Sync {
    /// Begins a piece of work within this one.
    fn begin(&self, work: Work<'_>) -> Arc<dyn Span>;

    /// Takes what is learned about this one.
    fn learn(&self, fact: Fact<'_>);
}

tokio::task_local! {
    static CURRENT: Option<Arc<dyn Span>>;
}

/// Does something as this piece of work.
pub fn follow<F: Future>(
    span: Option<Arc<dyn Span>>,
    doing: F,
) -> TaskLocalFuture<Option<Arc<dyn Span>>, F> {
    CURRENT.scope(span, doing)
}

/// Does something as a piece of work within the one that is under way.
pub fn within<F: Future>(work: Work<'_>, doing: F) -> TaskLocalFuture<Option<Arc<dyn Span>>, F> {
    follow(begin(work), doing)
}

/// Does a part of a command. That it fails is learned.
pub async fn phase<T, E>(
    name: &'static str,
    doing: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    within(Work::Phase(name), async {
        doing.await.inspect_err(|_| learn(Fact::Failed(None)))
    })
    .await
}

/// Does something at a cloud. What kind of error it ends in is learned.
pub async fn attempt<T>(
    work: Work<'_>,
    doing: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    within(work, async {
        doing
            .await
            .inspect_err(|error| learn(Fact::Failed(Some(error.kind))))
    })
    .await
}

/// Begins a piece of work within the one that is under way, if somebody follows that. For what cannot be written as one
/// future.
pub fn begin(work: Work<'_>) -> Option<Arc<dyn Span>> {
    let begun = CURRENT.try_with(|current| current.as_ref().map(|span| span.begin(work)));
    begun.ok().flatten()
}

/// Tells something about the piece of work that is under way.
pub fn learn(fact: Fact<'_>) {
    // Outside of any work nobody listens.
    let _ = CURRENT.try_with(|current| current.as_ref().map(|span| span.learn(fact)));
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Writes down what it is told, below what it is called.
    struct Noted {
        name: String,
        notes: Arc<Mutex<Vec<String>>>,
    }

    impl Noted {
        fn note(&self, what: &str) {
            let line = format!("{}: {what}", self.name);
            self.notes.lock().unwrap().push(line);
        }
    }

    impl Span for Noted {
        fn begin(&self, work: Work<'_>) -> Arc<dyn Span> {
            let Work::Phase(name) = work else {
                unreachable!("the test has phases only")
            };
            Arc::new(Self {
                name: format!("{}/{name}", self.name),
                notes: Arc::clone(&self.notes),
            })
        }

        fn learn(&self, fact: Fact<'_>) {
            self.note(&format!("{fact:?}"));
        }
    }

    impl Drop for Noted {
        fn drop(&mut self) {
            self.note("ended");
        }
    }

    #[tokio::test]
    async fn work_that_is_done_at_once_is_told_apart() {
        let notes = Arc::new(Mutex::new(Vec::new()));
        let root = Noted {
            name: "root".into(),
            notes: Arc::clone(&notes),
        };
        let (first, second) = (tokio::sync::Notify::new(), tokio::sync::Notify::new());
        let one = phase("one", async {
            first.notified().await;
            learn(Fact::Exit(1));
            second.notify_one();
            Err::<(), ()>(())
        });
        let other = phase("other", async {
            phase("inner", async {
                first.notify_one();
                second.notified().await;
                learn(Fact::Exit(2));
                Ok::<(), ()>(())
            })
            .await
        });
        let both = async { tokio::join!(one, other) };
        let _ = follow(Some(Arc::new(root)), both).await;
        assert_eq!(
            *notes.lock().unwrap(),
            [
                "root/one: Exit(1)",
                "root/one: Failed(None)",
                "root/one: ended",
                "root/other/inner: Exit(2)",
                "root/other/inner: ended",
                "root/other: ended",
                "root: ended",
            ]
        );
    }

    #[tokio::test]
    async fn where_nobody_follows_the_work_is_done_all_the_same() {
        learn(Fact::Exit(1));
        let done = phase("one", async {
            Ok::<_, ()>(begin(Work::Phase("two")).is_none())
        });
        assert_eq!(done.await, Ok(true));
    }
}
