//! Live lines: one for each step that is under way, with its time and what it waits for, and one for the whole.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use stack_engine::plan::{Act, Plan};
use stack_engine::{Event, Listener};
use stack_model::Urn;

use super::super::id::short;
use super::super::style::{ADDED, FAINT, REMOVED, elapsed, live, paint};
use super::{Labels, Progress, Voice, reading, settled, warning};

/// More steps than this have no line of their own; the last line counts them.
const MOST: usize = 12;

const TICK: Duration = Duration::from_millis(100);

/// Live lines.
pub(super) struct Live {
    voice: Voice,
    screen: &'static MultiProgress,
    scene: Mutex<Scene>,
}

#[derive(Default)]
struct Scene {
    labels: Labels,
    whole: Option<ProgressBar>,
    steps: Vec<(Urn, Act, ProgressBar)>,
}

impl Live {
    pub(super) fn new(voice: Voice) -> Self {
        Self {
            voice,
            screen: live(),
            scene: Mutex::default(),
        }
    }
}

impl Progress for Live {
    fn begin(&self, plan: &Plan) {
        self.scene
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .labels = Labels::of(plan);
    }

    fn rest(&self) {
        self.scene
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn say(&self, text: &str) {
        self.voice.say(text);
    }

    fn name(&self) -> Option<&str> {
        self.voice.name.as_deref()
    }
}

impl Scene {
    fn clear(&mut self) {
        self.steps
            .drain(..)
            .for_each(|(.., line)| line.finish_and_clear());
        if let Some(whole) = self.whole.take() {
            whole.finish_and_clear();
        }
    }

    fn whole(&mut self, screen: &MultiProgress, length: usize, what: String) {
        if let Some(before) = self.whole.take() {
            before.finish_and_clear();
        }
        let whole = screen.add(ProgressBar::new(length as u64));
        whole.set_style(style("{spinner} {msg} {pos}/{len} {elapsed}"));
        whole.set_message(what);
        whole.enable_steady_tick(TICK);
        self.whole = Some(whole);
    }

    fn step(&mut self, screen: &MultiProgress, voice: &Voice, urn: Urn, act: Act, usual_ms: u32) {
        if self.steps.len() >= MOST {
            return;
        }
        let line = ProgressBar::new_spinner();
        let line = match &self.whole {
            Some(whole) => screen.insert_before(whole, line),
            None => screen.add(line),
        };
        let (doing, _) = self.labels.verbs(&urn, act);
        let usual = elapsed(usual_ms.into()).map(|usual| format!(" (usually {usual})"));
        line.set_style(style("  {spinner} {prefix} {elapsed}{wide_msg}"));
        line.set_prefix(format!(
            "{}{urn} {doing}{}",
            voice.prefix,
            usual.unwrap_or_default()
        ));
        line.enable_steady_tick(TICK);
        self.steps.push((urn, act, line));
    }

    fn end(&mut self, urn: &Urn, act: Act) {
        let own = |(of, what, _): &(Urn, Act, _)| of == urn && *what == act;
        if let Some(position) = self.steps.iter().position(own) {
            self.steps.remove(position).2.finish_and_clear();
        }
        if let Some(whole) = &self.whole {
            whole.inc(1);
        }
    }

    fn says(&self, urn: &Urn, what: String) {
        let own = self.steps.iter().filter(|(of, ..)| of == urn);
        own.for_each(|(.., line)| line.set_message(format!("  {what}")));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Listener for Live {
    fn on(&self, event: Event) {
        let mut scene = self.scene.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Refreshing { objects } => {
                let what = format!("{}{}", self.voice.prefix, reading(objects));
                scene.whole(self.screen, objects, what)
            }
            Event::Refreshed { .. } => {
                if let Some(whole) = &scene.whole {
                    whole.inc(1);
                }
            }
            Event::Settled { urn, outcome } => self.voice.say(&settled(&urn, &outcome)),
            Event::Applying { steps } => {
                scene.whole(self.screen, steps, format!("{}steps", self.voice.prefix))
            }
            Event::Started { urn, act, usual_ms } => {
                scene.step(self.screen, &self.voice, urn, act, usual_ms)
            }
            Event::Waiting { urn, what } => scene.says(&urn, format!("waiting for {what}")),
            Event::Retrying { urn, error, .. } => {
                scene.says(&urn, format!("trying again: {error}"))
            }
            Event::Finished {
                urn,
                act,
                id,
                elapsed_ms,
            } => {
                scene.end(&urn, act);
                let (_, done) = scene.labels.verbs(&urn, act);
                let time = elapsed(elapsed_ms).map(|time| format!(" in {time}"));
                let id = id.map(|id| format!("  {}", paint(FAINT, short(&id))));
                self.voice.say(&format!(
                    "  {} {urn} {done}{}{}",
                    paint(ADDED, "✓"),
                    time.unwrap_or_default(),
                    id.unwrap_or_default()
                ));
            }
            Event::Failed {
                urn, act, error, ..
            } => {
                scene.end(&urn, act);
                let (doing, _) = scene.labels.verbs(&urn, act);
                self.voice.say(&format!(
                    "  {} {urn} {doing} failed: {error}",
                    paint(REMOVED, "✗")
                ));
            }
            Event::Warning { urn, message } => self.voice.say(&warning(urn.as_ref(), &message)),
        }
    }
}
