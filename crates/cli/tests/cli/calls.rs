//! How often a cloud is asked, seen by a proxy.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use xtask::account;
use xtask::emulator::{self, Emulator, Kind};
use xtask::recorder::{Call, Recorder};

use crate::sandbox::{Sandbox, graph, transcript};

/// A stack in an account of its own on moto, behind a proxy.
struct Watched {
    sandbox: Sandbox,
    recorder: Recorder,
    account: String,
}

impl Watched {
    fn new(graph: &Json) -> Self {
        Self {
            sandbox: Sandbox::new(graph),
            recorder: Recorder::start(&Emulator::shared(Kind::Moto)).unwrap(),
            account: account::fresh(),
        }
    }

    /// What a run shows, and the calls that it made.
    fn run(&self, arguments: &[&str], code: i32) -> (String, Vec<Call>) {
        self.recorder.take();
        let mut command = self.sandbox.binary(arguments);
        command.envs([
            ("AWS_ENDPOINT_URL", self.recorder.endpoint()),
            ("AWS_REGION", "eu-west-3"),
            ("AWS_ACCESS_KEY_ID", &self.account),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ]);
        let output = command.output().unwrap();
        let seen = transcript(arguments, &output);
        assert_eq!(output.status.code(), Some(code), "{seen}");
        (seen, self.recorder.take())
    }

    /// The cloud's id of a resource.
    fn id(&self, urn: &str) -> String {
        let arguments = ["state", "show", urn, "--format", "json"];
        let output = self.sandbox.succeeds(&arguments);
        let shown: Json = serde_json::from_slice(&output.stdout).unwrap();
        shown["object"]["id"].as_str().unwrap().to_owned()
    }

    /// What somebody else does, by a service that takes a query.
    fn by_hand(&self, service: &str, query: &str) {
        emulator::query(self.recorder.endpoint(), &self.account, service, query).unwrap();
    }
}

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
    let watched = Watched::new(&groups(200));
    // Half of them let everything out, and half nothing: their rules are told apart.
    watched.run(&["apply", "--yes", "--no-preflight"], 0);
    let (seen, calls) = watched.run(&["drift"], 0);
    assert!(seen.contains("200 objects are as recorded"), "{seen}");
    assert!((1..=5).contains(&calls.len()), "{calls:#?}");

    // What they tell is what one call for each would: one changed, and one is gone.
    let changed = watched.id("aws:ec2:SecurityGroup/g0");
    let gone = watched.id("aws:ec2:SecurityGroup/g1");
    for change in [
        format!("Action=DeleteSecurityGroup&GroupId={gone}"),
        format!("Action=CreateTags&ResourceId.1={changed}&Tag.1.Key=by&Tag.1.Value=hand"),
    ] {
        watched.by_hand("ec2", &format!("{change}&Version=2016-11-15"));
    }
    let (seen, calls) = watched.run(&["drift"], 3);
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

