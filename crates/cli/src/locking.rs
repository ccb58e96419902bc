//! Takes the lock, for as long as it was asked to wait for it, and says who holds it meanwhile.

use std::time::{Duration, Instant};

use stack_engine::{Backend, BackendError, Event, Lease, Listener};

use crate::error::Result;
use crate::invocation::Invocation;

/// How long nothing is said.
const QUIET: Duration = Duration::from_secs(1);

/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// How to take the lock.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Lock {
    /// Wait so long for another run to end, such as 90s or 10m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    lock_timeout: Option<Duration>,
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "write a duration such as 90s or 10m".to_owned())?;
    parsed
        .try_into()
        .map_err(|_| "a duration is not negative".to_owned())
}

/// Takes the lock of an environment for a command.
///
/// Without `--lock-timeout` it fails as soon as the holder is seen to live.
pub async fn take(
    invocation: &Invocation,
    backend: &dyn Backend,
    command: &str,
    lock: Lock,
    listener: &dyn Listener,
) -> Result<Box<dyn Lease>> {
    let holder = invocation.holder(command);
    let until = Instant::now() + lock.lock_timeout.unwrap_or_default();
    let mut told = false;
    let taken = async {
        loop {
            let taking = backend.lock(&holder);
            tokio::pin!(taking);
            let taken = loop {
                tokio::select! {
                    biased;
                    taken = &mut taking => break taken,
                    () = tokio::time::sleep(QUIET), if !told => {
                        told = true;
                        if let Ok(Some(other)) = backend.holder().await {
                            let message = format!("waiting for the lock, which {other} holds");
                            listener.on(Event::Warning { urn: None, message });
                        }
                    }
                }
            };
            match taken {
                Err(BackendError::Locked { place, holder }) if Instant::now() < until => {
                    if !told {
                        told = true;
                        let message = format!("{place} is locked by {holder}: waiting for it");
                        listener.on(Event::Warning { urn: None, message });
                    }
                    tokio::time::sleep(PAUSE.min(until - Instant::now())).await;
                }
                taken => break Ok(taken.map_err(stack_engine::Error::from)?),
            }
        }
    };
    invocation.unless_cancelled::<Box<dyn Lease>>(taken).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_what_people_write() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for wrong in ["", "-5s", "ten", "5"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
