//! How often a cloud is asked, seen by a proxy.

use serde_json::{Value as Json, json};
use xtask::account;
use xtask::emulator::{self, Emulator, Kind};
use xtask::recorder::Recorder;

use crate::sandbox::{Sandbox, graph, transcript};

/// Security groups of the default network, whose reads nothing else takes part in.
fn groups(count: usize) -> Json {
    let group = |number: usize| {
        json!({"type": "aws:ec2:SecurityGroup", "name": format!("g{number}"),
            "inputs": {"description": "one of many", "allow_all_egress": number.is_multiple_of(2)}})
    };
    graph(json!((0..count).map(group).collect::<Vec<_>>()))
}

#[test]
fn two_hundred_security_groups_are_read_by_five_calls_at_most() {
    let recorder = Recorder::start(&Emulator::shared(Kind::Moto)).unwrap();
    let sandbox = Sandbox::new(&groups(200));
    let account = account::fresh();
    let run = |arguments: &[&str], code: i32| {
        recorder.take();
        let mut command = sandbox.binary(arguments);
        command.envs([
            ("AWS_ENDPOINT_URL", recorder.endpoint()),
            ("AWS_REGION", "eu-west-3"),
            ("AWS_ACCESS_KEY_ID", &account),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ]);
        let output = command.output().unwrap();
        let seen = transcript(arguments, &output);
        assert_eq!(output.status.code(), Some(code), "{seen}");
        (seen, recorder.take())
    };
    // Half of them let everything out, and half nothing: their rules are told apart.
    run(&["apply", "--yes", "--no-preflight"], 0);
    let (seen, calls) = run(&["drift"], 0);
    assert!(seen.contains("200 objects are as recorded"), "{seen}");
    assert!((1..=5).contains(&calls.len()), "{calls:#?}");

    // What they tell is what one call for each would: one changed, and one is gone.
    let shown = |urn: &str| -> String {
        let output = sandbox.succeeds(&["state", "show", urn, "--format", "json"]);
        let shown: Json = serde_json::from_slice(&output.stdout).unwrap();
        shown["object"]["id"].as_str().unwrap().to_owned()
    };
    let (changed, gone) = (
        shown("aws:ec2:SecurityGroup/g0"),
        shown("aws:ec2:SecurityGroup/g1"),
    );
    for change in [
        format!("Action=DeleteSecurityGroup&GroupId={gone}"),
        format!("Action=CreateTags&ResourceId.1={changed}&Tag.1.Key=by&Tag.1.Value=hand"),
    ] {
        emulator::query(recorder.endpoint(), &account, &change).unwrap();
    }
    let (seen, calls) = run(&["drift"], 3);
    for part in [
        "~ aws:ec2:SecurityGroup/g0\n      tags",
        "- aws:ec2:SecurityGroup/g1  is gone\n",
        "Drift: 1 changed, 1 gone; 198 as recorded.",
    ] {
        assert!(seen.contains(part), "{part:?} is not in\n{seen}");
    }
    // The one that no list shows is asked for by itself.
    assert!((1..=6).contains(&calls.len()), "{calls:#?}");
}
