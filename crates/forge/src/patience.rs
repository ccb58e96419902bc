//! When to try again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::answer::Answer;

/// How often a request is sent at most.
const TRIES: u32 = 4;

/// The longest wait that is worth it: above the minute that forges ask for, and below what a person takes for a hang.
const LONGEST: i64 = 90;

/// Whether a request does the same when it is sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Yes.
    Harmless,
    /// No: it must not be sent again unless it surely was not done.
    Harmful,
}

/// How a try ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ended<'a> {
    /// With an answer.
    Answered(&'a Answer),
    /// Without; `sent`: the request may have arrived.
    Lost { sent: bool },
}

/// What follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// It is sent again after a while.
    Again(Duration),
    /// There were too many requests, until then.
    Limited(Timestamp),
    /// It stays as it is.
    Final,
}

/// What follows from a try; the first has the number 1.
pub(crate) fn next(ended: Ended<'_>, repeat: Repeat, tried: u32, now: Timestamp) -> Next {
    let again_in = |wait: Duration| match tried < TRIES {
        true => Next::Again(wait),
        false => Next::Final,
    };
    // Half a second, one, two.
    let soon = Duration::from_millis(250) * 2_u32.saturating_pow(tried);
    let harmless = repeat == Repeat::Harmless;
    match ended {
        Ended::Answered(answer) if answer.is_limited() => {
            let seconds = answer.seconds_to_wait(now);
            // It was refused, so nothing was done.
            if seconds <= LONGEST && tried < TRIES {
                return Next::Again(Duration::from_secs(seconds.unsigned_abs()));
            }
            let until = now.checked_add(SignedDuration::from_secs(seconds));
            Next::Limited(until.unwrap_or(Timestamp::MAX))
        }
        // 409: GitLab, while another change of the same status is under way.
        Ended::Answered(answer) if matches!(answer.status, 409 | 500..) && harmless => {
            again_in(soon)
        }
        Ended::Answered(_) => Next::Final,
        Ended::Lost { sent } if harmless || !sent => again_in(soon),
        Ended::Lost { .. } => Next::Final,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::answer::tests::answer;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn what_is_repeated_without_harm_is_repeated_a_few_times() {
        let failed = answer(502, &[], Json::Null);
        let next = |repeat, tried| next(Ended::Answered(&failed), repeat, tried, NOW);
        let waits = [1, 2, 3, 4].map(|tried| next(Repeat::Harmless, tried));
        let again = |millis| Next::Again(Duration::from_millis(millis));
        assert_eq!(waits, [again(500), again(1000), again(2000), Next::Final]);
        assert_eq!(next(Repeat::Harmful, 1), Next::Final);
    }

    #[test]
    fn what_surely_was_not_done_is_repeated_always() {
        let next = |repeat, sent| next(Ended::Lost { sent }, repeat, 1, NOW);
        let again = Next::Again(Duration::from_millis(500));
        assert_eq!(next(Repeat::Harmful, false), again);
        assert_eq!(next(Repeat::Harmless, true), again);
        assert_eq!(next(Repeat::Harmful, true), Next::Final);
    }

    #[test]
    fn a_limit_is_waited_for_within_reason() {
        let next = |seconds, tried| {
            let limited = answer(429, &[("retry-after", seconds)], Json::Null);
            next(Ended::Answered(&limited), Repeat::Harmful, tried, NOW)
        };
        let until = |seconds| Next::Limited(Timestamp::from_second(seconds).unwrap());
        assert_eq!(next("3", 1), Next::Again(Duration::from_secs(3)));
        assert_eq!(next("90", 1), Next::Again(Duration::from_secs(90)));
        assert_eq!(next("91", 1), until(91));
        assert_eq!(next("3", 4), until(3));
        let for_ever = i64::MAX.to_string();
        assert_eq!(next(&for_ever, 1), Next::Limited(Timestamp::MAX));
    }

    #[test]
    fn a_refusal_stands() {
        let refused = answer(403, &[], Json::Null);
        let next = next(Ended::Answered(&refused), Repeat::Harmless, 1, NOW);
        assert_eq!(next, Next::Final);
    }
}
