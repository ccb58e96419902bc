//! Waiting for what takes its time, by the ARM RPC's rules for asynchronous operations.
//!
//! <https://github.com/cloud-and-ai-microsoft/resource-provider-contract/blob/master/v1.0/async-api-reference.md>

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use azure_core::http::Method;
use serde_json::Value as Json;
use stack_provider::{Context, Error, ErrorKind, Progress, Result};
use tokio::time::Instant;

use super::ResourceId;
use crate::client::{Answer, Azure, failed};

/// How far something is, by a `status` or a `provisioningState`.
pub(super) enum Stage {
    Succeeded,
    Failed,
    /// What it is doing.
    Underway(String),
}

impl Stage {
    /// Absent means done; any word but the terminal ones means that it goes on (`Creating`, `Running`, `Updating` …).
    pub fn of(status: Option<&str>) -> Self {
        match status {
            None => Self::Succeeded,
            Some(status) => match status.to_ascii_lowercase().as_str() {
                "succeeded" => Self::Succeeded,
                "failed" | "canceled" | "cancelled" => Self::Failed,
                _ => Self::Underway(status.to_owned()),
            },
        }
    }

    /// The stage of an object.
    pub fn of_object(body: &Json) -> Self {
        Self::of(body["properties"]["provisioningState"].as_str())
    }
}

/// How an operation ended, or that it goes on. A failure is an end: what is wrong with a look at it is another thing, and
/// may pass.
type Looked = Result<Progress<Result<()>>>;

fn succeeded() -> Looked {
    Ok(Progress::Done(Ok(())))
}

fn ended(error: Error) -> Looked {
    Ok(Progress::Done(Err(error)))
}

fn underway(answer: &Answer, doing: String) -> Looked {
    Ok(match answer.retry_after() {
        Some(pause) => Progress::NotBefore(pause, doing),
        None => Progress::Pending(doing),
    })
}

/// Waits until what an answer began is done. `answer` is that of a PUT, PATCH, POST or DELETE of `id`.
pub(crate) async fn finished(
    azure: &Azure,
    answer: Answer,
    id: &ResourceId,
    version: &str,
    action: &str,
    context: &Context,
) -> Result<()> {
    let what = format!("{} {}", id.kind(), id.name());
    if let Some(address) = answer.header("azure-asyncoperation") {
        let look = || async {
            let answer = azure.poll(address, action).await?;
            match Stage::of(answer.body["status"].as_str()) {
                Stage::Succeeded => succeeded(),
                Stage::Failed => ended(failed(&answer.body, action)),
                Stage::Underway(doing) => underway(&answer, doing),
            }
        };
        return context.wait_for(&what, look).await?;
    }
    if answer.status == 202
        && let Some(address) = answer.header("location")
    {
        let troubles = AtomicU32::new(0);
        let look = || async {
            let answer = match azure.poll(address, action).await {
                Ok(answer) => answer,
                Err(error) => return judged(error, &troubles),
            };
            troubles.store(0, Ordering::Relaxed);
            match (answer.status, Stage::of_object(&answer.body)) {
                (202, _) => underway(&answer, "in progress".to_owned()),
                (_, Stage::Succeeded) => succeeded(),
                (_, Stage::Failed) => ended(failed(&answer.body, action)),
                (_, Stage::Underway(doing)) => underway(&answer, doing),
            }
        };
        return context.wait_for(&what, look).await?;
    }
    match Stage::of_object(&answer.body) {
        Stage::Succeeded => Ok(()),
        Stage::Failed => Err(failed(&answer.body["properties"], action)),
        Stage::Underway(_) => settled(azure, id, version, action, context).await,
    }
}

/// How many hiccups in a row are one: an operation that failed inside of Azure is told by the same status, again and
/// again.
const HICCUPS: u32 = 5;

/// What an error at an operation's `Location` means: how the operation ended, unless it is of the look alone.
fn judged(error: Error, troubles: &AtomicU32) -> Looked {
    match error.kind {
        // What was being deleted is gone, and its operation with it.
        ErrorKind::Gone => succeeded(),
        ErrorKind::Throttled => Err(error),
        ErrorKind::Transient if troubles.fetch_add(1, Ordering::Relaxed) < HICCUPS => Err(error),
        ErrorKind::Conflict | ErrorKind::Transient | ErrorKind::Invalid => ended(Error {
            kind: ErrorKind::Failed,
            ..error
        }),
        _ => ended(error),
    }
}

/// For how long an object that Azure has accepted may still not be shown.
const VISIBILITY_LAG: Duration = Duration::from_secs(120);

/// Waits until an object that was accepted is in a terminal state.
pub(super) async fn settled(
    azure: &Azure,
    id: &ResourceId,
    version: &str,
    action: &str,
    context: &Context,
) -> Result<()> {
    let what = format!("{} {}", id.kind(), id.name());
    let begin = Instant::now();
    let look = || async {
        let answer = match azure.send(Method::Get, id.as_str(), version).await {
            Err(error) if error.kind == ErrorKind::Gone && begin.elapsed() < VISIBILITY_LAG => {
                return Ok(Progress::Pending("not shown yet".to_owned()));
            }
            answer => answer?,
        };
        match Stage::of_object(&answer.body) {
            Stage::Succeeded => succeeded(),
            Stage::Failed => ended(failed(&answer.body["properties"], action)),
            Stage::Underway(doing) => underway(&answer, doing),
        }
    };
    context.wait_for(&what, look).await?
}

/// Waits until an object is not there any more.
pub(super) async fn gone(
    azure: &Azure,
    id: &ResourceId,
    version: &str,
    context: &Context,
) -> Result<()> {
    let what = format!("{} {} to be gone", id.kind(), id.name());
    let look = || async {
        match azure.send(Method::Get, id.as_str(), version).await {
            Err(error) if error.kind == ErrorKind::Gone => succeeded(),
            Err(error) => Err(error),
            Ok(answer) => match Stage::of_object(&answer.body) {
                Stage::Failed => {
                    let message = "the delete failed, and the object is still there";
                    ended(
                        Error::new(ErrorKind::Failed, message)
                            .operation(format!("{}/delete", id.kind())),
                    )
                }
                Stage::Succeeded => underway(&answer, "still there".to_owned()),
                Stage::Underway(doing) => underway(&answer, doing),
            },
        }
    };
    context.wait_for(&what, look).await?
}
