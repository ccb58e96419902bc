//! Runs exported as traces: what a collector takes, decoded with OpenTelemetry's own messages.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::sandbox::{STACK_TOML, Sandbox, graph, reference, value};

/// A collector of traces.
struct Collector {
    child: Child,
    lines: BufReader<ChildStdout>,
    address: String,
}

impl Collector {
    /// One that answers so: a status of HTTP, or `silence`.
    fn start(answer: &str) -> Self {
        let python = xtask::venv::of("tests/tracing").unwrap();
        let script = xtask::root().unwrap().join("tests/tracing/collector.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(answer)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut address = String::new();
        lines.read_line(&mut address).unwrap();
        Self {
            child,
            lines,
            address: serde_json::from_str(&address).unwrap(),
        }
    }

    /// Ends it, and gives what it took.
    fn end(mut self) -> Trace {
        self.child.kill().unwrap();
        let lines = self.lines.by_ref().lines();
        let requests = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap());
        Trace {
            requests: requests.collect(),
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a collector took.
struct Trace {
    requests: Vec<Json>,
}

/// A span, as the messages have it.
#[derive(Clone, Copy)]
struct Span<'t>(&'t Json);

impl<'t> Span<'t> {
    fn name(self) -> &'t str {
        self.0["name"].as_str().unwrap()
    }

    fn id(self) -> &'t str {
        self.0["spanId"].as_str().unwrap()
    }

    fn parent(self) -> Option<&'t str> {
        self.0["parentSpanId"].as_str()
    }

    fn get(self, key: &str) -> Option<String> {
        attribute(&self.0["attributes"], key)
    }

    fn failed(self) -> bool {
        self.0["status"]["code"] == "STATUS_CODE_ERROR"
    }

    fn nanos(self, key: &str) -> u64 {
        self.0[key].as_str().unwrap().parse().unwrap()
    }
}

fn attribute(attributes: &Json, key: &str) -> Option<String> {
    let mut attributes = attributes.as_array()?.iter();
    let found = attributes.find(|one| one["key"] == key)?;
    let (_, value) = found["value"].as_object()?.iter().next()?;
    Some(
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
    )
}

impl Trace {
    fn spans(&self) -> Vec<Span<'_>> {
        let resources = self.requests.iter();
        let resources =
            resources.flat_map(|one| one["request"]["resourceSpans"].as_array().unwrap());
        let scopes = resources.flat_map(|one| one["scopeSpans"].as_array().unwrap());
        scopes
            .flat_map(|one| one["spans"].as_array().unwrap())
            .map(Span)
            .collect()
    }

    fn resource(&self, key: &str) -> Option<String> {
        let resource = &self.requests[0]["request"]["resourceSpans"][0]["resource"];
        attribute(&resource["attributes"], key)
    }

    /// The only span of this name.
    fn span(&self, name: &str) -> Span<'_> {
        let spans = self.spans();
        let mut found = spans.iter().filter(|span| span.name() == name);
        match (found.next(), found.next()) {
            (Some(one), None) => *one,
            (found, _) => panic!(
                "{name}: {}: {:?}",
                if found.is_some() { "several" } else { "none" },
                spans.iter().map(|span| span.name()).collect::<Vec<_>>()
            ),
        }
    }

    /// What is directly within a span, in the order in which it began.
    fn within(&self, span: Span<'_>) -> Vec<Span<'_>> {
        let mut found = self.spans();
        found.retain(|one| one.parent() == Some(span.id()));
        found.sort_by_key(|one| one.nanos("startTimeUnixNano"));
        found
    }

    fn names_within(&self, span: Span<'_>) -> Vec<&str> {
        self.within(span).iter().map(|one| one.name()).collect()
    }

    /// Every byte that was sent.
    fn bytes(&self) -> Vec<u8> {
        let bodies = self
            .requests
            .iter()
            .map(|one| one["body"].as_str().unwrap());
        bodies
            .flat_map(|body| STANDARD.decode(body).unwrap())
            .collect()
    }

    /// That all of it is one tree: each span is within another, and within its time.
    fn is_one_tree(&self) {
        let spans = self.spans();
        let mut traces: Vec<_> = spans.iter().map(|span| &span.0["traceId"]).collect();
        traces.dedup();
        assert_eq!(traces.len(), 1, "{traces:?}");
        let mut roots = 0;
        for span in &spans {
            let parent = span
                .parent()
                .and_then(|parent| spans.iter().find(|one| one.id() == parent));
            let Some(parent) = parent else {
                roots += 1;
                continue;
            };
            let begins = |span: &Span<'_>| span.nanos("startTimeUnixNano");
            let ends = |span: &Span<'_>| span.nanos("endTimeUnixNano");
            assert!(
                begins(parent) <= begins(span) && ends(span) <= ends(parent),
                "{} is not within {}",
                span.name(),
                parent.name()
            );
        }
        assert_eq!(roots, 1);
    }
}

