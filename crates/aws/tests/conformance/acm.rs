//! Certificates.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use stack_aws::AwsProvider;
use stack_model::{Graph, Map, Value};
use stack_provider::{Context, ErrorKind, Owner, Provider, Report};
use stack_testkit::conformance::{Bench, Case};

use crate::emulated::{Kind, conformance, provider};
use crate::wire;

conformance! {
    certificate on Moto, Ministack;
    certificate_validation on Moto, Ministack;
}

fn certificate() -> Case {
    Case::new(
        "aws:acm:Certificate",
        json!({"domain_name": "Example.com", "subject_alternative_names": ["www.example.com", "*.example.com"]}),
    )
    .update("tags", json!({"a": "1"}))
    .replace("domain_name", json!("example.org"))
    .replace("subject_alternative_names", json!(["api.example.com"]))
    .replace("validation_method", json!("EMAIL"))
    .replace("validation_domains", json!({"www.example.com": "example.com"}))
    .replace("key_algorithm", json!("EC_prime256v1"))
    .replace("exportable", json!(true))
    .replace(
        "certificate_authority_arn",
        json!("arn:aws:acm-pca:eu-west-3:123456789012:certificate-authority/11111111-2222-3333-4444-555555555555"),
    )
}

fn certificate_validation() -> Case {
    let of = |name: &str| Case::of(&format!("aws:acm:Certificate/{name}"), "arn");
    Case::new(
        "aws:acm:CertificateValidation",
        json!({"certificate_arn": of("one")}),
    )
    .with(
        "aws:acm:Certificate",
        "one",
        json!({"domain_name": "example.com"}),
    )
    .with(
        "aws:acm:Certificate",
        "other",
        json!({"domain_name": "example.org"}),
    )
    .update("certificate_arn", of("other"))
    .update("triggers", json!({"a": "1"}))
    .update("validation_record_fqdns", json!(["_x.example.org"]))
}

fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(future)
}

/// Moto gives names in no order, and the name and its wildcard with one record.
#[test]
fn each_validation_record_is_known_once_and_in_order() {
    run(async {
        let (provider, _) = provider(Kind::Moto).await;
        let bench = Bench::new(provider);
        let inputs = json!({
            "domain_name": "example.com",
            "subject_alternative_names": ["www.example.com", "*.example.com", "api.example.com"]});
        let certificate = json!({"type": "aws:acm:Certificate", "name": "one", "inputs": inputs});
        let text = json!({"format": 1, "resources": [certificate]}).to_string();
        let graph = Graph::parse(text.as_bytes()).expect("the graph is good");
        bench.apply(&graph).await.expect("it is made");
        let session = bench.open().await.expect("it opens");
        let urn = "aws:acm:Certificate/one".parse().expect("it is a urn");
        let object = session.state().object(&urn).expect("it is recorded");
        let Some(Value::List(records)) = object.value("validation_records") else {
            panic!("no records in {object:?}")
        };
        let field = |record: &Value, name: &str| match record {
            Value::Map(map) => map[name].as_str().expect("it is a text").to_owned(),
            other => panic!("{other:?} is no record"),
        };
        let domains: Vec<_> = records
            .iter()
            .map(|record| field(record, "domain_name"))
            .collect();
        assert_eq!(
            domains,
            ["example.com", "api.example.com", "www.example.com"]
        );
        for record in records {
            assert!(field(record, "name").ends_with(&field(record, "domain_name")));
            assert_eq!(field(record, "type"), "CNAME");
        }
    });
}

struct Nobody;

#[async_trait::async_trait]
impl Report for Nobody {
    async fn accepted(&self, _: &str) -> stack_provider::Result<()> {
        Ok(())
    }
    fn waiting(&self, _: &str) {}
}

