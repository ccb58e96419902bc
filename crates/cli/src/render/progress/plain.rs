//! One line for each thing that happens: for CI, and for whoever reads it afterwards.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use stack_engine::plan::Plan;
use stack_engine::{Event, Listener};
use stack_model::Urn;

use super::super::id::short;
use super::super::style::elapsed;
use super::{Labels, Progress, Voice, reading, settled, warning};

/// Shorter steps have no line for their beginning: their end follows at once.
const WORTH_A_LINE_MS: u32 = 2_000;

/// Plain lines.
pub(super) struct Plain {
    voice: Voice,
    scene: Mutex<Scene>,
}

#[derive(Default)]
struct Scene {
    labels: Labels,
    /// What each step was last said to wait for: a poll that says the same is no news.
    waiting: HashMap<Urn, String>,
}

impl Plain {
    pub(super) fn new(voice: Voice) -> Self {
        Self {
            voice,
            scene: Mutex::default(),
        }
    }
}

impl Progress for Plain {
    fn begin(&self, plan: &Plan) {
        let mut scene = self.scene.lock().unwrap_or_else(PoisonError::into_inner);
        scene.labels = Labels::of(plan);
    }

    fn rest(&self) {}

    fn say(&self, text: &str) {
        self.voice.say(text);
    }

    fn name(&self) -> Option<&str> {
        self.voice.name.as_deref()
    }
}

impl Listener for Plain {
    fn on(&self, event: Event) {
        let mut scene = self.scene.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = scene.line(event) {
            self.voice.say(&line);
        }
    }
}

impl Scene {
    fn line(&mut self, event: Event) -> Option<String> {
        Some(match event {
            Event::Refreshing { objects } => reading(objects),
            Event::Refreshed { .. } | Event::Applying { .. } => return None,
            Event::Settled { urn, outcome } => settled(&urn, &outcome),
            Event::Started { urn, act, usual_ms } => {
                let (doing, _) = self.labels.verbs(&urn, act);
                match elapsed(usual_ms.into()) {
                    Some(usual) if usual_ms >= WORTH_A_LINE_MS => {
                        format!("{urn}: {doing}, usually {usual}")
                    }
                    _ => return None,
                }
            }
            Event::Waiting { urn, what } => {
                let before = self.waiting.insert(urn.clone(), what.clone());
                if before.as_ref() == Some(&what) {
                    return None;
                }
                format!("{urn}: waiting for {what}")
            }
            Event::Retrying {
                urn,
                error,
                after_ms,
            } => {
                format!("{urn}: trying again in {}: {error}", pause(after_ms))
            }
            Event::Finished {
                urn,
                act,
                id,
                elapsed_ms,
            } => {
                let (_, done) = self.labels.verbs(&urn, act);
                let time = elapsed(elapsed_ms).map(|time| format!(" in {time}"));
                let id = id.map(|id| format!(" ({})", short(&id)));
                format!(
                    "{urn}: {done}{}{}",
                    time.unwrap_or_default(),
                    id.unwrap_or_default()
                )
            }
            Event::Failed {
                urn,
                act,
                error,
                elapsed_ms,
                ..
            } => {
                let (doing, _) = self.labels.verbs(&urn, act);
                let time = elapsed(elapsed_ms).map(|time| format!(" after {time}"));
                format!("{urn}: {doing} failed{}: {error}", time.unwrap_or_default())
            }
            Event::Warning { urn, message } => warning(urn.as_ref(), &message),
        })
    }
}

fn pause(milliseconds: u64) -> String {
    elapsed(milliseconds).unwrap_or_else(|| "a moment".into())
}
