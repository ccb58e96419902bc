//! From what the engine and the clouds tell to attributes.
//!
//! Names follow OpenTelemetry's semantic conventions where they have one, and begin with `stack.` where they do not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};

use opentelemetry::trace::{SpanBuilder, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use stack_provider::trace::{Fact, Span, Work};

/// A piece of work as a span.
struct Spanned {
    tracer: SdkTracer,
    context: Context,
    /// How often it was tried again so far.
    retries: AtomicU32,
    /// The status of the cloud's answer; 0 when there is none.
    status: AtomicU16,
}

/// The span of a command.
pub(crate) fn command(tracer: SdkTracer, parent: &Context, name: &str) -> Arc<dyn Span> {
    let builder = SpanBuilder::from_name(format!("stack {name}"))
        .with_attributes([KeyValue::new("stack.command", name.to_owned())]);
    Spanned::begin(tracer, builder, parent)
}

impl Spanned {
    fn begin(tracer: SdkTracer, builder: SpanBuilder, parent: &Context) -> Arc<dyn Span> {
        let span = tracer.build_with_context(builder, parent);
        Arc::new(Self {
            context: parent.with_span(span),
            tracer,
            retries: AtomicU32::new(0),
            status: AtomicU16::new(0),
        })
    }

    fn set(&self, key: &'static str, value: impl Into<opentelemetry::Value>) {
        self.context.span().set_attribute(KeyValue::new(key, value));
    }
}

impl Span for Spanned {
    fn begin(&self, work: Work<'_>) -> Arc<dyn Span> {
        let builder = builder(work, self.retries.load(Ordering::Relaxed));
        Self::begin(self.tracer.clone(), builder, &self.context)
    }

    fn learn(&self, fact: Fact<'_>) {
        match fact {
            Fact::Environment { stack, environment } => {
                self.set("stack.name", stack.to_owned());
                self.set("stack.environment", environment.to_owned());
            }
            Fact::Id(id) => self.set("stack.id", id.to_owned()),
            Fact::Retry { kind, after } => {
                self.retries.fetch_add(1, Ordering::Relaxed);
                let millis = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
                let attributes = vec![
                    KeyValue::new("error.type", kind.name()),
                    KeyValue::new("stack.retry.after_ms", millis),
                ];
                self.context.span().add_event("retry", attributes);
            }
            Fact::Answer { status, request } => {
                self.status.store(status, Ordering::Relaxed);
                self.set("http.response.status_code", i64::from(status));
                if let Some(request) = request {
                    self.set("stack.request_id", request.to_owned());
                }
            }
            Fact::Failed(kind) => {
                let what = match (kind, self.status.load(Ordering::Relaxed)) {
                    (Some(kind), _) => kind.name().to_owned(),
                    (None, 0) => "other".to_owned(),
                    (None, status) => status.to_string(),
                };
                self.set("error.type", what.clone());
                self.context.span().set_status(Status::error(what));
            }
            Fact::Exit(code) => self.set("process.exit.code", i64::from(code)),
        }
    }
}

impl Drop for Spanned {
    fn drop(&mut self) {
        self.context.span().end();
    }
}

/// A span that is about to begin. `tried` is how often what it is within was tried before.
fn builder(work: Work<'_>, tried: u32) -> SpanBuilder {
    let text = |key: &'static str, value: &str| KeyValue::new(key, value.to_owned());
    match work {
        Work::Phase(name) => SpanBuilder::from_name(name),
        Work::Environment { stack, environment } => SpanBuilder::from_name("environment")
            .with_attributes([
                text("stack.name", stack),
                text("stack.environment", environment),
            ]),
        Work::Read(urn) => SpanBuilder::from_name(format!("read {}", urn.type_name()))
            .with_attributes([
                text("stack.urn", urn.as_ref()),
                text("stack.type", urn.type_name()),
            ]),
        Work::List { type_name, objects } => SpanBuilder::from_name(format!("list {type_name}"))
            .with_attributes([
                text("stack.type", type_name),
                KeyValue::new("stack.objects", i64::try_from(objects).unwrap_or(i64::MAX)),
            ]),
        Work::Step { urn, act } => SpanBuilder::from_name(format!("{act} {}", urn.type_name()))
            .with_attributes([
                text("stack.urn", urn.as_ref()),
                text("stack.type", urn.type_name()),
                text("stack.act", act),
            ]),
        Work::Call {
            cloud,
            service,
            operation,
            region,
            retry,
        } => {
            let mut attributes = vec![
                text("cloud.provider", cloud),
                text("rpc.service", service),
                text("rpc.method", operation),
            ];
            attributes.extend(region.map(|region| text("cloud.region", region)));
            let resent = tried + retry;
            if resent > 0 {
                attributes.push(KeyValue::new(
                    "http.request.resend_count",
                    i64::from(resent),
                ));
            }
            SpanBuilder::from_name(operation.to_owned())
                .with_kind(SpanKind::Client)
                .with_attributes(attributes)
        }
    }
}
