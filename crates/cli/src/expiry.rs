//! When an environment is to be torn down.

use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, Unit};
use stack_engine::Session;

use crate::error::{Error, Result};
use crate::project::Environment;
use crate::render::style::{elapsed, talk};

/// For how long an environment is to live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// So long.
    For(SignedDuration),
    /// Until somebody destroys it.
    Endless,
}

impl FromStr for Lifetime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "never" => Ok(Self::Endless),
            text => duration(text).map(Self::For),
        }
    }
}

/// A time as people write it: `90m`, `4h`, `3 days`. Not nothing, and no longer than jiff can add to now.
pub fn duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = || "write a time such as 90m, 4h or 3d".to_owned();
    let span: Span = text.parse().map_err(|_| wrong())?;
    let days = SpanRelativeTo::days_are_24_hours();
    let duration = span.to_duration(days).map_err(|_| wrong())?;
    match duration > SignedDuration::ZERO {
        true => Ok(duration),
        false => Err("a time is more than nothing".into()),
    }
}

/// So long after a moment, to the second.
pub fn after(moment: Timestamp, time: SignedDuration) -> Result<Timestamp> {
    let at = moment.checked_add(time);
    let at = at.and_then(|at| at.round(Unit::Second));
    at.map_err(|_| Error::usage("that time never comes", "write a shorter one"))
}

/// When it is to be torn down.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Expiry {
    /// Tear the environment down after so long, such as 90m, 4h or 3d: `stack teardown` does, and `stack extend` puts it
    /// off; `never` takes that back. As Stack.toml says when not given
    #[arg(long, value_name = "DURATION")]
    expires_in: Option<Lifetime>,
}

impl Expiry {
    /// Records when an environment is to be torn down. What Stack.toml says begins anew with every apply, and never
    /// shortens what was put off.
    pub fn record(
        self,
        environment: &Environment,
        session: &mut Session<'_>,
        now: Timestamp,
    ) -> Result<()> {
        let recorded = session.state().header.expires;
        if environment.production {
            if let Some(Lifetime::For(_)) = self.expires_in {
                return Err(Error::usage(
                    format!("{} is production, which never expires", environment.name),
                    "leave --expires-in out",
                ));
            }
            session.set_expiry(None);
            return Ok(());
        }
        let expires = match (self.expires_in, environment.expires_in) {
            (Some(Lifetime::For(time)), _) => Some(after(now, time)?),
            (Some(Lifetime::Endless), _) => None,
            (None, Some(Lifetime::For(time))) => recorded.max(Some(after(now, time)?)),
            (None, Some(Lifetime::Endless) | None) => recorded,
        };
        session.set_expiry(expires);
        if let Some(at) = expires.filter(|at| *at <= now) {
            talk(&format!(
                "warning: {} has expired at {at}, so a teardown may take it at any time; `stack extend` puts that off",
                environment.name
            ));
        }
        Ok(())
    }
}

/// Says when an environment is going to be torn down, where it is.
pub fn tell(session: &Session<'_>, now: Timestamp) {
    let header = &session.state().header;
    let Some(at) = header.expires.filter(|at| *at > now) else {
        return;
    };
    let left = u64::try_from(at.duration_since(now).as_millis()).unwrap_or(0);
    let left = elapsed(left).map(|left| format!(", in {left}"));
    talk(&format!(
        "{} expires at {at}{}",
        header.environment,
        left.unwrap_or_default()
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_what_people_write() {
        let hours = |hours| Ok(Lifetime::For(SignedDuration::from_hours(hours)));
        assert_eq!("4h".parse(), hours(4));
        assert_eq!(
            "90m".parse(),
            Ok(Lifetime::For(SignedDuration::from_mins(90)))
        );
        assert_eq!("3d".parse(), hours(72));
        assert_eq!("2 days 1 hour".parse(), hours(49));
        assert_eq!("1w".parse(), hours(168));
        assert_eq!("never".parse(), Ok(Lifetime::Endless));
        for wrong in [
            "",
            "0s",
            "-4h",
            "four hours",
            "4",
            "1mo",
            "4h ago",
            "9999999y",
        ] {
            assert!(wrong.parse::<Lifetime>().is_err(), "{wrong}");
        }
        let forever = SignedDuration::MAX;
        assert!(after(Timestamp::UNIX_EPOCH, forever).is_err());
    }
}
