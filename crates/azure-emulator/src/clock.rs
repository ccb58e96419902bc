//! Time, as the rules count it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970. It comes in with each request; nothing but the server reads the machine's clock.
pub type Millis = u64;

/// What the machine's clock says.
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    millis(since.unwrap_or_default())
}

/// A duration in milliseconds.
pub fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

/// A moment as RFC 3339 writes it.
pub fn written(moment: Millis) -> String {
    let moment = i64::try_from(moment).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(moment)
        .unwrap_or(jiff::Timestamp::MAX)
        .to_string()
}
