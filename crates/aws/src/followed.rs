//! Each request, told to whoever follows the run.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use stack_provider::trace::{self, Fact, Span, Work};

use crate::call::request_id;

/// Tells of each request: its operation, its status and its id.
#[derive(Debug)]
pub(crate) struct Followed {
    region: String,
}

impl Followed {
    /// Of the requests of a client in this region.
    pub fn in_region(region: &str) -> Self {
        Self {
            region: region.to_owned(),
        }
    }
}

/// The request that is under way.
struct Begun(Arc<dyn Span>);

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Begun")
    }
}

impl Storable for Begun {
    type Storer = StoreReplace<Self>;
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Followed {
    fn name(&self) -> &'static str {
        "Followed"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(metadata) = config.load::<Metadata>() else {
            return Ok(());
        };
        let attempts = config.load::<RequestAttempts>();
        let begun = trace::begin(Work::Call {
            cloud: "aws",
            service: metadata.service(),
            operation: metadata.name(),
            region: Some(&self.region),
            retry: attempts.map_or(0, |one| one.attempts().saturating_sub(1)),
        });
        if let Some(span) = begun {
            config.interceptor_state().store_put(Begun(span));
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Begun(span)) = config.load::<Begun>() else {
            return Ok(());
        };
        if let Some(response) = context.response() {
            span.learn(Fact::Answer {
                status: response.status().as_u16(),
                request: request_id(response),
            });
        }
        if !matches!(context.output_or_error(), Some(Ok(_))) {
            span.learn(Fact::Failed(None));
        }
        // It ends with its attempt, not with the operation.
        config.interceptor_state().unset::<Begun>();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::Mutex;

    use aws_config::{BehaviorVersion, Region};
    use aws_credential_types::Credentials;
    use stack_model::Map;

    use super::*;
    use crate::client::{Access, Aws};

    /// Writes down what it is told.
    struct Noted(Arc<Mutex<Vec<String>>>);

    impl Span for Noted {
        fn begin(&self, work: Work<'_>) -> Arc<dyn Span> {
            self.0.lock().unwrap().push(format!("{work:?}"));
            Arc::new(Self(Arc::clone(&self.0)))
        }

        fn learn(&self, fact: Fact<'_>) {
            self.0.lock().unwrap().push(format!("{fact:?}"));
        }
    }

    #[tokio::test]
    async fn a_request_is_told_with_its_operation_its_status_and_its_id() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = [0; 4096];
            assert!(stream.read(&mut head).unwrap() > 0);
            let answer = "HTTP/1.1 403 Forbidden\r\nx-amzn-requestid: r-1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("eu-west-3"))
            .endpoint_url(format!("http://{address}"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .load()
            .await;
        let aws = Aws::connect(Some(config), &Map::new(), Access::ReadWrite)
            .await
            .unwrap();
        let notes = Arc::new(Mutex::new(Vec::new()));
        let root: Arc<dyn Span> = Arc::new(Noted(Arc::clone(&notes)));
        let asked = aws.iam().get_role().role_name("canary").send();
        assert!(trace::follow(Some(root), asked).await.is_err());
        answering.join().unwrap();
        assert_eq!(
            *notes.lock().unwrap(),
            [
                r#"Call { cloud: "aws", service: "IAM", operation: "GetRole", region: Some("eu-west-3"), retry: 0 }"#,
                r#"Answer { status: 403, request: Some("r-1") }"#,
                "Failed(None)",
            ]
        );
    }
}
