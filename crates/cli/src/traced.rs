//! A run as a trace, where one is wanted.

use std::sync::Arc;

use stack_otel::{Settings, Tracing};
use stack_provider::trace::{self, Fact, Span};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::render::style::talk;

/// The trace of a run. Nothing when nobody wants one.
#[derive(Default)]
pub struct Traced(Option<(Tracing, Arc<dyn Span>)>);

impl Traced {
    /// Begins the trace of a command, if one is wanted. What was asked for on the command line has to make sense; what
    /// variables say keeps no command from running.
    pub fn begin(asked: Option<Option<&str>>, command: &str) -> Result<Self> {
        let settings = match Settings::of(asked, |name| std::env::var(name).ok()) {
            Ok(None) => return Ok(Self::default()),
            Ok(Some(settings)) => settings,
            Err(refused) if asked.flatten().is_some() => {
                return Err(Error::usage(
                    refused.to_string(),
                    "give the https address of a collector that takes OTLP over HTTP, or one on this machine",
                ));
            }
            Err(refused) => return Ok(Self::without(&refused.to_string())),
        };
        match Tracing::begin(settings, env!("CARGO_PKG_VERSION")) {
            Ok(tracing) => {
                let span = tracing.command(command);
                Ok(Self(Some((tracing, span))))
            }
            Err(why) => Ok(Self::without(&why)),
        }
    }

    fn without(why: &str) -> Self {
        talk(&format!("warning: no trace is exported: {why}"));
        Self::default()
    }

    /// Does the work of the command.
    pub async fn follow<T>(&self, doing: impl Future<Output = T>) -> T {
        let span = self.0.as_ref().map(|(_, span)| Arc::clone(span));
        trace::follow(span, doing).await
    }

    /// Ends the trace with how the command ended, and says where it could not be sent.
    pub fn end(self, exit: Exit) {
        let Some((tracing, span)) = self.0 else {
            return;
        };
        span.learn(Fact::Exit(exit.code()));
        if !matches!(exit, Exit::Done | Exit::Changes) {
            span.learn(Fact::Failed(None));
        }
        drop(span);
        if let Some(why) = tracing.end() {
            talk(&format!("warning: {why}"));
        }
    }
}
