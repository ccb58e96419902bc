//! Against a server in this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use stack_provider::{Context, Effect, ErrorKind, Owner, Report, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::provider::StdClient;

struct Quiet;

#[async_trait::async_trait]
impl Report for Quiet {
    async fn accepted(&self, _: &str) -> Result<()> {
        Ok(())
    }
    fn waiting(&self, _: &str) {}
}

fn context() -> Context {
    Context {
        owner: Owner {
            lineage: "lineage".into(),
            stack: "stack".into(),
            environment: "test".into(),
            expires: None,
            urn: "std:http:Check/x".parse().unwrap(),
            token: "token".into(),
        },
        deadline: Instant::now() + Duration::from_secs(600),
        cancelled: CancellationToken::new(),
        report: Arc::new(Quiet),
    }
}

/// Answers each request with the next of the answers, then always with the last. Gives its address and the count.
async fn serve(answers: &'static [&'static str]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            let turn = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            let mut request = [0; 4096];
            let length = connection.read(&mut request).await.unwrap();
            assert!(length > 0);
            connection
                .write_all(answers[turn].as_bytes())
                .await
                .unwrap();
        }
    });
    (url, asked)
}

fn inputs(url: String) -> CheckInputs {
    CheckInputs {
        url,
        method: None,
        headers: BTreeMap::new(),
        expected_status: Vec::new(),
        body_contains: None,
        interval_seconds: Some(0),
        deadline_seconds: Some(1),
        triggers: BTreeMap::new(),
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
const BUSY: &str = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const MOVED: &str =
    "HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

async fn run(inputs: &CheckInputs) -> Result<Check> {
    let client = StdClient::default();
    Check::run(&client, inputs, &context())
        .await
        .map(|(_, made)| made)
}

#[tokio::test]
async fn it_asks_until_the_answer_is_right() {
    let (url, asked) = serve(&[BUSY, BUSY, OK]).await;
    let made = run(&inputs(url)).await.unwrap();
    assert_eq!((made.status, asked.load(Ordering::SeqCst)), (200, 3));
}

#[tokio::test]
async fn the_last_answer_is_told_when_it_gives_up() {
    let (url, _) = serve(&[BUSY]).await;
    let error = run(&inputs(url)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TimedOut);
    assert!(error.message.ends_with("last: status 503"), "{error}");
}

#[tokio::test]
async fn a_body_without_the_text_is_wrong() {
    let (url, _) = serve(&[OK]).await;
    let hello = CheckInputs {
        body_contains: Some("hello".into()),
        ..inputs(url.clone())
    };
    run(&hello).await.unwrap();
    let goodbye = CheckInputs {
        body_contains: Some("goodbye".into()),
        ..inputs(url)
    };
    let error = run(&goodbye).await.unwrap_err();
    assert!(
        error.message.contains("does not contain \"goodbye\""),
        "{error}"
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_of_its_own() {
    let (url, asked) = serve(&[MOVED]).await;
    let expecting = CheckInputs {
        expected_status: vec![301, 302],
        ..inputs(url)
    };
    assert_eq!(run(&expecting).await.unwrap().status, 301);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn nobody_there_is_waited_for_and_a_bad_address_is_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = run(&inputs(nobody)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TimedOut);
    let error = run(&inputs("not an address".into())).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_refused() {
    use stack_provider::Kept;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

    let named = crate::tls::SelfSignedCertificateInputs {
        common_name: "localhost".into(),
        dns_names: vec!["localhost".into(), "127.0.0.1".into()],
        validity_days: None,
        key_algorithm: None,
    };
    let (_, made) = crate::tls::SelfSignedCertificate::create(&named).unwrap();
    let certificate = CertificateDer::from_pem_slice(made.certificate_pem.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(made.private_key_pem.reveal().as_bytes()).unwrap();
    // Named, because another crate may have brought a second one.
    let cryptography = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(cryptography)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            if let Ok(mut connection) = acceptor.accept(connection).await {
                connection.write_all(OK.as_bytes()).await.unwrap();
            }
        }
    });
    let error = run(&inputs(url)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TimedOut);
    assert!(error.message.contains("certificate"), "{error}");
}

#[tokio::test]
async fn being_cancelled_ends_it_at_once() {
    let (url, _) = serve(&[BUSY]).await;
    let patient = CheckInputs {
        interval_seconds: Some(50),
        deadline_seconds: Some(60),
        ..inputs(url)
    };
    let (client, context) = (StdClient::default(), context());
    context.cancelled.cancel();
    let error = Check::run(&client, &patient, &context).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
}
