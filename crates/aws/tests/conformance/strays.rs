//! What is there in an account, whoever knows of it.

use aws_config::SdkConfig;
use serde_json::{Value, json};
use stack_aws::AwsProvider;
use stack_model::{Graph, Map};
use stack_provider::{Owner, Provider, Search, Stray, Strays};
use stack_testkit::conformance::{Bench, Case, searched};
use xtask::emulator::{Emulator, ask};

use crate::emulated::{Kind, config, provider};

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(test);
}

/// A case's objects are found by a search.
pub fn finds(kind: Kind, case: Case) {
    run(async {
        let (provider, _) = provider(kind).await;
        searched(&case, provider, |_, _| false).await;
    });
}

/// An account on an emulator.
struct Account {
    kind: Kind,
    number: String,
    config: SdkConfig,
}

impl Account {
    async fn on(kind: Kind) -> Self {
        let number = xtask::account::fresh();
        let config = config(kind, &number).await;
        Self {
            kind,
            number,
            config,
        }
    }

    fn provider(&self) -> AwsProvider {
        AwsProvider::on(self.config.clone())
    }

    async fn search(&self, search: Search) -> Strays {
        let observer = self.provider().observe(&Map::new()).await;
        let observer = observer.expect("it connects");
        observer.strays(search).await.expect("it is answered")
    }

    /// Refuses an operation from now on.
    fn forbid(&self, operation: &str) {
        let what = format!("fail/{}/{operation}/denied/1000000", self.number);
        ask(&Emulator::shared(self.kind), &what).expect("it is forbidden");
    }

    /// A network, a log group and a role of ours.
    async fn apply(&self) {
        let assume = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]});
        let resource = |type_name: &str, inputs: Value| json!({"type": type_name, "name": "one", "inputs": inputs});
        let resources = json!([
            resource("aws:ec2:Vpc", json!({"cidr_block": "10.0.0.0/16"})),
            resource("aws:logs:LogGroup", json!({})),
            resource(
                "aws:iam:Role",
                json!({"assume_role_policy": assume.to_string()})
            ),
        ]);
        let graph = json!({"format": 1, "resources": resources}).to_string();
        let graph = Graph::parse(graph.as_bytes()).expect("the graph is good");
        let bench = Bench::new(std::sync::Arc::new(self.provider()));
        bench.apply(&graph).await.expect("it is made");
    }
}

fn types(strays: &Strays) -> Vec<&str> {
    let mut types: Vec<&str> = strays
        .found
        .iter()
        .map(|stray| stray.type_name.as_str())
        .collect();
    types.sort_unstable();
    types
}

const OURS: [&str; 3] = ["aws:ec2:Vpc", "aws:iam:Role", "aws:logs:LogGroup"];

/// What is said of every account.
const RECORDS: &str = "aws:route53:Record: carries no tags";

/// Not the default network, its table, groups and gateway, nor the groups of databases that belong to nobody.
#[test]
fn what_aws_makes_by_itself_is_not_found() {
    run(async {
        for kind in Kind::AWS {
            let account = Account::on(kind).await;
            let iam = aws_sdk_iam::Client::new(&account.config);
            let role = iam.create_role().role_name("AWSServiceRoleForSupport");
            let role = role.path("/aws-service-role/support.amazonaws.com/");
            role.assume_role_policy_document("{}")
                .send()
                .await
                .expect("it is made");
            let found = account.search(Search::All).await;
            assert_eq!(found.found, [], "{kind:?}");
            assert_eq!(found.unseen, [RECORDS], "{kind:?}");
        }
    });
}

#[test]
fn what_has_none_of_our_tags_is_found_when_everything_is_asked_for() {
    run(async {
        let account = Account::on(Kind::Moto).await;
        let logs = aws_sdk_cloudwatchlogs::Client::new(&account.config);
        let group = logs.create_log_group().log_group_name("theirs");
        group.send().await.expect("it is made");
        let ec2 = aws_sdk_ec2::Client::new(&account.config);
        let vpc = ec2.create_vpc().cidr_block("10.9.0.0/16");
        vpc.send().await.expect("it is made");

        assert_eq!(account.search(Search::Tagged).await.found, []);
        let all = account.search(Search::All).await;
        // The table and the group of the network are AWS's and go with it.
        assert_eq!(types(&all), ["aws:ec2:Vpc", "aws:logs:LogGroup"]);
        let created = |type_name: &str| {
            let mut found = all.found.iter();
            let found = found.find(|stray| stray.type_name.as_str() == type_name);
            found.and_then(|stray| stray.created.clone())
        };
        assert_eq!(created("aws:ec2:Vpc"), None);
        let created = created("aws:logs:LogGroup").expect("AWS tells when");
        assert!(
            created.starts_with("20") && created.ends_with('Z'),
            "{created}"
        );
    });
}

