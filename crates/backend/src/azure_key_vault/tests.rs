//! On the emulator, through the client that users get.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Mutex;

use azure_core::credentials::{AccessToken, TokenRequestOptions};
use azure_core::time::OffsetDateTime;
use serde_json::json;
use stack_engine::backend::Keys;
use xtask::vault::{OFFICER, PRINCIPAL, Vault};

use super::*;
use crate::keeper::Keeper;
use crate::{KeyFile, KeyRing, Passphrase};

const LINEAGE: &str = "2b9f6f0e-0000-4000-8000-000000000000";

/// A token that is there already, or none; and what tokens were asked for.
#[derive(Debug)]
struct Token(Option<String>, Mutex<Vec<String>>);

#[async_trait]
impl TokenCredential for Token {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        self.1.lock().unwrap().push(scopes.join(" "));
        let end = OffsetDateTime::now_utc() + Duration::from_secs(600);
        let nobody = || azure_core::Error::with_message(ErrorKind::Credential, "nobody is here");
        let token = self.0.clone().ok_or_else(nobody)?;
        Ok(AccessToken::new(token, end))
    }
}

fn token(token: Option<String>) -> Arc<Token> {
    Arc::new(Token(token, Mutex::default()))
}

/// A vault with the key `state`.
struct Place {
    vault: Vault,
    credential: Arc<Token>,
    /// The identifier of its first version.
    kid: String,
}

impl Place {
    fn new() -> Self {
        let vault = Vault::start().unwrap();
        let kid = vault.key("state", "RSA").unwrap();
        let given = vault.azure.token("https://vault.azure.net").unwrap();
        Self {
            credential: token(Some(given)),
            kid,
            vault,
        }
    }

    fn named(&self, name: &str) -> AzureKeyVault {
        let text = format!("{}/keys/{name}", self.vault.address());
        AzureKeyVault::new(text.parse().unwrap(), SignIn::default()).on(self.credential.clone())
    }

    fn key(&self) -> AzureKeyVault {
        self.named("state")
    }

    async fn wrapped(&self) -> (Key, Json) {
        let data = Key::generate().unwrap();
        let header = self.key().wrap(LINEAGE, &data).await;
        (data, header.unwrap())
    }

    /// What wrapping is refused with.
    async fn refused(&self, key: &AzureKeyVault) -> String {
        said(key.wrap(LINEAGE, &Key::generate().unwrap()).await)
    }

