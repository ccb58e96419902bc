//! A run as it goes on, as server-sent events. The backend is read for as long as somebody watches.
//!
//! - `run`: the run that is under way, or null; when it begins, ends, or its lock is lost.
//! - `steps`: the steps of it that are new, or further than before.
//! - `state`: the number of the newest state; when that is another.
//! - `trouble`: why it cannot be read just now.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use stack_engine::Backend;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::Instant;

use crate::http::send;
use crate::recorded;
use crate::run::{self, Run, Step};
use crate::source::Unread;

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// The pause as a multiple of what a look takes, so that a slow backend is not busy with being watched.
const PART: u32 = 5;
/// After this long without news a line says that somebody is still there; a browser that went away is found out by it.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// What was told last.
#[derive(Default)]
struct Told {
    serial: Option<u64>,
    /// Who runs what, since when.
    run: Option<Option<Run>>,
    steps: HashMap<u32, Step>,
    trouble: Option<String>,
}

/// Tells of an environment until the other side goes away.
pub async fn follow(
    backend: &dyn Backend,
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
) -> std::io::Result<()> {
    let mut told = Told::default();
    let mut last = Instant::now();
    loop {
        let begun = Instant::now();
        let mut news = told.news(look(backend).await);
        if news.is_empty() && last.elapsed() >= SIGN_OF_LIFE {
            news.push_str(":\n\n");
        }
        if !news.is_empty() {
            send(to, news.as_bytes()).await?;
            last = Instant::now();
        }
        let pause = PAUSE.max(begun.elapsed() * PART);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            // Nothing more is asked on this connection, so what ends the waiting is its end.
            _ = from.read_u8() => return Ok(()),
        }
    }
}

async fn look(backend: &dyn Backend) -> Result<(u64, Option<Run>), Unread> {
    let recorded = recorded::read(backend).await?;
    Ok(recorded.map_or((0, None), |recorded| {
        (recorded.state.header.serial, run::of(&recorded))
    }))
}

fn event(name: &str, data: &impl Serialize) -> String {
    format!("event: {name}\ndata: {}\n\n", json!(data))
}

impl Told {
    /// What is new since the last look, as events.
    fn news(&mut self, seen: Result<(u64, Option<Run>), Unread>) -> String {
        let (serial, run) = match seen {
            Ok(seen) => seen,
            Err(Unread(why)) if self.trouble.as_ref() == Some(&why) => return String::new(),
            Err(Unread(why)) => {
                let told = event("trouble", &why);
                self.trouble = Some(why);
                return told;
            }
        };
        let mut news = String::new();
        if self.trouble.take().is_some() {
            // What was missed meanwhile is told from the beginning.
            *self = Self::default();
        }
        let bare = |run: &Run| Run {
            steps: Vec::new(),
            ..run.clone()
        };
        let head = run.as_ref().map(bare);
        if self.run.as_ref() != Some(&head) {
            news.push_str(&event("run", &run));
            self.steps.clear();
            self.run = Some(head);
        } else {
            let steps = run.iter().flat_map(|run| &run.steps);
            let further: Vec<&Step> = steps
                .filter(|step| self.steps.get(&step.step) != Some(*step))
                .collect();
            if !further.is_empty() {
                news.push_str(&event("steps", &further));
            }
        }
        let steps = run.into_iter().flat_map(|run| run.steps);
        self.steps.extend(steps.map(|step| (step.step, step)));
        if self.serial.replace(serial) != Some(serial) {
            news.push_str(&event("state", &serial));
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use stack_engine::journal::Operation;

    use super::*;
    use crate::run::Progress;

    fn run(steps: &[(u32, Progress)]) -> Option<Run> {
        let step = |(step, progress): &(u32, Progress)| Step {
            step: *step,
            urn: format!("std:core:Value/v{step}").parse().unwrap(),
            operation: Operation::Create,
            progress: *progress,
            depends_on: Vec::new(),
            id: None,
            error: None,
        };
        Some(Run {
            command: "apply".into(),
            since: "2026-11-23T16:00:00Z".into(),
            holder: None,
            steps: steps.iter().map(step).collect(),
        })
    }

    fn names(news: &str) -> Vec<&str> {
        news.lines()
            .filter_map(|line| line.strip_prefix("event: "))
            .collect()
    }

    #[test]
    fn only_what_is_new_is_told() {
        let mut told = Told::default();
        assert_eq!(names(&told.news(Ok((4, None)))), ["run", "state"]);
        assert_eq!(told.news(Ok((4, None))), "");
        let begun = told.news(Ok((4, run(&[(0, Progress::UnderWay)]))));
        assert_eq!(names(&begun), ["run"]);
        assert_eq!(told.news(Ok((4, run(&[(0, Progress::UnderWay)])))), "");
        let further = told.news(Ok((
            4,
            run(&[(0, Progress::UnderWay), (1, Progress::UnderWay)]),
        )));
        assert_eq!(names(&further), ["steps"]);
        assert!(
            further.contains("/v1") && !further.contains("/v0"),
            "{further}"
        );
        let done = told.news(Ok((
            4,
            run(&[(0, Progress::Done), (1, Progress::UnderWay)]),
        )));
        assert!(done.contains("\"done\"") && !done.contains("/v1"), "{done}");
        assert_eq!(names(&told.news(Ok((5, None)))), ["run", "state"]);
    }

    #[test]
    fn trouble_is_told_once_and_what_was_missed_afterwards() {
        let mut told = Told::default();
        told.news(Ok((4, run(&[(0, Progress::UnderWay)]))));
        let trouble = || Err(Unread("cannot read it".into()));
        assert_eq!(names(&told.news(trouble())), ["trouble"]);
        assert_eq!(told.news(trouble()), "");
        let after = told.news(Ok((4, run(&[(0, Progress::Done)]))));
        assert_eq!(names(&after), ["run", "state"]);
        assert!(after.contains("\"done\""), "{after}");
    }
}
