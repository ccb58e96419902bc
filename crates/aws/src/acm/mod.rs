//! Certificates.

mod certificate;
mod certificate_validation;
#[cfg(feature = "provider")]
mod detail;
#[cfg(feature = "provider")]
pub(crate) mod strays;

pub use certificate::*;
pub use certificate_validation::*;

/// Adds the types of this service.
#[cfg(feature = "provider")]
pub(crate) fn register(
    catalog: stack_provider::Catalog<crate::Aws>,
) -> stack_provider::Catalog<crate::Aws> {
    catalog
        .object::<Certificate>()
        .effect::<CertificateValidation>()
}