    fn faults(&self, faults: Json) {
        let done = self.vault.azure.control("PUT", "faults", Some(&faults));
        done.unwrap();
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
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[tokio::test]
async fn however_it_is_named_the_header_holds_its_version() {
    let place = Place::new();
    let version = place.kid.rsplit_once('/').unwrap().1;
    for name in ["state", &format!("state/{version}")] {
        let data = Key::generate().unwrap();
        let header = place.named(name).wrap(LINEAGE, &data).await.unwrap();
        let fields: Vec<&String> = header.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["key", "kind", "wrapped", "wrapping_key"]);
        assert_eq!(header["kind"], "azure-key-vault");
        assert_eq!(header["key"], place.kid.as_str(), "{name}");
        // Whichever key is set up, the header says which is meant.
        let other = place.named("other");
        let opened = other.unwrap(LINEAGE, &header).await.unwrap();
        assert_eq!(opened.bytes(), data.bytes());
    }
    let scopes = place.credential.1.lock().unwrap();
    assert!(
        scopes
            .iter()
            .all(|scope| scope == "https://vault.azure.net/.default")
    );
}

/// Neither is it in the header: the vault sees another key.
#[tokio::test]
async fn the_data_key_is_never_sent() {
    let place = Place::new();
    let (data, header) = place.wrapped().await;
    let calls = place.vault.calls().unwrap();
    let wraps = calls
        .iter()
        .filter(|call| call["path"].as_str().unwrap().ends_with("/wrapkey"));
    let sent: Vec<&Json> = wraps.map(|call| &call["body"]["value"]).collect();
    assert_eq!(sent.len(), 1, "{calls:?}");
    assert_eq!(sent[0].as_str().unwrap().len(), 43, "32 bytes in base64");
    for text in [
        Json::from(calls.clone()).to_string(),
        header.to_string(),
        format!("{:?}", place.key()),
    ] {
        assert!(!text.contains(&BASE64.encode(data.bytes())));
        assert!(!text.contains(&hex::encode(data.bytes())));
    }
}

#[tokio::test]
async fn another_lineage_is_refused() {
    let place = Place::new();
    let (_, header) = place.wrapped().await;
    let refused = said(place.key().unwrap("another", &header).await);
    says(
        &refused,
        &[
            "cannot open the secrets of this state",
            &place.kid,
            "belongs to another state",
        ],
    );
    // Nor does half of another header help.
    let (_, mut mixed) = place.wrapped().await;
    mixed["wrapping_key"] = header["wrapping_key"].clone();
    let refused = said(place.key().unwrap(LINEAGE, &mixed).await);
    says(&refused, &["the header was changed since"]);
}

#[tokio::test]
async fn a_new_version_opens_what_older_ones_wrapped() {
    let place = Place::new();
    let (data, header) = place.wrapped().await;
    let second = place.vault.key("state", "RSA").unwrap();
    let (_, newer) = place.wrapped().await;
    assert_eq!(newer["key"], second.as_str());
    let opened = place.key().unwrap(LINEAGE, &header).await.unwrap();
    assert_eq!(opened.bytes(), data.bytes());
    let mut changed = header.clone();
    changed["key"] = second.into();
    let refused = said(place.key().unwrap(LINEAGE, &changed).await);
    says(&refused, &["BadParameter", "another key than it names"]);
}

#[tokio::test]
async fn a_disabled_key_says_so_and_works_again_when_enabled() {
    let place = Place::new();
    let (data, header) = place.wrapped().await;
    place.vault.enable("state", false).unwrap();
    let refused = said(place.key().unwrap(LINEAGE, &header).await);
    let advice = "(request ";
    says(
        &refused,
        &[
            "keys/unwrapKey with the Azure Key Vault key",
            &place.kid,
            "failed: Forbidden, KeyDisabled: Operation unwrapKey is not allowed on a disabled key",
            advice,
            "); enable the key again",
        ],
    );
    let refused = place.refused(&place.key()).await;
    says(
        &refused,
        &["cannot seal the data key", "keys/wrapKey", "KeyDisabled"],
    );
    place.vault.enable("state", true).unwrap();
    let opened = place.key().unwrap(LINEAGE, &header).await.unwrap();
    assert_eq!(opened.bytes(), data.bytes());
    place.vault.ask("DELETE", "keys/state", &json!({})).unwrap();
    let refused = said(place.key().unwrap(LINEAGE, &header).await);
    says(&refused, &["KeyNotFound", "can be recovered"]);
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let place = Place::new();
    let refused = place.refused(&place.named("none")).await;
    says(
        &refused,
        &[
            "/keys/none failed: KeyNotFound",
            "see whether the key is there",
        ],
    );
    let elsewhere = format!("{}/_vault/other/keys/state", place.vault.azure.endpoint());
    let other = AzureKeyVault::new(elsewhere.parse().unwrap(), SignIn::default());
    let refused = place.refused(&other.on(place.credential.clone())).await;
    says(
        &refused,
        &["VaultNotFound", "see whether the vault is there"],
    );
}

#[tokio::test]
async fn a_key_of_another_type_is_refused() {
    let place = Place::new();
    place.vault.key("curve", "EC").unwrap();
    let refused = place.refused(&place.named("curve")).await;
    says(
        &refused,
        &["/keys/curve failed: BadParameter", "take an RSA key"],
    );
}

#[tokio::test]
async fn who_may_not_is_told_what_to_ask_for() {
    let place = Place::new();
    place.vault.dismiss(OFFICER).unwrap();
    let refused = place.refused(&place.key()).await;
    says(
        &refused,
        &[
            "Forbidden, ForbiddenByRbac: Caller is not authorized",
            PRINCIPAL,
            "Microsoft.KeyVault/vaults/keys/wrap/action",
            "the role \"Key Vault Crypto User\"",
        ],
    );
    let refusals = [
        ("ForbiddenByFirewall", "the vault's network settings"),
        ("KeyExpired", "set its dates anew"),
        ("KeyOperationForbidden", "add wrapKey and unwrapKey"),
        ("", "the role \"Key Vault Crypto User\""),
    ];
    place.vault.assign(OFFICER).unwrap();
    for (inner, advice) in refusals {
        let inner = (!inner.is_empty()).then_some(inner);
        place.faults(json!([{"path": "wrapkey", "answer":
            {"status": 403, "code": "Forbidden", "inner": inner, "message": "No."}}]));
        let refused = place.refused(&place.key()).await;
        says(&refused, &["failed: Forbidden", "No (request ", advice]);
    }
}

/// A state that cannot be opened again is not born.
#[tokio::test]
async fn who_may_only_wrap_seals_nothing() {
    let place = Place::new();
    let policies = |keys: &[&str]| {
        let policy = json!({
            "tenantId": "7e000000-0000-4000-8000-000000000001", "objectId": PRINCIPAL, "permissions": {"keys": keys},
        });
        let properties = json!({"enableRbacAuthorization": false, "accessPolicies": [policy]});
        place.vault.configure(properties).unwrap();
    };
    policies(&["wrapKey"]);
    let refused = place.refused(&place.key()).await;
    says(
        &refused,
        &[
            "cannot seal the data key of this state: keys/unwrapKey with",
            "Forbidden, ForbiddenByPolicy",
            "allow the key permission unwrapKey",
        ],
    );
    policies(&["wrapKey", "unwrapKey"]);
    place.wrapped().await;
}

#[tokio::test]
async fn a_token_that_is_not_for_vaults_is_refused() {
    let place = Place::new();
    let management = place.vault.azure.token("https://management.azure.com");
    let key = place.key().on(token(management.ok()));
    let refused = place.refused(&key).await;
    says(
        &refused,
        &["Unauthorized: AKV10022", "sign in with `az login`"],
    );
    let refused = place.refused(&place.key().on(token(None))).await;
    says(
        &refused,
        &["failed: nobody is here; sign in with `az login`"],
    );
}

/// Nobody is reached, since there is no token; which one was asked for is what counts.
#[tokio::test]
async fn tokens_are_for_the_cloud_that_the_vault_is_in() {
    for (domain, scope, at) in [
        (
            "vault.azure.net",
            "https://vault.azure.net/.default",
            Cloud::Public,
        ),
        (
            "managedhsm.azure.net",
            "https://managedhsm.azure.net/.default",
            Cloud::Public,
        ),
        (
            "vault.usgovcloudapi.net",
            "https://vault.usgovcloudapi.net/.default",
            Cloud::UsGovernment,
        ),
        (
            "vault.azure.cn",
            "https://vault.azure.cn/.default",
            Cloud::China,
        ),
    ] {
        let key = format!("https://shop.{domain}/keys/state").parse().unwrap();
        let nobody = token(None);
        let key = AzureKeyVault::new(key, SignIn::default()).on(nobody.clone());
        said(key.wrap(LINEAGE, &Key::generate().unwrap()).await);
        assert_eq!(*nobody.1.lock().unwrap(), [scope]);
        assert_eq!(cloud(domain), at);
    }
}

/// Each of these would be a header that this never writes.
#[tokio::test]
async fn a_damaged_header_is_refused_before_anybody_is_asked() {
    let nobody = "http://127.0.0.1:9/keys/state".parse().unwrap();
    let asked = token(Some("x".into()));
    let key = AzureKeyVault::new(nobody, SignIn::default()).on(asked.clone());
    let kid = "http://127.0.0.1:9/keys/state/0123456789abcdef0123456789abcdef";
    for (name, wrapping) in [
        ("http://127.0.0.1:9/keys/state", "AAAA"),
        (
            "https://example.com/keys/state/0123456789abcdef0123456789abcdef",
            "AAAA",
        ),
        ("state", "AAAA"),
        ("", "AAAA"),
        (kid, "!"),
    ] {
        let header =
            json!({"kind": KIND, "key": name, "wrapping_key": wrapping, "wrapped": "1:AAAA"});
        says(&said(key.unwrap(LINEAGE, &header).await), &["damaged"]);
    }
    let header = json!({"kind": KIND, "key": kid, "wrapped": "1:AAAA"});
    says(&said(key.unwrap(LINEAGE, &header).await), &["damaged"]);
    assert!(asked.1.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let place = Place::new();
    let answer = |status: u16| json!({"status": status, "code": "Throttled", "retry_after": 0});
    place.faults(json!([
        {"path": "/wrapkey", "nth": 1, "close": true},
        {"path": "/wrapkey", "nth": 2, "answer": answer(429)},
        {"path": "/wrapkey", "nth": 3, "answer": answer(503)},
    ]));
    let (data, header) = place.wrapped().await;
    let opened = place.key().unwrap(LINEAGE, &header).await.unwrap();
    assert_eq!(opened.bytes(), data.bytes());
    let calls = place.vault.calls().unwrap();
    let status = |call: &Json| call["status"].as_u64().unwrap();
    let wraps = calls
        .iter()
        .filter(|call| call["path"].as_str().unwrap().ends_with("/wrapkey"));
    assert_eq!(wraps.map(status).collect::<Vec<_>>(), [0, 429, 503, 200]);

    // A wait that is too long is not begun, and an answer that stays is not asked for again.
    for answer in [
        json!({"status": 429, "code": "Throttled", "retry_after": 60}),
        json!({"status": 409, "code": "Throttled"}),
    ] {
        place.faults(json!([{"path": "/wrapkey", "answer": answer}]));
        let refused = place.refused(&place.key()).await;
        says(&refused, &["failed: Throttled", "; try again"]);
    }
}

/// A vault that answers as it was told, or never.
fn fake(answer: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let own = endpoint.clone();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(body) = answer else {
                silent.push(stream);
                continue;
            };
            let _ = stream.read(&mut [0; 8192]);
            let body = body.replace("HERE", &own);
            let _ = write!(
                stream,
                "HTTP/1.1 200 x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    endpoint
}

async fn refused_by(answer: Option<&'static str>, patience: Duration) -> String {
    let key = format!("{}/keys/state", fake(answer)).parse().unwrap();
    let mut key = AzureKeyVault::new(key, SignIn::default()).on(token(Some("x".into())));
    key.patience = patience;
    said(key.wrap(LINEAGE, &Key::generate().unwrap()).await)
}

#[tokio::test]
async fn what_does_not_open_again_is_not_wrapped() {
    let other = r#"{"kid":"HERE/keys/state/0123456789abcdef0123456789abcdef","value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
    let refused = refused_by(Some(other), PATIENCE).await;
    says(
        &refused,
        &["cannot seal", "wrapped it, and the header was changed"],
    );
    let short = r#"{"kid":"HERE/keys/state/0123456789abcdef0123456789abcdef","value":"AAAA"}"#;
    let refused = refused_by(Some(short), PATIENCE).await;
    says(&refused, &["does not have 32 bytes"]);
}

/// Where an identifier leads, a token goes.
#[tokio::test]
async fn an_answer_that_names_another_key_is_refused() {
    for answer in [
        r#"{"value":"AAAA"}"#,
        r#"{"kid":"HERE/keys/state","value":"AAAA"}"#,
        r#"{"kid":"HERE/keys/other/0123456789abcdef0123456789abcdef","value":"AAAA"}"#,
        r#"{"kid":"https://example.com/keys/state/0123456789abcdef0123456789abcdef","value":"AAAA"}"#,
        r#"{"kid":"https://other.vault.azure.net/keys/state/0123456789abcdef0123456789abcdef","value":"AAAA"}"#,
    ] {
        let refused = refused_by(Some(answer), PATIENCE).await;
        says(&refused, &["the answer names no version of it"]);
    }
}

#[tokio::test]
async fn a_vault_that_is_not_there_says_so() {
    let nobody = "http://127.0.0.1:9/keys/state".parse().unwrap();
    let mut key = AzureKeyVault::new(nobody, SignIn::default()).on(token(Some("x".into())));
    key.patience = Duration::from_millis(400);
    let refused = said(key.wrap(LINEAGE, &Key::generate().unwrap()).await);
    says(
        &refused,
        &[
            "/keys/state failed: the request got no answer",
            "Connection refused",
            "can be reached",
        ],
    );
    let refused = refused_by(None, Duration::from_secs(1)).await;
    says(&refused, &["keys/wrapKey", "no answer within 1 s"]);
}

#[tokio::test]
async fn a_ring_opens_whatever_sealed_a_state() {
    let place = Place::new();
    let temp = tempfile::tempdir().unwrap();
    let words = Passphrase::new("correct horse battery".into()).unwrap();
    let ring = KeyRing::new(KeyFile::new(temp.path().join("key")), Some(words))
        .on_azure(place.credential.clone());
    let vault = Keeper::AzureKeyVault(place.key().key);
    let mut before: Option<(Json, String)> = None;
    for keeper in [Keeper::KeyFile, vault, Keeper::Passphrase] {
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