/// Three of each type that services have lists of, that differ, and belong to two parents where types have those.
fn of_many_services() -> Json {
    let of = |urn: String, output: &str| json!({"$ref": {"urn": urn, "path": [output]}});
    let subnet = |zone: &str| of(format!("aws:ec2:Subnet/{zone}"), "id");
    let mut all = vec![
        json!({"type": "aws:ec2:Vpc", "name": "net", "inputs": {"cidr_block": "10.1.0.0/16"}}),
    ];
    let mut add = |kind: &str, name: &str, inputs: Json| {
        all.push(json!({"type": kind, "name": name, "inputs": inputs}));
    };
    let network = of("aws:ec2:Vpc/net".into(), "id");
    for (number, zone) in ["a", "b"].into_iter().enumerate() {
        let (range, zone_name) = (format!("10.1.{number}.0/24"), format!("eu-west-3{zone}"));
        add(
            "aws:ec2:Subnet",
            zone,
            json!({"vpc_id": network, "cidr_block": range, "availability_zone": zone_name}),
        );
    }
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]});
    for role in ["one", "two"] {
        add(
            "aws:iam:Role",
            role,
            json!({"assume_role_policy": trust.to_string()}),
        );
    }
    for (number, name) in ["a", "b", "c"].into_iter().enumerate() {
        let parent = if number == 0 { "one" } else { "two" };
        let tags = json!({"number": number.to_string()});
        let subnets = json!([subnet("a"), subnet("b")]);
        add(
            "aws:elbv2:LoadBalancer",
            name,
            json!({"internal": true, "subnets": subnets, "tags": tags, "idle_timeout": 60 + number}),
        );
        add(
            "aws:elbv2:TargetGroup",
            name,
            json!({"target_type": "ip", "protocol": "HTTP", "port": 80 + number,
            "vpc_id": network, "tags": tags, "slow_start": 30 + number}),
        );
        let balancer = of(format!("aws:elbv2:LoadBalancer/{name}"), "arn");
        let targets = of(format!("aws:elbv2:TargetGroup/{name}"), "arn");
        add(
            "aws:elbv2:Listener",
            name,
            json!({"load_balancer_arn": balancer, "port": 80 + number, "protocol": "HTTP",
            "tags": tags, "default_actions": [{"target_group_arn": targets}]}),
        );
        let listener = of(format!("aws:elbv2:Listener/{name}"), "arn");
        add(
            "aws:elbv2:ListenerRule",
            name,
            json!({"listener_arn": listener, "priority": 1 + number, "tags": tags,
            "conditions": [{"path_pattern": [format!("/{name}")]}], "actions": [{"target_group_arn": targets}]}),
        );
        add(
            "aws:cloudwatch:Alarm",
            name,
            json!({"comparison_operator": "GreaterThanThreshold", "evaluation_periods": 1 + number,
            "threshold": 80.0, "namespace": "AWS/ECS", "metric_name": "CPUUtilization", "statistic": "Average", "period": 60, "tags": tags}),
        );
        add(
            "aws:logs:LogGroup",
            name,
            json!({"name": format!("/one/{name}"), "retention_in_days": 7, "tags": tags}),
        );
        add("aws:ecs:Cluster", name, json!({"tags": tags}));
        add(
            "aws:rds:Instance",
            name,
            json!({"engine": "postgres", "instance_class": "db.t4g.micro", "allocated_storage": 20 + number,
            "master_username": "main", "master_password": {"$secret": "none of them"}, "tags": tags, "skip_final_snapshot": true}),
        );
        let scaled = format!("service/main/{name}");
        add(
            "aws:applicationautoscaling:Target",
            name,
            json!({"service_namespace": "ecs", "resource_id": scaled,
            "scalable_dimension": "ecs:service:DesiredCount", "min_capacity": 1, "max_capacity": 2 + number, "tags": tags}),
        );
        let target = |field: &str| of(format!("aws:applicationautoscaling:Target/{name}"), field);
        add(
            "aws:applicationautoscaling:Policy",
            name,
            json!({"service_namespace": "ecs", "resource_id": target("resource_id"),
            "scalable_dimension": "ecs:service:DesiredCount", "target_tracking": {"target_value": 50.0 + number as f64,
            "predefined_metric": {"metric_type": "ECSServiceAverageCPUUtilization"}}}),
        );
        add(
            "aws:iam:RolePolicyAttachment",
            name,
            json!({"role": of(format!("aws:iam:Role/{parent}"), "name"),
            "policy_arn": format!("arn:aws:iam::aws:policy/{}", ["ReadOnlyAccess", "PowerUserAccess", "ReadOnlyAccess"][number])}),
        );
        add(
            "aws:ec2:VpcEndpoint",
            name,
            json!({"vpc_id": network, "tags": tags,
            "service_name": format!("com.amazonaws.eu-west-3.{}", ["s3", "dynamodb", "s3"][number])}),
        );
    }
    graph(json!(all))
}

#[test]
fn what_lists_of_many_services_show_is_what_single_reads_would() {
    let watched = Watched::new(&of_many_services());
    // What is recorded is what a read of each by itself showed.
    watched.run(&["apply", "--yes", "--no-preflight"], 0);
    let (seen, calls) = watched.run(&["drift"], 0);
    assert!(seen.contains("41 objects are as recorded"), "{seen}");
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for action in calls.iter().flat_map(|call| &call.actions) {
        *counted.entry(action).or_default() += 1;
    }
    let counted: String = counted
        .iter()
        .map(|(action, count)| format!("{count} {action}\n"))
        .collect();
    watched.sandbox.assert("calls-of-many-services", &counted);

    // Where a list is refused because one of its objects is gone, the others are read too.
    let rule = watched.id("aws:elbv2:ListenerRule/b");
    let group = watched.id("aws:logs:LogGroup/b");
    watched.by_hand(
        "elasticloadbalancing",
        &format!("Action=DeleteRule&RuleArn={rule}&Version=2015-12-01"),
    );
    let body = json!({"logGroupName": group});
    emulator::call(
        watched.recorder.endpoint(),
        &watched.account,
        "logs",
        "Logs_20140328.DeleteLogGroup",
        &body,
    )
    .unwrap();
    let (seen, _) = watched.run(&["drift"], 3);
    for part in [
        "- aws:elbv2:ListenerRule/b  is gone\n",
        "- aws:logs:LogGroup/b  is gone\n",
        "Drift: 2 gone; 39 as recorded.",
    ] {
        assert!(seen.contains(part), "{part:?} is not in\n{seen}");
    }
}
