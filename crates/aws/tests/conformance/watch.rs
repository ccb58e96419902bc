//! What handlers call, as their requests say it.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use stack_aws::AwsProvider;
use stack_testkit::conformance::Calls;
use xtask::wire::Request;

/// The provider on a configuration, and what its handlers call.
pub fn watched(config: aws_config::SdkConfig) -> (AwsProvider, Calls) {
    let calls = Calls::default();
    let watch = SharedInterceptor::new(Watch(calls.clone()));
    (AwsProvider::on(config).intercepted(watch), calls)
}

#[derive(Debug)]
struct Watch(Calls);

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let sent = context.request();
        let (_, path) = sent.uri().split_once("://").unwrap_or_default();
        let path = path.split_once('/').map_or("", |(_, path)| path);
        let request = Request {
            method: sent.method(),
            path: &format!("/{path}"),
            header: &|name| sent.headers().get(name).map(str::to_owned),
            body: sent.body().bytes().unwrap_or_default(),
        };
        request
            .of_aws()
            .into_iter()
            .for_each(|action| self.0.note(action));
        Ok(())
    }
}
