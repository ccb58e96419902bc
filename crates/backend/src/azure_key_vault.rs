//! An RSA key of Azure Key Vault, which wraps the data key of each environment that uses it and never leaves the service.
//!
//! A state's header says `{"kind":"azure-key-vault","key":"<identifier with its version>","wrapping_key":"…","wrapped":"…"}`.
//! RSA-OAEP takes no context that would bind what it wraps to a state: a ciphertext that is copied into another state's
//! header would open there. So what the vault wraps is a key that is made for this once, in base64url as the service has
//! it, and that key seals the data key with its lineage as associated data. The data key itself is never sent.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_core::error::ErrorKind;
use azure_core::http::{Method, Request, RetryOptions, Url};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use stack_azure_client::{Answer, Chain, Client, Cloud, SIGN_IN, Said, SignIn, words};
use stack_engine::backend::{BackendError, Result};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::keeper::{AZURE_KEY_VAULT as KIND, VaultKey};
use crate::keyring::{OPENING, SEALING, Wrap, purpose};
use crate::seal::{Key, failed};

/// The longest that the vault is waited for, with all attempts, and with looking for credentials.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is waited between attempts, unless the vault says how long.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// The oldest API version that Microsoft still documents in full, which managed HSMs and the sovereign clouds have too.
const VERSION: &str = "7.4";

/// The one way of wrapping that is not of the past and that every RSA key has.
const ALGORITHM: &str = "RSA-OAEP-256";

/// A key of Azure Key Vault, asked as whoever the surroundings say we are.
#[derive(Debug, Clone)]
pub struct AzureKeyVault {
    key: VaultKey,
    sign_in: SignIn,
    credential: Option<Arc<dyn TokenCredential>>,
    patience: Duration,
}

#[derive(Serialize, Deserialize)]
struct Header {
    kind: String,
    key: String,
    wrapping_key: String,
    wrapped: String,
}

impl AzureKeyVault {
    /// A key of Azure Key Vault, which is not asked for yet.
    pub fn new(key: VaultKey, sign_in: SignIn) -> Self {
        Self {
            key,
            sign_in,
            credential: None,
            patience: PATIENCE,
        }
    }

    /// The same as somebody else than the surroundings say. For tests and embedding.
    pub fn on(self, credential: Arc<dyn TokenCredential>) -> Self {
        let credential = Some(credential);
        Self { credential, ..self }
    }

    /// What speaks to the vault of a key, with tokens for its domain.
    fn client(&self, asked: &Asked<'_>) -> Result<Client> {
        let domain = asked.key.domain();
        let made = || {
            let credential: Arc<dyn TokenCredential> = match &self.credential {
                Some(credential) => credential.clone(),
                None => Arc::new(Chain::of(&self.sign_in, cloud(domain))?),
            };
            let scope = format!("https://{domain}/.default");
            // Attempts are counted here: whoever waits is told what was answered, not that the time is over.
            Client::new(credential, scope, Vec::new(), RetryOptions::none())
        };
        made().map_err(|error| asked.unanswered(&error))
    }

    /// Waits for an answer, but not for ever.
    async fn within<T>(
        &self,
        asked: &Asked<'_>,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let done = tokio::time::timeout(self.patience, work).await;
        done.unwrap_or_else(|_| {
            let seconds = self.patience.as_secs();
            Err(asked.failed(format!("no answer within {seconds} s"), SILENT))
        })
    }

    /// Asks until there is an answer that will not change, or no time for another attempt.
    async fn ask(&self, client: &Client, asked: &Asked<'_>, value: &str) -> Result<Answer> {
        let url = asked.url()?;
        let end = Instant::now() + self.patience;
        let mut pauses = PAUSES.into_iter();
        loop {
            let mut request = Request::new(url.clone(), Method::Post);
            request.insert_header("accept", "application/json");
            request.insert_header("content-type", "application/json");
            // The copies that the HTTP clients make are freed and not wiped: they have no means for that.
            request.set_body(serde_json::json!({ "alg": ALGORITHM, "value": value }).to_string());
            let (refused, pause) = match client.send(request).await {
                Ok(answer) if answer.status == 200 => return Ok(answer),
                Ok(answer) => (asked.refused(&answer), pause_after(&answer, pauses.next())),
                Err(error) => {
                    let passes = matches!(error.kind(), ErrorKind::Io | ErrorKind::Connection);
                    let pause = pauses.next().filter(|_| passes);
                    (asked.unanswered(&error), pause)
                }
            };
            match pause {
                Some(pause) if Instant::now() + pause < end => tokio::time::sleep(pause).await,
                _ => return Err(refused),
            }
        }
    }

