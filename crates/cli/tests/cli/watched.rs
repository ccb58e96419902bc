//! What the reference stacks ask of their clouds, seen by a proxy: only reads while planning, and never what
//! `stack permissions` does not name.

use std::process::Command;
#[cfg(feature = "azure")]
use std::{sync::Arc, time::Duration};

use serde_json::{Value as Json, json};
#[cfg(feature = "azure")]
use xtask::azure::LocalAzure;
#[cfg(feature = "aws")]
use xtask::emulator::{self, Emulator, Kind};
use xtask::recorder::{Call, Recorder};
use xtask::starter::Starter;

/// A starter behind a recording proxy.
struct Watched {
    starter: Starter,
    recorder: Recorder,
    /// The variable that leads to the cloud.
    variable: &'static str,
}

impl Watched {
    fn stack(&self, arguments: &[&str]) -> Command {
        let mut command = self.starter.stack(arguments);
        command.env(self.variable, self.recorder.endpoint());
        command
    }

    /// Runs a command to its end, and gives its standard output and what it called.
    fn run(&self, arguments: &[&str], code: i32) -> (String, Vec<Call>) {
        self.recorder.take();
        let output = self.stack(arguments).output().unwrap();
        let (shown, said) = (output.stdout, String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{said}");
        (String::from_utf8(shown).unwrap(), self.recorder.take())
    }

    /// The documents that permit the program, or only plans of it, for which no cloud is asked.
    fn permitted(&self, further: &[&str]) -> Permitted {
        let arguments = [&["permissions"], further].concat();
        let (shown, calls) = self.run(&arguments, 0);
        assert_eq!(calls, [], "no cloud is asked what to permit");
        let documents = serde_json::Deserializer::from_str(&shown).into_iter::<Json>();
        Permitted(documents.map(Result::unwrap).collect())
    }

    /// From the first plan to nothing left.
    fn asks_for_nothing_else(&self, life: &Life<'_>) {
        let (planning, everything) = (self.permitted(&["--plan-only"]), self.permitted(&[]));
        let plans = |further: &[&str], code: i32| {
            for command in ["plan", "preview"] {
                // A preview shows what an apply would do, and nothing that only a person asks for.
                let further = if command == "plan" { further } else { &[] };
                let arguments = [&[command, "--exit-code"], further].concat();
                let (_, calls) = self.run(&arguments, code);
                assert!(!calls.is_empty(), "the proxy was passed by");
                let wrote: Vec<_> = calls.iter().filter(|call| !call.reads).collect();
                assert!(wrote.is_empty(), "{arguments:?} sent {wrote:#?}");
                planning.allow(command, &calls);
            }
        };
        let changes = |arguments: &[&str]| {
            let (_, calls) = self.run(arguments, 0);
            let wrote = calls.iter().any(|call| !call.reads);
            assert!(wrote, "{arguments:?} changed nothing");
            let mut actions = calls.iter().flat_map(|call| &call.actions);
            let asked = actions.any(|action| action == life.preflight);
            assert_eq!(asked, arguments[0] == "apply", "{}", life.preflight);
            everything.allow(arguments[0], &calls);
        };

        plans(&[], 3);
        changes(&["apply", "--yes"]);
        plans(&[], 0);
        (life.drift)(self);
        plans(&[], 3);
        changes(&["apply", "--yes"]);
        self.starter
            .configure(&[("app.web.replicas", 2.into())])
            .unwrap();
        plans(&["--replace", life.replaced], 3);
        changes(&["apply", "--yes", "--replace", life.replaced]);
        // What is recorded has to be permitted as well, when the program does not say it any more.
        let recorded = self.permitted(&[]);
        assert_eq!(everything.actions(), recorded.actions());
        changes(&["destroy", "--yes"]);
        plans(&[], 3);
    }

    /// The recorded id of a resource.
    fn id(&self, urn: &str) -> String {
        let (shown, _) = self.run(&["state", "show", urn, "--format", "json"], 0);
        let shown: Json = serde_json::from_str(&shown).unwrap();
        shown["object"]["id"].as_str().unwrap().to_owned()
    }
}

/// What happens to a starter between its first plan and its end, besides another number of replicas.
struct Life<'l> {
    /// Changes what is there, behind the engine's back.
    drift: &'l dyn Fn(&Watched),
    /// What is replaced.
    replaced: &'l str,
    /// What is asked before an apply.
    preflight: &'l str,
}

/// Documents of IAM or a role's definition.
struct Permitted(Vec<Json>);

impl Permitted {
    /// Every action that they name.
    fn actions(&self) -> Vec<String> {
        let texts = |list: &Json| -> Vec<String> {
            let items = list.as_array().into_iter().flatten();
            items
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        };
        let of_document = |document: &Json| {
            let statements = document["Statement"].as_array().into_iter().flatten();
            let of_aws = statements.flat_map(|statement| texts(&statement["Action"]));
            texts(&document["Actions"])
                .into_iter()
                .chain(of_aws)
                .collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of_document).collect()
    }

