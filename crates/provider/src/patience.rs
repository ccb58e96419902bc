//! Asking again while a cloud is busy, for what is no step of a plan: those the engine repeats.

use std::time::Duration;

use crate::error::Result;

/// How often a question is asked.
const TRIES: u32 = 6;

/// The first pause; each is twice the one before.
const PAUSE: Duration = Duration::from_millis(200);

/// Asks again what may succeed later, some times.
pub async fn patiently<T, F>(ask: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match ask().await {
            Err(error) if error.kind.is_retryable() => {
                tokio::time::sleep(error.retry_after.unwrap_or(pause)).await;
                pause *= 2;
            }
            answer => return answer,
        }
    }
    ask().await
}