    async fn seal(&self, lineage: &str, data: &Key) -> Result<Header> {
        let asked = Asked {
            doing: SEALING,
            operation: "wrapKey",
            key: &self.key,
        };
        let random = |error| failed(SEALING, error);
        let wrapping = Key::generate().map_err(random)?;
        let wrapped = wrapping
            .seal(&purpose(lineage), data.bytes())
            .map_err(random)?;
        let work = async {
            let value = Zeroizing::new(BASE64.encode(wrapping.bytes()));
            let answer = self.ask(&self.client(&asked)?, &asked, &value).await?;
            let text = |field: &str| answer.body[field].as_str().map(str::to_owned);
            // Which version it was, only the answer tells; and where it leads, a token will go.
            let key = text("kid").filter(|kid| {
                let kid = kid.parse();
                kid.is_ok_and(|kid: VaultKey| kid.version().is_some() && self.key.may_be(&kid))
            });
            match (key, text("value")) {
                (Some(key), Some(wrapping_key)) => Ok(Header {
                    kind: KIND.into(),
                    key,
                    wrapping_key,
                    wrapped,
                }),
                _ => Err(asked.failed("the answer names no version of it, or has no value", AGAIN)),
            }
        };
        self.within(&asked, work).await
    }

    async fn open(&self, doing: &'static str, lineage: &str, header: &Header) -> Result<Key> {
        let damaged = |why: &str| failed(doing, format!("its header is damaged: {why}"));
        let key: VaultKey = match header.key.parse() {
            Ok(key) => key,
            Err(error) => return Err(damaged(&format!("{error}"))),
        };
        if key.version().is_none() {
            return Err(damaged("it names no version of its key of Azure Key Vault"));
        }
        if BASE64.decode(&header.wrapping_key).is_err() {
            return Err(damaged("its wrapping key is not base64url"));
        }
        let asked = Asked {
            doing,
            operation: "unwrapKey",
            key: &key,
        };
        let work = async {
            let client = self.client(&asked)?;
            let mut answer = self.ask(&client, &asked, &header.wrapping_key).await?;
            let value = match answer.body["value"].take() {
                Json::String(value) => Zeroizing::new(value),
                _ => return Err(asked.failed("the answer has no value", AGAIN)),
            };
            let bytes = Zeroizing::new(BASE64.decode(&*value).unwrap_or_default());
            let wrapping = Key::from_bytes(&bytes)
                .ok_or_else(|| damaged("its wrapping key does not have 32 bytes"))?;
            let data = wrapping.open(&purpose(lineage), &header.wrapped);
            let data = data.map_err(|_| {
                let reason = "the header was changed since, or belongs to another state";
                failed(doing, format!("the key {key} wrapped it, and {reason}"))
            })?;
            Key::from_bytes(&data).ok_or_else(|| damaged("its data key does not have 32 bytes"))
        };
        self.within(&asked, work).await
    }
}

#[async_trait]
impl Wrap for AzureKeyVault {
    fn kind(&self) -> &'static str {
        KIND
    }

    /// What was wrapped is opened again at once: who may wrap and not unwrap would make a state that nobody opens.
    async fn wrap(&self, lineage: &str, data: &Key) -> Result<Json> {
        let header = self.seal(lineage, data).await?;
        let opened = self.open(SEALING, lineage, &header).await?;
        if opened.bytes() != data.bytes() {
            let reason = format!("{} does not give back what it was given", header.key);
            return Err(failed(SEALING, reason));
        }
        Ok(serde_json::json!(header))
    }

    /// The key is the one that the header names, whichever this is.
    async fn unwrap(&self, lineage: &str, header: &Json) -> Result<Key> {
        let header = Header::deserialize(header)
            .map_err(|error| failed(OPENING, format!("its header is damaged: {error}")))?;
        self.open(OPENING, lineage, &header).await
    }
}

const UNREACHABLE: &str = "see whether the vault can be reached from here, and try again";
const AGAIN: &str = "try again";

/// Who is nobody on a machine without a metadata service may wait long for that one too.
const SILENT: &str =
    "see whether you are signed in, and whether the vault can be reached from here, and try again";

/// The cloud that a domain of vaults is in.
fn cloud(domain: &str) -> Cloud {
    match domain.rsplit_once('.') {
        Some((_, "cn")) => Cloud::China,
        _ if domain.ends_with("usgovcloudapi.net") => Cloud::UsGovernment,
        _ => Cloud::Public,
    }
}

