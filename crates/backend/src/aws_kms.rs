//! A key of AWS KMS, which wraps the data key of each environment that uses it and never leaves the service.
//!
//! A state's header says `{"kind":"aws-kms","key":"<the key's ARN>","wrapped":"…"}`. The ciphertext is base64 with
//! padding, as `aws kms decrypt` wants it. It is bound to its state by the encryption context that it was made with,
//! which policies can ask for and CloudTrail shows: `stack:purpose` and `stack:lineage`.

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_kms::Client;
use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_kms::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_kms::error::{BoxError, ConnectorError, ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::RequestId;
use aws_sdk_kms::primitives::Blob;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use stack_engine::backend::{BackendError, Result};
use stack_http::is_loopback;
use url::Url;
use zeroize::Zeroizing;

use crate::keeper::{AWS_KMS as KIND, KmsKey};
use crate::keyring::{OPENING, PURPOSE, SEALING, Wrap};
use crate::seal::{Key, failed};

/// The longest that KMS is waited for, with all attempts, and with looking for credentials.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest of one attempt: it answers in milliseconds.
const ATTEMPT: Duration = Duration::from_secs(10);

const CONNECT: Duration = Duration::from_secs(5);

/// A key of AWS KMS, found with the SDK's own rules for credentials, region and endpoint. The region that its ARN
/// names comes before them.
#[derive(Debug, Clone)]
pub struct AwsKms {
    key: KmsKey,
    base: Option<SdkConfig>,
    patience: Duration,
}

#[derive(Serialize, Deserialize)]
struct Header {
    kind: String,
    key: String,
    wrapped: String,
}

impl AwsKms {
    /// A key of AWS KMS, which is not asked for yet.
    pub fn new(key: KmsKey) -> Self {
        Self {
            key,
            base: None,
            patience: PATIENCE,
        }
    }

    /// The same with this configuration of the SDK, instead of what the surroundings say. For tests and embedding.
    pub fn on(self, base: SdkConfig) -> Self {
        let base = Some(base);
        Self { base, ..self }
    }

    async fn client(&self, asked: &Asked<'_>) -> Result<Client> {
        let region = asked.key.region().map(|name| Region::new(name.to_owned()));
        let config = match &self.base {
            Some(base) => base.clone(),
            None => {
                let mut loader = aws_config::defaults(BehaviorVersion::latest());
                if let Some(region) = region.clone() {
                    // Else the metadata service of the machine may be asked, and waited for.
                    loader = loader.region(region);
                }
                loader.load().await
            }
        };
        let region = region.or_else(|| config.region().cloned());
        if region.is_none() {
            let advice = "name the key by its ARN, or set AWS_REGION or a region in the profile";
            return Err(asked.failed("no region is set", advice));
        }
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .build();
        let config = aws_sdk_kms::config::Builder::from(&config)
            .region(region)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(timeouts)
            .interceptor(Encrypted)
            .build();
        Ok(Client::from_conf(config))
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
            Err(asked.failed(format!("no answer within {seconds} s"), UNREACHABLE))
        })
    }

    async fn encrypt(&self, lineage: &str, data: &Key) -> Result<Header> {
        let asked = Asked {
            doing: SEALING,
            operation: "kms:Encrypt",
            key: &self.key,
        };
        let work = async {
            // The SDK's own copies, of request and answer, are freed and not wiped: it has no means for that.
            let call = self.client(&asked).await?.encrypt();
            let answer = call
                .key_id(self.key.as_str())
                .plaintext(Blob::new(data.bytes()))
                .encryption_context(CONTEXT_PURPOSE, PURPOSE)
                .encryption_context(CONTEXT_LINEAGE, lineage);
            let answer = answer.send().await.map_err(|error| asked.refused(&error))?;
            let key = answer.key_id.filter(|key| is_key_arn(key));
            match (key, answer.ciphertext_blob) {
                (Some(key), Some(wrapped)) => Ok(Header {
                    kind: KIND.into(),
                    key,
                    wrapped: BASE64.encode(wrapped),
                }),
                _ => Err(asked.failed("the answer has no key ARN or no ciphertext", UNREACHABLE)),
            }
        };
        self.within(&asked, work).await
    }

    async fn decrypt(&self, doing: &'static str, lineage: &str, header: &Header) -> Result<Key> {
        let damaged = |why: &str| failed(doing, format!("its header is damaged: {why}"));
        let key: KmsKey = match header.key.parse() {
            Ok(key) if is_key_arn(&header.key) => key,
            _ => return Err(damaged("it names no key of AWS KMS by its ARN")),
        };
        let wrapped = BASE64.decode(&header.wrapped);
        let wrapped = wrapped.map_err(|_| damaged("its data key is not base64"))?;
        let asked = Asked {
            doing,
            operation: "kms:Decrypt",
            key: &key,
        };
        let work = async {
            let call = self.client(&asked).await?.decrypt();
            let answer = call
                // Without it KMS would take whatever key the ciphertext names.
                .key_id(key.as_str())
                .ciphertext_blob(Blob::new(wrapped))
                .encryption_context(CONTEXT_PURPOSE, PURPOSE)
                .encryption_context(CONTEXT_LINEAGE, lineage);
            let answer = answer.send().await.map_err(|error| asked.refused(&error))?;
            let plain = answer.plaintext.map(Blob::into_inner).unwrap_or_default();
            let plain = Zeroizing::new(plain);
            Key::from_bytes(&plain).ok_or_else(|| damaged("its data key does not have 32 bytes"))
        };
        self.within(&asked, work).await
    }
}

