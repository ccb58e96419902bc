//! What handlers call, as their requests say it.

use std::sync::Arc;

use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};
use stack_azure::{AzureProvider, Connection};
use stack_testkit::conformance::Calls;
use xtask::wire;

/// The provider on a connection, and what its handlers call.
pub fn watched(mut connection: Connection) -> (AzureProvider, Calls) {
    let calls = Calls::default();
    connection.policies.push(Arc::new(Watch(calls.clone())));
    (AzureProvider::on(connection), calls)
}

#[derive(Debug)]
struct Watch(Calls);

#[async_trait::async_trait]
impl Policy for Watch {
    async fn send(
        &self,
        context: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        if let Some(action) = action(request) {
            self.0.note(action);
        }
        next[0].send(context, request, &next[1..]).await
    }
}

fn action(request: &Request) -> Option<String> {
    let asked = wire::Request {
        method: request.method().as_str(),
        path: request.url().path(),
        header: &|_| None,
        body: &[],
    };
    asked.of_azure()
}
