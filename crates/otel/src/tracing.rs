//! From the first span to the last.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{KeyValue, Value};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider,
};
use stack_provider::trace::Span;
use url::Url;

use crate::client::{Client, Failure};
use crate::settings::Settings;
use crate::span;

/// How long the last spans may take on their way when a run has ended.
const LAST: Duration = Duration::from_secs(5);
/// How many spans may wait for the collector: those of a refresh of a large stack end all at once.
const QUEUE: usize = 16_384;

/// A trace that is being written.
pub struct Tracing {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    settings: Settings,
    failure: Failure,
}

impl Tracing {
    /// Begins a trace. Nothing is sent yet. What it says of itself is as the standard variables have it.
    pub fn begin(settings: Settings, version: &'static str) -> Result<Self, String> {
        let failure = Failure::default();
        let client = Client::new(settings.towards, failure.clone());
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client.map_err(|error| error.to_string())?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(settings.endpoint.as_str())
            .build()
            .map_err(|error| error.to_string())?;
        let mut batches = BatchConfigBuilder::default();
        if std::env::var_os("OTEL_BSP_MAX_QUEUE_SIZE").is_none() {
            batches = batches.with_max_queue_size(QUEUE);
        }
        let processor = BatchSpanProcessor::builder(exporter)
            .with_batch_config(batches.build())
            .build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource(version))
            .with_span_processor(processor)
            .build();
        Ok(Self {
            tracer: provider.tracer("stack"),
            provider,
            settings,
            failure,
        })
    }

    /// Begins the span of a command, which all others are within. Part of the trace that the surroundings name, if they
    /// name one.
    pub fn command(&self, name: &str) -> Arc<dyn Span> {
        let parent = TraceContextPropagator::new().extract(&self.settings.parent);
        span::command(self.tracer.clone(), &parent, name)
    }

    /// Ends the trace, and gives why some of it is not where it should be, if so. Takes some seconds at most.
    pub fn end(self) -> Option<String> {
        let ended = self.provider.shutdown_with_timeout(LAST);
        let why = match (self.failure.found(), ended) {
            (Some(why), _) => why,
            (None, Ok(())) => return None,
            (None, Err(_)) => format!("no answer within {} seconds", LAST.as_secs()),
        };
        let Settings { endpoint, .. } = &self.settings;
        Some(format!(
            "the trace, or a part of it, could not be sent to {}: {why}",
            shown(endpoint)
        ))
    }
}

/// An address without what may be secret in it.
fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// What the trace is of.
fn resource(version: &'static str) -> Resource {
    let builder = || Resource::builder().with_attribute(KeyValue::new("service.version", version));
    let given = builder().build();
    match given.get_ref(&"service.name".into()) {
        // What the SDK puts in for one that nobody gave.
        Some(Value::String(name)) if !name.as_str().starts_with("unknown_service") => given,
        _ => builder().with_service_name("stack").build(),
    }
}