#[test]
fn what_is_denied_is_said_and_hides_nothing_else() {
    run(async {
        let account = Account::on(Kind::Moto).await;
        account.apply().await;
        assert_eq!(types(&account.search(Search::Tagged).await), OURS);
        account.forbid("ListRoles");
        account.forbid("DescribeVpcEndpoints");
        let found = account.search(Search::Tagged).await;
        assert_eq!(types(&found), ["aws:ec2:Vpc", "aws:logs:LogGroup"]);
        let [endpoints, roles, records] = found.unseen.as_slice() else {
            panic!("{:?}", found.unseen);
        };
        assert!(
            endpoints.starts_with("ec2:DescribeVpcEndpoints: User is not authorized"),
            "{endpoints}"
        );
        assert!(
            roles.starts_with("iam:ListRoles: User is not authorized"),
            "{roles}"
        );
        assert_eq!(records, RECORDS);
    });
}

/// The tagging API tells what no list does, and says nothing of when it was made.
#[test]
fn what_cannot_be_listed_is_found_by_its_tags() {
    run(async {
        let account = Account::on(Kind::Moto).await;
        account.apply().await;
        account.forbid("DescribeLogGroups");
        let found = account.search(Search::Tagged).await;
        assert_eq!(types(&found), OURS);
        let group = found.found.iter();
        let group = group.filter(|stray| stray.type_name.as_str() == "aws:logs:LogGroup");
        let created: Vec<_> = group.map(|stray| stray.created.as_deref()).collect();
        assert_eq!(created, [None]);
        assert!(
            found
                .unseen
                .iter()
                .any(|said| said.starts_with("logs:DescribeLogGroups: "))
        );
    });
}

/// Without the tagging API nobody tells whose a log group is, so that it could be anybody's.
#[test]
fn what_has_unknown_tags_is_left_out_and_said() {
    run(async {
        let account = Account::on(Kind::Moto).await;
        account.apply().await;
        account.forbid("GetResources");
        for search in [Search::Tagged, Search::All] {
            let found = account.search(search).await;
            assert_eq!(types(&found), ["aws:ec2:Vpc", "aws:iam:Role"], "{search:?}");
            let [denied, left_out, records] = found.unseen.as_slice() else {
                panic!("{:?}", found.unseen);
            };
            assert!(denied.starts_with("tag:GetResources: "), "{denied}");
            assert_eq!(
                left_out,
                "aws:logs:LogGroup: left out, as nobody tells whose they are"
            );
            assert_eq!(records, RECORDS);
        }
    });
}

#[test]
fn what_is_of_no_type_here_is_said() {
    run(async {
        let account = Account::on(Kind::Moto).await;
        let tag = aws_sdk_ec2::types::Tag::builder()
            .key(Owner::LINEAGE)
            .value("one")
            .build();
        let tags = aws_sdk_ec2::types::TagSpecification::builder()
            .resource_type(aws_sdk_ec2::types::ResourceType::Volume)
            .tags(tag)
            .build();
        let ec2 = aws_sdk_ec2::Client::new(&account.config);
        let volume = ec2.create_volume().availability_zone("eu-west-3a").size(1);
        volume
            .tag_specifications(tags)
            .send()
            .await
            .expect("it is made");
        let found = account.search(Search::Tagged).await;
        assert_eq!(found.found, []);
        let volume = "ec2:volume: 1 object with our tags, of a type that stack does not know";
        assert_eq!(found.unseen, [volume, RECORDS]);
    });
}

#[test]
fn a_tag_is_set_and_taken_away_and_what_cannot_be_is_said() {
    run(async {
        let account = Account::on(Kind::Moto).await;
        account.apply().await;
        account.apply().await;
        let found = account.search(Search::Tagged).await;
        let lineage = found.found[0].lineage().expect("it has one").to_owned();
        let mutator = account
            .provider()
            .mutate(&Map::new())
            .await
            .expect("it connects");
        let retag = async |value| {
            let missed = mutator.retag(&lineage, Owner::EXPIRES, value).await;
            missed.expect("it is answered")
        };
        let tagged = async || {
            let found = account.search(Search::Tagged).await;
            let has = |stray: &&Stray| stray.tag(Owner::EXPIRES) == Some("soon");
            let tagged: Vec<Stray> = found.found.iter().filter(has).cloned().collect();
            assert!(
                tagged
                    .iter()
                    .all(|stray| stray.lineage() == Some(lineage.as_str()))
            );
            tagged.len()
        };
        assert_eq!(retag(Some("soon")).await, Vec::<String>::new());
        assert_eq!(tagged().await, 3);
        account.forbid("UntagRole");
        let missed = retag(None).await;
        assert!(
            missed.len() == 1 && missed[0].contains(": iam:UntagRole: "),
            "{missed:?}"
        );
        assert_eq!(tagged().await, 1);
        account.forbid("CreateTags");
        let missed = retag(Some("soon")).await;
        assert!(
            missed.len() == 1 && missed[0].starts_with("vpc-"),
            "{missed:?}"
        );
        assert_eq!(tagged().await, 2);
    });
}