    /// Fails when they do not allow one of the calls.
    fn allow(&self, what: &str, calls: &[Call]) {
        for call in calls {
            for action in &call.actions {
                assert!(
                    self.allows(action, &call.names),
                    "{what} called {action} of {:?}: {}",
                    call.names,
                    call.line
                );
            }
        }
    }

    fn allows(&self, action: &str, names: &[String]) -> bool {
        let is_one = |list: &Json, what: &str| {
            let items = list
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str);
            items.into_iter().any(|pattern| matches(pattern, what))
        };
        self.0.iter().any(|document| {
            let mut statements = document["Statement"].as_array().into_iter().flatten();
            let of_aws = statements.any(|statement| {
                let resources = &statement["Resource"];
                let about = |name: &String| match name.starts_with("arn:") {
                    true => is_one(resources, name),
                    false => is_one(resources, &format!("{}{name}", Self::of_name(action))),
                };
                let narrow = *resources != json!(["*"]);
                is_one(&statement["Action"], action)
                    && (!narrow || (!names.is_empty() && names.iter().all(about)))
            });
            of_aws || is_one(&document["Actions"], action)
        })
    }

    /// What comes before a name in an ARN.
    fn of_name(action: &str) -> &'static str {
        match action.split(':').next() {
            Some("s3") => "arn:aws:s3:::",
            Some("iam") => "arn:aws:iam::any:role/",
            Some("ecr") => "arn:aws:ecr:eu-west-3:any:repository/",
            Some("logs") => "arn:aws:logs:eu-west-3:any:log-group:",
            Some("secretsmanager") => "arn:aws:secretsmanager:eu-west-3:any:secret:",
            _ => "",
        }
    }
}

/// Whether a text is what a pattern says: `*` is anything, `?` any character, and case does not count.
fn matches(pattern: &str, text: &str) -> bool {
    fn rest(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', more)), _) if rest(more, text) => true,
            (Some((b'*', _)), Some((_, left))) => rest(pattern, left),
            (Some((b'?', more)), Some((_, left))) => rest(more, left),
            (Some((one, more)), Some((other, left))) => {
                one.eq_ignore_ascii_case(other) && rest(more, left)
            }
            _ => false,
        }
    }
    rest(pattern.as_bytes(), text.as_bytes())
}

#[cfg(feature = "aws")]
#[test]
fn the_aws_starter_asks_for_nothing_that_is_not_permitted() {
    let endpoint = Emulator::shared(Kind::Ministack);
    let starter = Starter::aws(env!("CARGO_BIN_EXE_stack").into(), &endpoint).unwrap();
    // To the emulator we are the root of the account, whom nothing is refused; so that the preflight asks, we are not.
    let deny = format!("deny/{}/iam:CreateUser", starter.account());
    emulator::ask(&endpoint, &deny).unwrap();
    let watched = Watched {
        starter,
        recorder: Recorder::start(&endpoint).unwrap(),
        variable: "AWS_ENDPOINT_URL",
    };
    watched.asks_for_nothing_else(&Life {
        drift: &|watched| {
            let target = "Logs_20140328.PutRetentionPolicy";
            let group = watched.id("aws:logs:LogGroup/web-log");
            let body = json!({"logGroupName": group, "retentionInDays": 1});
            emulator::call(&endpoint, watched.starter.account(), "logs", target, &body).unwrap();
        },
        replaced: "aws:elbv2:TargetGroup/front-web",
        preflight: "iam:SimulatePrincipalPolicy",
    });
}

#[cfg(feature = "azure")]
#[test]
fn the_azure_starter_asks_for_nothing_that_is_not_permitted() {
    let azure = Arc::new(LocalAzure::start(Duration::from_millis(30)).unwrap());
    let starter = Starter::azure(env!("CARGO_BIN_EXE_stack").into(), &azure).unwrap();
    let watched = Watched {
        starter,
        recorder: Recorder::start(azure.endpoint()).unwrap(),
        variable: "STACK_AZURE_ENDPOINT",
    };
    watched.asks_for_nothing_else(&Life {
        drift: &|watched| {
            let app = watched.id("azure:app:ContainerApp/web-service");
            let patch = json!({"properties": {"template": {"scale": {"maxReplicas": 9}}}});
            let what = format!("resource?id={app}");
            azure.control("PATCH", &what, Some(&patch)).unwrap();
        },
        replaced: "azure:managedidentity:UserAssignedIdentity/platform-services",
        preflight: "Microsoft.Authorization/permissions/read",
    });
}
