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

/// AWS names what only reads with these verbs, in every service that this crate uses.
const READS: [&str; 4] = ["Describe", "Get", "Head", "List"];

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
