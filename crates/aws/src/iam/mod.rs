//! Who may do what.

#[cfg(feature = "provider")]
mod document;
mod role;
mod role_policy;
mod role_policy_attachment;
#[cfg(feature = "provider")]
pub(crate) mod strays;

pub use role::*;
pub use role_policy::*;
pub use role_policy_attachment::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Aws>,
) -> stack_provider::Catalog<crate::Aws> {
    catalog
        .object::<Role>()
        .object::<RolePolicy>()
        .object::<RolePolicyAttachment>()
}