/// How long to wait for what passes; nothing for an answer that will be the same again, and after the last attempt.
fn pause_after(answer: &Answer, pause: Option<Duration>) -> Option<Duration> {
    let passes = matches!(answer.status, 408 | 429 | 500..);
    pause
        .filter(|_| passes)
        .map(|pause| answer.retry_after().unwrap_or(pause))
}

/// What the vault is asked for.
struct Asked<'a> {
    /// What is being done: the beginning of a message.
    doing: &'static str,
    /// As access policies write it.
    operation: &'static str,
    key: &'a VaultKey,
}

impl Asked<'_> {
    /// Where it is asked. Without a version it is the newest.
    fn url(&self) -> Result<Url> {
        let (vault, name) = (self.key.vault(), self.key.name());
        let version = self.key.version().map(|version| format!("{version}/"));
        let url = format!(
            "{vault}/keys/{name}/{}{}?api-version={VERSION}",
            version.unwrap_or_default(),
            self.operation.to_ascii_lowercase()
        );
        Url::parse(&url).map_err(|error| self.failed(error, "name the key in another way"))
    }

    fn failed(&self, said: impl std::fmt::Display, advice: impl std::fmt::Display) -> BackendError {
        let Self {
            doing,
            operation,
            key,
        } = self;
        let reason =
            format!("keys/{operation} with the Azure Key Vault key {key} failed: {said}; {advice}");
        failed(doing, reason)
    }

    fn unanswered(&self, error: &azure_core::Error) -> BackendError {
        let words = one_line(&words(error));
        let advice = match error.kind() {
            ErrorKind::Credential => SIGN_IN,
            _ if words.contains("dns error") => {
                "see whether the vault is there, or was deleted, and whether its name is known here: a private endpoint's is known in its network alone"
            }
            _ => UNREACHABLE,
        };
        self.failed(words, advice)
    }

    fn refused(&self, answer: &Answer) -> BackendError {
        let told = Said::of(&answer.body);
        let code = match told.code() {
            "" => format!("the HTTP status {}", answer.status),
            code => code.to_owned(),
        };
        let mut said = match told.inner_code() {
            "" => code,
            inner => format!("{code}, {inner}"),
        };
        let message = one_line(told.message());
        if !message.is_empty() {
            said = format!("{said}: {message}");
        }
        if let Some(request) = answer.request_id() {
            said = format!("{said} (request {request})");
        }
        self.failed(said, self.advice(&told))
    }

    /// What to do. Codes: "Azure Key Vault REST API Error Codes" and "Common error codes" in the service's documentation.
    fn advice(&self, told: &Said<'_>) -> String {
        let operation = self.operation;
        let may = format!(
            "give the identity that runs this the role \"Key Vault Crypto User\" on this key or its vault; in a vault with access policies, the key permission {operation}"
        );
        let text = match (told.code(), told.inner_code()) {
            (_, "ForbiddenByRbac") => {
                "give the identity that runs this the role \"Key Vault Crypto User\" on this key or its vault; a new role is felt after some minutes"
            }
            (_, "ForbiddenByPolicy" | "AccessDenied") => {
                return format!(
                    "allow the key permission {operation} to the identity that runs this, in the vault's access policies"
                );
            }
            (_, "ForbiddenByFirewall" | "ForbiddenByConnection") => {
                "let this address in by the vault's network settings, or work from a network that it lets in"
            }
            (_, "KeyDisabled") => {
                "enable the key again: what it sealed cannot be opened without it"
            }
            (_, "KeyExpired" | "KeyNotYetValid") => {
                "rotate the key, or set its dates anew: it is not to be used now"
            }
            (_, "KeyOperationForbidden") => {
                "add wrapKey and unwrapKey to the key's permitted operations"
            }
            ("Forbidden", _) => return may,
            ("KeyNotFound", _) => {
                "see whether the key is there; one that was deleted can be recovered until it is purged"
            }
            ("VaultNotFound", _) => {
                "see whether the vault is there; one that was deleted can be recovered until it is purged"
            }
            ("Unauthorized", _) => SIGN_IN,
            ("BadParameter", _) if operation == "wrapKey" => {
                "take an RSA key: keys of another type cannot wrap"
            }
            ("BadParameter", _) => {
                "its header was changed since: another key than it names wrapped the data key"
            }
            _ => AGAIN,
        };
        text.to_owned()
    }
}

/// What was said in several lines, in one, without a full stop.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