#[async_trait]
impl Wrap for AwsKms {
    fn kind(&self) -> &'static str {
        KIND
    }

    /// What was wrapped is opened again at once: who may encrypt and not decrypt would make a state that nobody opens.
    async fn wrap(&self, lineage: &str, data: &Key) -> Result<Json> {
        let header = self.encrypt(lineage, data).await?;
        let opened = self.decrypt(SEALING, lineage, &header).await?;
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
        self.decrypt(OPENING, lineage, &header).await
    }
}

/// The encryption context. It is no secret: CloudTrail records it.
const CONTEXT_PURPOSE: &str = "stack:purpose";
const CONTEXT_LINEAGE: &str = "stack:lineage";

const UNREACHABLE: &str = "see whether the endpoint of KMS can be reached from here, and try again";

fn is_key_arn(text: &str) -> bool {
    text.parse().is_ok_and(|key: KmsKey| key.is_key_arn())
}

/// What KMS is asked for.
struct Asked<'a> {
    /// What is being done: the beginning of a message.
    doing: &'static str,
    /// As IAM writes it.
    operation: &'static str,
    key: &'a KmsKey,
}

impl Asked<'_> {
    fn failed(&self, said: impl std::fmt::Display, advice: impl std::fmt::Display) -> BackendError {
        let Self {
            doing,
            operation,
            key,
        } = self;
        let reason = format!("{operation} with the AWS KMS key {key} failed: {said}; {advice}");
        failed(doing, reason)
    }

    fn refused<E>(&self, error: &SdkError<E, HttpResponse>) -> BackendError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let Some(code) = error.code() else {
            if let Some(refused) = chain(error).find_map(|error| error.downcast_ref::<ClearText>())
            {
                return self.failed(refused, "use an https endpoint");
            }
            let words = words(error);
            let advice = match words.contains("credential") {
                true => SIGN_IN,
                false => UNREACHABLE,
            };
            return self.failed(words, advice);
        };
        let mut said = code.to_owned();
        if let Some(message) = error.message().filter(|message| !message.is_empty()) {
            said = format!("{said}: {}", message.trim_end_matches('.'));
        }
        if let Some(request) = error.request_id() {
            said = format!("{said} (request {request})");
        }
        self.failed(said, self.advice(code))
    }

    /// What to do. Codes: API reference of KMS, errors of Encrypt and Decrypt, and the errors that all services share.
    fn advice(&self, code: &str) -> String {
        match code {
            "AccessDeniedException" | "AccessDenied" => format!(
                "allow {} on this key to the identity that runs this, in its IAM policy or in the key's; in another account than the key's both are needed",
                self.operation
            ),
            "DisabledException" => {
                "enable the key again: what it sealed cannot be opened without it".into()
            }
            "KMSInvalidStateException" => {
                "if the key is to be deleted, cancel that: what it sealed cannot be opened without it".into()
            }
            "NotFoundException" => match self.key.region() {
                Some(_) => "see whether the key is there, or was deleted".into(),
                None => "see whether the key is in this region and in the account of these credentials, or name it by its ARN".into(),
            },
            "InvalidCiphertextException" => {
                "its header was changed since, or belongs to another state".into()
            }
            "IncorrectKeyException" => {
                "its header was changed since: another key than it names wrapped the data key".into()
            }
            "InvalidKeyUsageException" => {
                "take a symmetric key that is for encrypting and decrypting".into()
            }
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "IncompleteSignature"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "MissingAuthenticationToken" => SIGN_IN.into(),
            _ => "try again".into(),
        }
    }
}

const SIGN_IN: &str = "sign in, or set AWS_PROFILE or AWS_ACCESS_KEY_ID";

/// An error and everything beneath it.
fn chain<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// What is beneath an error of the SDK, in one line. Its own words, and its connector's, only say in which part of the
/// SDK it came up.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = String::new();
    for error in chain(error)
        .skip(1)
        .filter(|error| !error.is::<ConnectorError>())
    {
        let said = error.to_string();
        if text.contains(&said) {
            continue;
        }
        if !text.is_empty() {
            text += ": ";
        }
        let lines: Vec<&str> = said.lines().map(str::trim).collect();
        text += lines.join(" ").trim_end_matches('.');
    }
    match text.is_empty() {
        true => error.to_string(),
        false => text,
    }
}

/// An endpoint in clear text on another machine.
#[derive(Debug, thiserror::Error)]
#[error("the endpoint http://{0} speaks clear text, which is for this machine alone")]
struct ClearText(String);

/// Refuses to send a data key in clear text to another machine, whichever setting named the endpoint.
#[derive(Debug)]
struct Encrypted;

impl Intercept for Encrypted {
    fn name(&self) -> &'static str {
        "Encrypted"
    }

    fn read_before_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let endpoint = Url::parse(context.request().uri())?;
        if endpoint.scheme() == "http" && !is_loopback(&endpoint) {
            let host = endpoint.host_str().unwrap_or_default();
            return Err(ClearText(host.to_owned()).into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
