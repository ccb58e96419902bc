//! Load balancers.

mod action;
#[cfg(feature = "provider")]
mod attributes;
mod listener;
mod listener_rule;
mod load_balancer;
#[cfg(feature = "provider")]
pub(crate) mod strays;
#[cfg(feature = "provider")]
mod tags;
mod target_group;

pub use action::*;
pub use listener::*;
pub use listener_rule::*;
pub use load_balancer::*;
pub use target_group::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Aws>,
) -> stack_provider::Catalog<crate::Aws> {
    catalog
        .object::<Listener>()
        .object::<ListenerRule>()
        .object::<LoadBalancer>()
        .object::<TargetGroup>()
}

/// The end of an ARN, by which CloudWatch names it, without a prefix that CloudWatch leaves out.
#[cfg(feature = "provider")]
fn arn_suffix(arn: &str, without: &str) -> String {
    let end = arn.rsplit_once(':').map_or(arn, |(_, end)| end);
    end.strip_prefix(without).unwrap_or(end).to_owned()
}
