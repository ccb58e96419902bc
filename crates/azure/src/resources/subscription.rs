//! `azure:resources:Subscription`: the subscription that the stack is in.

use stack::resource::*;

/// The subscription that the stack is in.
#[derive(Debug, Clone, PartialEq, Lookup)]
#[lookup("azure:resources:Subscription")]
pub struct Subscription {
    /// Its id as a scope: `/subscriptions/GUID`.
    #[output]
    pub scope: String,
    /// Its GUID.
    #[output]
    pub subscription_id: String,
    /// Its name.
    #[output]
    pub display_name: String,
    /// The tenant that it trusts.
    #[output]
    pub tenant_id: String,
}

#[cfg(feature = "provider")]
mod handler {
    use stack_provider::Question;

    use super::*;
    use crate::prelude::*;

    impl Question for Subscription {
        type Client = Azure;

        fn actions() -> Actions {
            Actions::none().to_read(["Microsoft.Resources/subscriptions/read"])
        }

        async fn answer(azure: &Azure, _: &SubscriptionInputs) -> Result<Self> {
            let said = azure.about_subscription().await?;
            let text = |field: &str| said[field].as_str().unwrap_or_default().to_owned();
            Ok(Self {
                scope: azure.subscription().as_str().to_owned(),
                subscription_id: text("subscriptionId"),
                display_name: text("displayName"),
                tenant_id: text("tenantId"),
            })
        }
    }
}
