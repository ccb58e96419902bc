//! The clouds that this binary knows.

use std::sync::Arc;

use stack_engine::Connections;
use stack_provider::Provider;

/// Every cloud that was compiled in, not connected to yet.
pub fn connections() -> Connections {
    let providers: Vec<Arc<dyn Provider>> = vec![
        Arc::new(stack_std::provider::provider()),
        #[cfg(feature = "aws")]
        Arc::new(stack_aws::provider()),
        #[cfg(feature = "azure")]
        Arc::new(stack_azure::provider(stack_azure::Surroundings::from(
            |name| std::env::var(name).ok(),
        ))),
    ];
    Connections::new(providers)
}
