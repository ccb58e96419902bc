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
