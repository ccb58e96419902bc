//! How long operations may take, as people write it: `90s`, `40m`, `2h`.

use std::time::Duration;

use stack_model::graph::Timeouts;
use stack_model::schema::OperationTimeouts;

/// The longest timeout: a week. The clock has an end, and nothing that a cloud does takes as long.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// Reads a duration such as `90s`, `40m` or `1h30m`. The error completes "the timeout for create …".
pub fn parse(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text
        .parse()
        .map_err(|_| format!("is {text:?}: write a duration such as 90s, 40m or 2h"))?;
    match Duration::try_from(span) {
        Ok(duration) if duration > LONGEST => Err(format!("is {text:?}: it must be 168h at most")),
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(format!("is {text:?}: it must be longer than nothing")),
    }
}

/// A type's limits with a program's laid over them. What does not parse was refused when the graph was checked.
pub fn effective(asked: &Timeouts, defaults: OperationTimeouts) -> OperationTimeouts {
    let or = |asked: &Option<String>, default| {
        asked
            .as_deref()
            .and_then(|text| parse(text).ok())
            .unwrap_or(default)
    };
    OperationTimeouts {
        create: or(&asked.create, defaults.create),
        update: or(&asked.update, defaults.update),
        delete: or(&asked.delete, defaults.delete),
    }
}
