//! What a teardown found and did, as text and as events.

use std::fmt::Write;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::expired::{Expired, Survey};
use super::torn::{Left, Stayed, Torn};
use crate::error::{Error, Result};
use crate::render::error;
use crate::render::events::{self, emit};
use crate::render::style::{BOLD, count, elapsed, paint, print, talk};
use crate::render::together::name;
use crate::site::Site;

/// Says what has expired, and of what it cannot be told.
pub fn survey(site: &Site, survey: &Survey, now: Timestamp) -> Result<()> {
    for (place, error) in &survey.untold {
        talk(&format!(
            "warning: whether {} has expired cannot be told: {}",
            name(place),
            error::in_a_line(error)
        ));
    }
    let all = count(survey.environments, "environment");
    talk(&match survey.expired.len() {
        0 => format!("{} has {all}, and none has expired", site.url),
        expired => format!("{} has {all}, of which {expired} expired", site.url),
    });
    let mut text = String::new();
    let names: Vec<String> = survey.expired.iter().map(|one| name(&one.place)).collect();
    let width = names.iter().map(String::len).max().unwrap_or(0);
    for (name, one) in names.iter().zip(&survey.expired) {
        let _ = writeln!(text, "  {name:width$}  {}", about(one, now));
    }
    print(&text).map_err(Error::Output)
}

fn about(expired: &Expired, now: Timestamp) -> String {
    let since = u64::try_from(now.duration_since(expired.since).as_millis()).unwrap_or(0);
    let since = match elapsed(since) {
        Some(since) => format!("expired {since} ago"),
        None => "expired just now".into(),
    };
    let resources = count(expired.resources, "resource");
    match expired.protected {
        0 => format!("{since}, {resources}"),
        protected => format!("{since}, {resources}, {protected} of them protected"),
    }
}

/// The same as the first events of a stream.
pub fn survey_event(site: &Site, survey: &Survey) {
    emit(&json!({
        "event": "begin",
        "version": events::VERSION,
        "release": env!("CARGO_PKG_VERSION"),
        "command": "teardown",
        "backend": site.url,
    }));
    let expired = survey.expired.iter().map(|one| {
        json!({
            "stack": one.place.0,
            "environment": one.place.1,
            "expired": one.since,
            "resources": one.resources,
            "protected": one.protected,
        })
    });
    let untold = survey.untold.iter().map(|((stack, environment), error)| {
        json!({"stack": stack, "environment": environment, "reason": error::in_a_line(error)})
    });
    emit(&json!({
        "event": "survey",
        "environments": survey.environments,
        "expired": expired.collect::<Vec<_>>(),
        "untold": untold.collect::<Vec<_>>(),
    }));
}

/// What came of all.
pub fn summary(torn: &[Torn]) -> String {
    let mut text = String::new();
    for one in torn {
        let _ = writeln!(text, "{}: {}", paint(BOLD, name(&one.place)), came(one));
        if let Left::Stayed(stayed) = &one.left {
            stayed.iter().for_each(|one| stays(&mut text, one));
        }
    }
    let done = torn.iter().filter(|one| one.is_done()).count();
    match torn.len() - done {
        0 => {
            let _ = writeln!(text, "Torn down: {}.", count(done, "environment"));
        }
        left => {
            let _ = writeln!(
                text,
                "Torn down: {}; something stays of {left}.",
                count(done, "environment")
            );
        }
    }
    text
}

fn came(torn: &Torn) -> String {
    let time = elapsed(torn.elapsed_ms).map(|time| format!(" in {time}"));
    let time = time.unwrap_or_default();
    match &torn.left {
        Left::Nothing => format!("gone, {}{time}", count(torn.done, "step")),
        Left::PutOff => "kept: its expiry was put off meanwhile, or taken back".into(),
        Left::Stayed(stayed) => match stayed.iter().filter(|one| one.urn.is_some()).count() {
            0 => "stays".into(),
            some => format!(
                "{} after {}{time}",
                match some {
                    1 => "1 resource stays".to_owned(),
                    some => format!("{some} resources stay"),
                },
                count(torn.done, "step")
            ),
        },
    }
}

fn stays(text: &mut String, stayed: &Stayed) {
    let subject = stayed.urn.as_ref().map(|urn| format!("{urn}: "));
    let subject = subject.unwrap_or_default();
    let _ = writeln!(text, "  {subject}{}", stayed.reason);
    if let Some(hint) = &stayed.hint {
        let _ = writeln!(text, "    {} {hint}", paint(BOLD, "try:"));
    }
}

/// What came of all, as the last event.
pub fn summary_event(torn: &[Torn]) {
    let environments: Vec<Json> = torn.iter().map(came_event).collect();
    emit(&json!({"event": "summary", "environments": environments}));
}

fn came_event(torn: &Torn) -> Json {
    let (left, stayed) = match &torn.left {
        Left::Nothing => ("nothing", &[][..]),
        Left::PutOff => ("put-off", &[][..]),
        Left::Stayed(stayed) => ("some", stayed.as_slice()),
    };
    let stayed = stayed.iter().map(|one| {
        json!({
            "urn": one.urn,
            "reason": one.reason,
            "hint": one.hint,
            "blocked": one.blocked,
        })
    });
    json!({
        "stack": torn.place.0,
        "environment": torn.place.1,
        "done": torn.done,
        "left": left,
        "stayed": stayed.collect::<Vec<_>>(),
        "elapsed_ms": torn.elapsed_ms,
    })
}
