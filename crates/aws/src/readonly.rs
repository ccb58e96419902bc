//! What planning may call. A refusal here is a bug of ours, caught before anything leaves the process.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Refuses every operation whose name does not say that it only reads.
#[derive(Debug)]
pub(crate) struct ReadOnly;

/// AWS names what only reads with these verbs, in every service that this crate uses. `Simulate` is IAM's, of policies.
const READS: [&str; 5] = ["Describe", "Get", "Head", "List", "Simulate"];

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for ReadOnly {
    fn name(&self) -> &'static str {
        "ReadOnly"
    }

    // Not earlier: the operation's name is known only once its own configuration is in place.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config
            .load::<Metadata>()
            .map(|metadata| metadata.name().to_owned())
            .unwrap_or_default();
        if READS.iter().any(|verb| operation.starts_with(verb)) {
            return Ok(());
        }
        Err(format!("{operation} may change something, and planning only reads").into())
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use aws_config::{BehaviorVersion, Region};
    use aws_credential_types::Credentials;
    use stack_model::Map;
    use stack_provider::{Error, ErrorKind};

    use crate::call::CallExt;
    use crate::client::{Access, Aws};

    /// Asks for a write and a read where nobody answers. Gives both errors, and whether somebody called.
    async fn try_both(access: Access) -> (Error, bool, Error, bool) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener
            .set_nonblocking(true)
            .expect("a listener need not block");
        let address = listener.local_addr().expect("a listener has an address");
        let timeouts = aws_config::timeout::TimeoutConfig::builder()
            .operation_timeout(Duration::from_millis(500))
            .build();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("eu-west-3"))
            .endpoint_url(format!("http://{address}"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .timeout_config(timeouts)
            .load()
            .await;
        let aws = Aws::connect(Some(config), &Map::new(), access)
            .await
            .expect("a client needs no connection");
        let called = || listener.accept().is_ok();
        let write = aws.iam().delete_role().role_name("one").send().await;
        let write_called = called();
        let read = aws.iam().get_role().role_name("one").send().await;
        (
            write.named("iam:DeleteRole").expect_err("nobody answers"),
            write_called,
            read.named("iam:GetRole").expect_err("nobody answers"),
            called(),
        )
    }

    #[tokio::test]
    async fn a_write_is_refused_before_anything_leaves_the_process() {
        let (write, write_called, read, read_called) = try_both(Access::ReadOnly).await;
        assert!(!write_called, "a connection was made for a write");
        assert_eq!(write.kind, ErrorKind::Other);
        assert!(write.message.contains("DeleteRole"), "{write}");
        assert!(write.message.contains("planning only reads"), "{write}");
        assert!(read_called, "a read was held back");
        assert_eq!(read.kind, ErrorKind::Transient);
    }

    #[tokio::test]
    async fn a_write_goes_out_where_writing_is_allowed() {
        let (write, write_called, _, _) = try_both(Access::ReadWrite).await;
        assert!(write_called, "the other test could not fail");
        assert_eq!(write.kind, ErrorKind::Transient);
    }
}
