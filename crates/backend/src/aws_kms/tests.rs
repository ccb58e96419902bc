//! On both emulators, through the client that users get.

use std::io::{Read, Write};
use std::net::TcpListener;

use aws_sdk_kms::config::Credentials;
use stack_engine::backend::Keys;
use xtask::account::fresh;
use xtask::emulator::{Emulator, Kind};

use super::*;
use crate::keeper::Keeper;
use crate::{KeyFile, KeyRing, Passphrase};

const LINEAGE: &str = "2b9f6f0e-0000-4000-8000-000000000000";
const REGION: &str = "eu-west-3";

/// AWS at an endpoint, in a region, as an account.
async fn aws(endpoint: &str, region: &'static str, account: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .credentials_provider(Credentials::new(account, "secret", None, None, "tests"))
        .region(Region::new(region))
        .endpoint_url(endpoint)
        .load()
        .await
}

/// An account on an emulator, with one key.
struct Place {
    config: SdkConfig,
    /// Asks what the code under test does not.
    client: Client,
    arn: String,
}

async fn place(kind: Kind) -> Place {
    let endpoint = tokio::task::spawn_blocking(move || Emulator::shared(kind))
        .await
        .unwrap();
    let config = aws(&endpoint, REGION, &fresh()).await;
    let client = Client::new(&config);
    let made = client.create_key().send().await.unwrap();
    let arn = made.key_metadata.unwrap().arn.unwrap();
    Place {
        config,
        client,
        arn,
    }
}

impl Place {
    fn kms(&self, key: &str) -> AwsKms {
        AwsKms::new(key.parse().unwrap()).on(self.config.clone())
    }

    async fn wrapped(&self) -> (Key, Json) {
        let data = Key::generate().unwrap();
        let header = self.kms(&self.arn).wrap(LINEAGE, &data).await;
        (data, header.unwrap())
    }
}

fn said<T>(result: Result<T>) -> String {
    result.err().unwrap().to_string()
}

/// Whether every part is there, in this order.
fn says(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("{part:?} is missing in its place: {text}");
        };
        rest = after;
    }
}

#[tokio::test]
async fn however_it_is_named_the_header_holds_its_arn() {
    for kind in Kind::AWS {
        let place = place(kind).await;
        let id = place.arn.rsplit_once('/').unwrap().1.to_owned();
        let alias = place.client.create_alias();
        let alias = alias.alias_name("alias/team/state").target_key_id(&id);
        alias.send().await.unwrap();
        let alias_arn = place.arn.replace(&format!("key/{id}"), "alias/team/state");
        for name in [&place.arn, &id, "alias/team/state", &alias_arn] {
            let data = Key::generate().unwrap();
            let header = place.kms(name).wrap(LINEAGE, &data).await.unwrap();
            let fields: Vec<&String> = header.as_object().unwrap().keys().collect();
            assert_eq!(fields, ["key", "kind", "wrapped"]);
            assert_eq!(header["kind"], "aws-kms");
            assert_eq!(header["key"], place.arn.as_str(), "{name}");
            // Whichever key is set up, the header says which is meant.
            let other = place.kms("alias/other");
            let opened = other.unwrap(LINEAGE, &header).await.unwrap();
            assert_eq!(opened.bytes(), data.bytes());
            let text = header.to_string();
            assert!(!text.contains(&BASE64.encode(data.bytes())));
            assert!(!text.contains(&hex::encode(data.bytes())));
        }
    }
}

/// The region of the ARN comes before the one that is set.
#[tokio::test]
async fn an_arn_leads_to_its_region() {
    for kind in Kind::AWS {
        let mut place = place(kind).await;
        let (data, header) = place.wrapped().await;
        let elsewhere = Region::new("us-east-1");
        place.config = place.config.into_builder().region(elsewhere).build();
        let opened = place.kms("alias/any").unwrap(LINEAGE, &header).await;
        assert_eq!(opened.unwrap().bytes(), data.bytes());
    }
}

#[tokio::test]
async fn another_lineage_is_refused() {
    for kind in Kind::AWS {
        let place = place(kind).await;
        let (_, header) = place.wrapped().await;
        let refused = said(place.kms(&place.arn).unwrap("another", &header).await);
        says(
            &refused,
            &[
                "cannot open the secrets of this state",
                "kms:Decrypt",
                &place.arn,
                "InvalidCiphertextException",
                "belongs to another state",
            ],
        );
    }
}

/// A ciphertext that is ours by lineage, and not for this purpose: made by hand, with the same key.
#[tokio::test]
async fn another_purpose_is_refused() {
    for kind in Kind::AWS {
        let place = place(kind).await;
        let (_, mut header) = place.wrapped().await;
        let made = place.client.encrypt().key_id(&place.arn);
        let made = made
            .plaintext(Blob::new([7; 32]))
            .encryption_context(CONTEXT_LINEAGE, LINEAGE);
        let made = made.send().await.unwrap().ciphertext_blob.unwrap();
        header["wrapped"] = BASE64.encode(made).into();
        let refused = said(place.kms(&place.arn).unwrap(LINEAGE, &header).await);
        says(&refused, &["InvalidCiphertextException"]);
    }
}

