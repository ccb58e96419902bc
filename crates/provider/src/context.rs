//! The circumstances of one operation: whose object, until when, and whom to tell.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, ErrorKind, Result};
use crate::owner::Owner;

/// Whom an operation tells how it is going.
#[async_trait]
pub trait Report: Send + Sync {
    /// The cloud has given the object its id, and may go on working on it for long. Durable when this returns, so
    /// that a crash from here on is resumed instead of repeated.
    async fn accepted(&self, id: &str) -> Result<()>;

    /// What the operation waits for, for people's eyes.
    fn waiting(&self, what: &str);
}

/// The circumstances of one operation.
#[derive(Clone)]
pub struct Context {
    /// Whose object it is.
    pub owner: Owner,
    /// When the operation must be done.
    pub deadline: Instant,
    /// Set when the person or CI asks to stop. Waiters end at once; a sent request runs to its end.
    pub cancelled: CancellationToken,
    /// Whom to tell.
    pub report: Arc<dyn Report>,
}

/// The answer of one look at something that takes its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress<T> {
    /// It is done.
    Done(T),
    /// Not yet; what it is doing, in a few words.
    Pending(String),
    /// Not yet, and the cloud asks not to be asked again before this time has passed.
    NotBefore(Duration, String),
}

impl Context {
    /// The shortest pause between two looks. The very first look is not waited for.
    const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
    /// The longest pause between two looks.
    const LONGEST_PAUSE: Duration = Duration::from_secs(10);
    /// The pause as a part of the time already waited: an end is seen at most so much later.
    const PART: f32 = 0.05;

    /// Records the id as soon as the cloud has given it; see [`Report::accepted`].
    pub async fn accepted(&self, id: &str) -> Result<()> {
        self.report.accepted(id).await
    }

    /// Looks until it is done: at once, then with pauses that grow with the time already waited, and that are at least as
    /// long as the cloud asks for.
    ///
    /// `what` completes the sentence "waiting for …". Errors that may pass (see [`ErrorKind::is_retryable`]) are
    /// waited out as well.
    pub async fn wait_for<T, F>(&self, what: &str, mut look: impl FnMut() -> F) -> Result<T>
    where
        F: Future<Output = Result<Progress<T>>>,
    {
        let begin = Instant::now();
        loop {
            let (doing, asked) = match look().await {
                Ok(Progress::Done(result)) => return Ok(result),
                Ok(Progress::Pending(doing)) => (doing, None),
                Ok(Progress::NotBefore(pause, doing)) => (doing, Some(pause)),
                Err(error) if error.kind.is_retryable() => (error.to_string(), error.retry_after),
                Err(error) => return Err(error),
            };
            self.report.waiting(&format!("{what}: {doing}"));
            let now = Instant::now();
            let pause = (now - begin)
                .mul_f32(Self::PART)
                .clamp(Self::SHORTEST_PAUSE, Self::LONGEST_PAUSE)
                .max(asked.unwrap_or_default());
            if now >= self.deadline {
                let message = format!("gave up waiting for {what}; last seen: {doing}");
                return Err(Error::new(ErrorKind::TimedOut, message).hint(
                    "raise the timeout in the resource's options if it simply needs longer",
                ));
            }
            tokio::select! {
                () = tokio::time::sleep(pause.min(self.deadline - now)) => {}
                () = self.cancelled.cancelled() => {
                    let message = format!("stopped waiting for {what}; last seen: {doing}");
                    return Err(Error::new(ErrorKind::Cancelled, message));
                }
            }
        }
    }
}