/// What has a secret in every place that one can be in.
fn secretive() -> Sandbox {
    let secret = json!({"$secret": "canary-secret"});
    let mut program = graph(json!([
        value("first", json!({"plain": "canary-input", "hidden": secret})),
        value("second", reference("first", json!(["value", "hidden"]))),
    ]));
    program["outputs"] = json!({"told": {"value": reference("first", json!(["value", "plain"]))}});
    Sandbox::new(&program)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_apply_is_a_tree_of_phases_and_steps() {
    let (sandbox, collector) = (secretive(), Collector::start("200"));
    let output = sandbox.succeeds(&["apply", "--yes", &format!("--otel={}", collector.address)]);
    assert!(!said(&output).contains("warning"), "{}", said(&output));
    let trace = collector.end();

    assert_eq!(trace.requests[0]["path"], "/v1/traces");
    let headers = &trace.requests[0]["headers"];
    assert_eq!(headers["content-type"], "application/x-protobuf");
    assert_eq!(trace.resource("service.name").unwrap(), "stack");
    assert_eq!(
        trace.resource("service.version").unwrap(),
        env!("CARGO_PKG_VERSION")
    );

    trace.is_one_tree();
    let root = trace.span("stack apply");
    assert_eq!(root.parent(), None);
    assert_eq!(root.get("stack.command").unwrap(), "apply");
    assert_eq!(root.get("stack.name").unwrap(), "shop");
    assert_eq!(root.get("stack.environment").unwrap(), "dev");
    assert_eq!(root.get("process.exit.code").unwrap(), "0");
    assert!(!root.failed());
    assert_eq!(
        trace.names_within(root),
        [
            "program",
            "open",
            "identify",
            "refresh",
            "plan",
            "preflight",
            "apply",
            "commit"
        ]
    );
    let steps = trace.within(trace.span("apply"));
    let told =
        |key: &str| -> Vec<String> { steps.iter().map(|step| step.get(key).unwrap()).collect() };
    assert_eq!(
        told("stack.urn"),
        ["std:core:Value/first", "std:core:Value/second"]
    );
    assert_eq!(told("stack.type"), ["std:core:Value", "std:core:Value"]);
    assert_eq!(told("stack.act"), ["create", "create"]);
    let recorded = sandbox.succeeds(&["state", "show", "std:core:Value/first", "--format", "json"]);
    let recorded: Json = serde_json::from_slice(&recorded.stdout).unwrap();
    assert_eq!(told("stack.id")[0], recorded["object"]["id"]);
    assert_eq!(steps[0].name(), "create std:core:Value");

    let bytes = trace.bytes();
    let has = |text: &str| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(
        has("std:core:Value/first"),
        "the search finds what is there"
    );
    assert!(!has("canary"), "an input, an output or a secret was sent");
}

#[test]
fn the_standard_variables_say_where_and_what_it_is_part_of() {
    let (sandbox, collector) = (secretive(), Collector::start("200"));
    let output = sandbox
        .binary(&["plan"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address)
        .env(
            "OTEL_EXPORTER_OTLP_HEADERS",
            "authorization=Bearer%20key,x-team=shop",
        )
        .env("OTEL_SERVICE_NAME", "deployments")
        .env("OTEL_RESOURCE_ATTRIBUTES", "team=shop")
        .env(
            "TRACEPARENT",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let trace = collector.end();
    let headers = &trace.requests[0]["headers"];
    assert_eq!(headers["authorization"], "Bearer key");
    assert_eq!(headers["x-team"], "shop");
    assert_eq!(trace.resource("service.name").unwrap(), "deployments");
    assert_eq!(trace.resource("team").unwrap(), "shop");
    trace.is_one_tree();
    let root = trace.span("stack plan");
    let bytes = |base64: &Json| STANDARD.decode(base64.as_str().unwrap()).unwrap();
    assert_eq!(
        hex::encode(bytes(&root.0["traceId"])),
        "0af7651916cd43dd8448eb211c80319c"
    );
    assert_eq!(
        hex::encode(bytes(&root.0["parentSpanId"])),
        "b7ad6b7169203331"
    );
}

#[test]
fn nothing_is_sent_when_it_is_switched_off() {
    let (sandbox, collector) = (secretive(), Collector::start("200"));
    let output = sandbox
        .binary(&["plan"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address)
        .env("OTEL_SDK_DISABLED", "true")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(collector.end().requests.len(), 0);
}

#[test]
fn a_collector_that_is_not_there_or_silent_or_refuses_is_one_warning() {
    // A port that nobody listens on any more.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    let (silent, refusing) = (Collector::start("silence"), Collector::start("403"));
    for (address, why) in [
        (&nobody, "refused"),
        (&silent.address, "no answer within 5 seconds"),
        (&refusing.address, "403"),
    ] {
        let sandbox = secretive();
        let begun = Instant::now();
        let output = sandbox.succeeds(&["apply", "--yes", &format!("--otel={address}")]);
        let took = begun.elapsed();
        let said = said(&output);
        let warnings: Vec<_> = said
            .lines()
            .filter(|line| line.contains("warning"))
            .collect();
        assert_eq!(warnings.len(), 1, "{said}");
        let sent = format!("could not be sent to {address}/v1/traces: ");
        assert!(warnings[0].contains(&sent), "{said}");
        assert!(warnings[0].contains(why), "{said}");
        assert!(took < Duration::from_secs(9), "{took:?}");
    }
    assert_eq!(silent.end().requests.len(), 1);
    assert_eq!(refusing.end().requests.len(), 1);
}

#[test]
fn what_makes_no_sense_is_refused_on_the_command_line_and_only_said_of_a_variable() {
    let sandbox = secretive();
    let asked = sandbox.output(&["plan", "--otel=http://collector.example:4318"]);
    assert_eq!(asked.status.code(), Some(2));
    let wrong = "http://collector.example:4318 is not encrypted, and is not this machine";
    assert!(said(&asked).contains(wrong), "{}", said(&asked));
    let output = sandbox
        .binary(&["plan"])
        .env(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://collector.example:4318",
        )
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let warning = format!("warning: no trace is exported: OTEL_EXPORTER_OTLP_ENDPOINT: {wrong}\n");
    assert!(said(&output).contains(&warning), "{}", said(&output));
}

#[test]
fn a_run_that_is_stopped_is_sent_as_far_as_it_came() {
    let collector = Collector::start("200");
    // A program that never ends, and says when it runs.
    let sandbox = Sandbox::command(&["sh", "-c", "echo running >&2; exec sleep 600"]);
    let otel = format!("--otel={}", collector.address);
    let mut child = sandbox.start(&["plan", &otel]);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    while lines.next().unwrap().unwrap() != "running" {}
    let id = rustix::process::Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let trace = collector.end();
    let root = trace.span("stack plan");
    assert_eq!(root.get("process.exit.code").unwrap(), "130");
    assert!(root.failed());
    assert_eq!(trace.names_within(root), ["program", "open"]);
}

#[test]
fn what_is_done_for_several_environments_is_told_apart() {
    let (sandbox, collector) = (secretive(), Collector::start("200"));
    sandbox.write(
        "Stack.toml",
        &format!("{STACK_TOML}\n[environments.dev]\n[environments.test]\n"),
    );
    let otel = format!("--otel={}", collector.address);
    sandbox.succeeds(&["preview", "--all-environments", &otel]);
    let trace = collector.end();
    trace.is_one_tree();
    let root = trace.span("stack preview");
    let told: Vec<_> = trace
        .within(root)
        .into_iter()
        .map(|one| {
            (
                one.name(),
                one.get("stack.environment").unwrap(),
                trace.names_within(one),
            )
        })
        .collect();
    let planning = vec!["open", "identify", "refresh", "plan"];
    assert_eq!(
        told,
        [
            ("environment", "dev".to_owned(), vec!["program"]),
            ("environment", "test".to_owned(), vec!["program"]),
            ("environment", "dev".to_owned(), planning.clone()),
            ("environment", "test".to_owned(), planning),
        ]
    );
}

#[cfg(feature = "azure")]
mod azure {
    use xtask::azure::LocalAzure;

    use super::*;

    const SUBSCRIPTION: &str = "5a000000-0000-4000-8000-00000000007e";

    fn identity(name: &str) -> Json {
        let group = json!({"$ref": {"urn": "azure:resources:ResourceGroup/all", "path": ["id"]}});
        json!({"type": "azure:managedidentity:UserAssignedIdentity", "name": name, "inputs": {
            "resource_group_id": group, "name": name, "location": "westeurope", "tags": {"note": "canary-tag"},
        }})
    }

    /// One identity is asked for too often and made then, and the other is refused.
    #[test]
    fn a_retry_is_an_event_and_a_failed_step_says_what_kind_of_error_it_is() {
        let azure = LocalAzure::start(Duration::ZERO).unwrap();
        let collector = Collector::start("200");
        let sandbox = Sandbox::new(&graph(json!([
            {"type": "azure:resources:ResourceGroup", "name": "all", "inputs": {"location": "westeurope"}},
            identity("throttled"),
            identity("refused"),
        ])));
        let fault = |name: &str, status: u16, code: &str, message: &str| {
            json!({"method": "PUT", "path": format!("userAssignedIdentities/{name}"),
                   "answer": {"status": status, "code": code, "message": message}})
        };
        let faults = json!([
            fault("throttled", 429, "TooManyRequests", "canary-said"),
            fault("refused", 400, "InvalidRequestContent", "canary-said"),
        ]);
        azure
            .control(
                "PUT",
                &format!("faults?subscription={SUBSCRIPTION}"),
                Some(&faults),
            )
            .unwrap();
        let otel = format!("--otel={}", collector.address);
        let run = |arguments: &[&str]| {
            let output = sandbox
                .binary(arguments)
                .envs(azure.variables(SUBSCRIPTION))
                .output()
                .unwrap();
            (output.status.code(), said(&output))
        };
        let (code, said) = run(&["apply", "--yes", "--no-preflight", &otel]);
        assert_eq!(code, Some(1), "{said}");
        let trace = collector.end();
        trace.is_one_tree();
        let root = trace.span("stack apply");
        assert_eq!(root.get("process.exit.code").unwrap(), "1");
        assert!(root.failed() && trace.span("apply").failed());

        let steps = trace.within(trace.span("apply"));
        let step = |name: &str| {
            let mut found = steps.iter().filter(|step| {
                let urn = step.get("stack.urn").unwrap();
                urn.rsplit('/').next() == Some(name)
            });
            *found.next().unwrap()
        };
        let write = "Microsoft.ManagedIdentity/userAssignedIdentities/write";
        let calls = |step: Span<'_>| -> Vec<Json> {
            let told = trace
                .within(step)
                .into_iter()
                .filter(|call| call.name() == write);
            told.map(|call| {
                json!([
                    call.get("http.response.status_code"),
                    call.get("error.type"),
                    call.get("http.request.resend_count"),
                    call.failed(),
                ])
            })
            .collect()
        };

        let throttled = step("throttled");
        assert!(!throttled.failed());
        assert!(
            throttled
                .get("stack.id")
                .unwrap()
                .contains("userAssignedIdentities")
        );
        let events = throttled.0["events"].as_array().unwrap();
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0]["name"], "retry");
        assert_eq!(
            attribute(&events[0]["attributes"], "error.type").unwrap(),
            "throttled"
        );
        assert_eq!(
            calls(throttled),
            [
                json!(["429", "throttled", null, true]),
                json!(["201", null, "1", false]),
            ]
        );

        let refused = step("refused");
        assert!(refused.failed());
        assert_eq!(refused.get("error.type").unwrap(), "invalid");
        assert_eq!(refused.0.get("events"), None);
        assert_eq!(calls(refused), [json!(["400", "invalid", null, true])]);

        let mut within = trace.within(throttled).into_iter();
        let call = within.find(|call| call.name() == write).unwrap();
        assert_eq!(call.0["kind"], "SPAN_KIND_CLIENT");
        assert_eq!(call.get("cloud.provider").unwrap(), "azure");
        assert_eq!(
            call.get("rpc.service").unwrap(),
            "Microsoft.ManagedIdentity"
        );
        assert_eq!(call.get("rpc.method").unwrap(), write);
        assert_eq!(call.get("stack.request_id").unwrap().len(), 36);
        let bytes = trace.bytes();
        assert!(!bytes.windows(6).any(|part| part == b"canary"));

        // What is there is read below the refresh, each object on its own.
        let collector = Collector::start("200");
        let (code, said) = run(&["plan", &format!("--otel={}", collector.address)]);
        assert_eq!(code, Some(0), "{said}");
        let trace = collector.end();
        trace.is_one_tree();
        let read = trace.span("read azure:managedidentity:UserAssignedIdentity");
        assert_eq!(read.parent(), Some(trace.span("refresh").id()));
        assert_eq!(
            trace.names_within(read),
            ["Microsoft.ManagedIdentity/userAssignedIdentities/read"]
        );
    }
}