#[tokio::test]
async fn what_another_key_wrapped_is_refused() {
    for kind in Kind::AWS {
        let place = place(kind).await;
        let (_, mut header) = place.wrapped().await;
        let other = place.client.create_key().send().await.unwrap();
        header["key"] = other.key_metadata.unwrap().arn.unwrap().into();
        let refused = said(place.kms(&place.arn).unwrap(LINEAGE, &header).await);
        says(
            &refused,
            &["IncorrectKeyException", "another key than it names"],
        );
    }
}

#[tokio::test]
async fn a_disabled_key_says_so_and_works_again_when_enabled() {
    for kind in Kind::AWS {
        let place = place(kind).await;
        let (data, header) = place.wrapped().await;
        let kms = place.kms(&place.arn);
        let disable = place.client.disable_key().key_id(&place.arn);
        disable.send().await.unwrap();
        let refused = said(kms.unwrap(LINEAGE, &header).await);
        let parts = [&place.arn, "DisabledException", "enable the key again"];
        says(&refused, &parts);
        let refused = said(kms.wrap(LINEAGE, &data).await);
        says(
            &refused,
            &["cannot seal the data key", "kms:Encrypt", "Disabled"],
        );
        let enable = place.client.enable_key().key_id(&place.arn);
        enable.send().await.unwrap();
        let opened = kms.unwrap(LINEAGE, &header).await.unwrap();
        assert_eq!(opened.bytes(), data.bytes());
        let deletion = place.client.schedule_key_deletion().key_id(&place.arn);
        deletion.send().await.unwrap();
        let refused = said(kms.unwrap(LINEAGE, &header).await);
        says(&refused, &["KMSInvalidStateException", "cancel that"]);
    }
}

#[tokio::test]
async fn a_missing_key_says_where_it_was_looked_for() {
    for kind in Kind::AWS {
        let place = place(kind).await;
        let data = Key::generate().unwrap();
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        for name in ["alias/none", id] {
            let refused = said(place.kms(name).wrap(LINEAGE, &data).await);
            says(
                &refused,
                &[
                    "kms:Encrypt with the AWS KMS key",
                    name,
                    "NotFoundException",
                    "(request ",
                    "in this region and in the account of these credentials",
                ],
            );
        }
        let arn = format!("arn:aws:kms:{REGION}:111122223333:key/{id}");
        let refused = said(place.kms(&arn).wrap(LINEAGE, &data).await);
        says(&refused, &[&arn, "NotFoundException", "was deleted"]);
    }
}

#[tokio::test]
async fn without_a_region_the_arn_is_asked_for() {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .build();
    let kms = AwsKms::new("alias/state".parse().unwrap()).on(config);
    let refused = said(kms.wrap(LINEAGE, &Key::generate().unwrap()).await);
    says(&refused, &["alias/state", "no region is set", "AWS_REGION"]);
}

/// Each of these would be a header that this never writes.
#[tokio::test]
async fn a_damaged_header_is_refused_before_anybody_is_asked() {
    let nobody = aws("http://127.0.0.1:9", REGION, "123456789012").await;
    let kms = AwsKms::new("alias/state".parse().unwrap()).on(nobody);
    let arn = format!("arn:aws:kms:{REGION}:111122223333:key/x");
    for (key, wrapped) in [
        ("alias/state", "AAAA"),
        ("x", "AAAA"),
        ("", "AAAA"),
        (&arn.replace("key/", "alias/"), "AAAA"),
        (&arn, "!"),
    ] {
        let header = serde_json::json!({"kind": KIND, "key": key, "wrapped": wrapped});
        says(&said(kms.unwrap(LINEAGE, &header).await), &["damaged"]);
    }
    let header = serde_json::json!({"kind": KIND, "key": arn});
    says(&said(kms.unwrap(LINEAGE, &header).await), &["damaged"]);
}

#[tokio::test]
async fn clear_text_is_for_this_machine_alone() {
    let data = Key::generate().unwrap();
    for endpoint in ["http://192.0.2.1:80", "http://127.0.0.1.example.com"] {
        let config = aws(endpoint, REGION, "123456789012").await;
        let kms = AwsKms::new("alias/state".parse().unwrap()).on(config);
        let refused = said(kms.wrap(LINEAGE, &data).await);
        says(
            &refused,
            &[
                "failed: the endpoint http://",
                "clear text",
                "use an https endpoint",
            ],
        );
    }
}