/// Waits for a certificate of which ACM says this.
fn wait_for(detail: Json, inputs: Json, deadline: Duration) -> stack_provider::Result<String> {
    run(async {
        let endpoint = wire::always(json!({"Certificate": detail}));
        let provider = AwsProvider::on(wire::config(&endpoint, "123456789012").await);
        let mutator = provider.mutate(&Map::new()).await?;
        let type_name = "aws:acm:CertificateValidation"
            .parse()
            .expect("it is a type");
        let effect = mutator.resource(&type_name).expect("it is there");
        let context = Context {
            owner: Owner {
                lineage: "lineage".into(),
                stack: "kit".into(),
                environment: "test".into(),
                expires: None,
                urn: "aws:acm:CertificateValidation/one"
                    .parse()
                    .expect("it is a urn"),
                token: "token".into(),
            },
            deadline: tokio::time::Instant::now() + deadline,
            cancelled: Default::default(),
            report: Arc::new(Nobody),
        };
        let inputs: Map = serde_json::from_value(inputs).expect("inputs are values");
        Ok(effect.create(&inputs, &context).await?.id)
    })
}

fn detail(status: &str) -> Json {
    let option = json!({
        "DomainName": "example.com", "ValidationStatus": "PENDING_VALIDATION", "ValidationMethod": "DNS",
        "ResourceRecord": {"Name": "_a.Example.com.", "Type": "CNAME", "Value": "_b.acm-validations.aws."}});
    json!({
        "CertificateArn": "arn:one", "DomainName": "example.com", "Status": status,
        "DomainValidationOptions": [option]})
}

#[test]
fn a_certificate_that_failed_is_an_error_with_the_reason() {
    let mut detail = detail("FAILED");
    detail["FailureReason"] = json!("CAA_ERROR");
    let failed = wait_for(
        detail,
        json!({"certificate_arn": "arn:one"}),
        Duration::from_secs(60),
    );
    let error = failed.expect_err("a failed certificate was taken for an issued one");
    assert_eq!(error.kind, ErrorKind::Failed);
    assert_eq!(error.code.as_deref(), Some("CAA_ERROR"));
    assert!(error.message.contains("example.com"), "{error}");
    assert!(error.hint.is_some_and(|hint| hint.contains("CAA records")));
}

#[test]
fn a_certificate_that_timed_out_is_an_error() {
    let failed = wait_for(
        detail("VALIDATION_TIMED_OUT"),
        json!({"certificate_arn": "arn:one"}),
        Duration::from_secs(60),
    );
    let error = failed.expect_err("it was taken for an issued one");
    assert_eq!(error.kind, ErrorKind::Failed);
    assert!(error.message.contains("72 hours"), "{error}");
}

#[test]
fn a_record_that_nobody_makes_is_not_waited_for() {
    let inputs =
        json!({"certificate_arn": "arn:one", "validation_record_fqdns": ["_x.example.com"]});
    let failed = wait_for(
        detail("PENDING_VALIDATION"),
        inputs,
        Duration::from_secs(60),
    );
    let error = failed.expect_err("it was taken for an issued one");
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("_a.Example.com."), "{error}");
}

#[test]
fn a_certificate_that_stays_pending_is_waited_for_until_the_deadline() {
    let inputs =
        json!({"certificate_arn": "arn:one", "validation_record_fqdns": ["_A.example.com"]});
    let failed = wait_for(
        detail("PENDING_VALIDATION"),
        inputs,
        Duration::from_millis(300),
    );
    let error = failed.expect_err("it was taken for an issued one");
    assert_eq!(error.kind, ErrorKind::TimedOut);
    assert!(
        error.message.contains("no proof seen yet for example.com"),
        "{error}"
    );
}

#[test]
fn an_issued_certificate_is_not_waited_for() {
    let inputs =
        json!({"certificate_arn": "arn:one", "validation_record_fqdns": ["_x.example.com"]});
    let id = wait_for(detail("ISSUED"), inputs, Duration::ZERO).expect("it is issued");
    assert_eq!(id, "arn:one");
}