/// A KMS that answers as it was told, or never.
fn fake(answer: Option<(u16, &'static str)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some((status, body)) = answer else {
                silent.push(stream);
                continue;
            };
            let _ = stream.read(&mut [0; 8192]);
            let _ = write!(
                stream,
                "HTTP/1.1 {status} x\r\nContent-Type: application/x-amz-json-1.1\r\nx-amzn-RequestId: 5c9f\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    endpoint
}

async fn refused_by(answer: Option<(u16, &'static str)>, patience: Duration) -> String {
    let config = aws(&fake(answer), REGION, "123456789012").await;
    let mut kms = AwsKms::new("alias/state".parse().unwrap()).on(config);
    kms.patience = patience;
    said(kms.wrap(LINEAGE, &Key::generate().unwrap()).await)
}

/// Permissions are not checked by the emulators.
#[tokio::test]
async fn a_refusal_says_what_to_allow_and_what_aws_said() {
    let denied = r#"{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::111122223333:user/ada is not authorized to perform: kms:Encrypt."}"#;
    let refused = refused_by(Some((400, denied)), PATIENCE).await;
    says(
        &refused,
        &[
            "cannot seal the data key of this state: kms:Encrypt with the AWS KMS key alias/state failed",
            "AccessDeniedException: User: arn:aws:iam::111122223333:user/ada",
            "(request 5c9f); allow kms:Encrypt on this key",
        ],
    );
    let expired = r#"{"__type":"ExpiredTokenException","message":"The security token is expired"}"#;
    let refused = refused_by(Some((400, expired)), PATIENCE).await;
    says(&refused, &["ExpiredTokenException", "sign in"]);
}

/// A state that cannot be opened again is not born.
#[tokio::test]
async fn what_does_not_open_again_is_not_wrapped() {
    let answer = r#"{"KeyId":"arn:aws:kms:eu-west-3:111122223333:key/x","CiphertextBlob":"AAAA","Plaintext":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#;
    let refused = refused_by(Some((200, answer)), PATIENCE).await;
    says(&refused, &["key/x does not give back what it was given"]);
    let short = r#"{"KeyId":"arn:aws:kms:eu-west-3:111122223333:key/x","CiphertextBlob":"AAAA","Plaintext":"AAAA"}"#;
    let refused = refused_by(Some((200, short)), PATIENCE).await;
    says(&refused, &["does not have 32 bytes"]);
    let nameless = r#"{"KeyId":"alias/state","CiphertextBlob":"AAAA"}"#;
    let refused = refused_by(Some((200, nameless)), PATIENCE).await;
    says(&refused, &["the answer has no key ARN"]);
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_says_so() {
    let nobody = aws("http://127.0.0.1:9", REGION, "123456789012").await;
    let kms = AwsKms::new("alias/state".parse().unwrap()).on(nobody);
    let refused = said(kms.wrap(LINEAGE, &Key::generate().unwrap()).await);
    says(
        &refused,
        &[
            "alias/state failed: ",
            "Connection refused",
            "can be reached",
        ],
    );
    assert!(!refused.contains("dispatch failure"), "{refused}");
}

#[tokio::test]
async fn an_answer_that_never_comes_is_not_waited_for() {
    let refused = refused_by(None, Duration::from_secs(1)).await;
    says(
        &refused,
        &["kms:Encrypt", "alias/state", "no answer within 1 s"],
    );
}

#[tokio::test]
async fn a_ring_opens_whatever_sealed_a_state() {
    for kind in Kind::AWS {
        let place = place(kind).await;
        let temp = tempfile::tempdir().unwrap();
        let words = Passphrase::new("correct horse battery".into()).unwrap();
        let ring = KeyRing::new(KeyFile::new(temp.path().join("key")), Some(words))
            .on_aws(place.config.clone());
        let kms = Keeper::AwsKms(place.arn.parse().unwrap());
        let mut before: Option<(Json, String)> = None;
        for keeper in [Keeper::KeyFile, kms, Keeper::Passphrase] {
            let born = ring.clone().sealing_by(Some(keeper.clone()));
            let born = born.create(LINEAGE).await.unwrap();
            assert!(keeper.keeps(&born.header()), "{keeper}");
            let sealed = born.seal(b"secret").unwrap();
            let opened = ring.open(LINEAGE, &born.header()).await.unwrap();
            assert_eq!(opened.open(&sealed).unwrap(), b"secret");
            // And from one to the next.
            if let Some((header, sealed)) = before {
                let to = ring.by(&keeper).unwrap();
                let rewrapped = ring.rewrap(LINEAGE, &header, to.as_ref()).await.unwrap();
                assert!(keeper.keeps(&rewrapped.header()), "{keeper}");
                assert_eq!(rewrapped.open(&sealed).unwrap(), b"secret");
            }
            before = Some((born.header(), sealed));
        }
    }
}
