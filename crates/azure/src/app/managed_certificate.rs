//! `azure:app:ManagedCertificate`: a certificate for a custom domain that Azure gets and renews.

use stack::resource::*;

/// A certificate for a custom domain that Azure gets and renews, free of charge.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:app:ManagedCertificate", create = "30m", visibility_lag = "15s")]
pub struct ManagedCertificate {
    /// The id of the environment whose apps use it.
    #[input(required, replaces, case_insensitive)]
    pub managed_environment_id: String,
    /// Its name, unique in the environment. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 60, lowercase))]
    pub name: Option<String>,
    /// The environment's region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// The domain, such as `www.example.com`.
    #[input(required, replaces, case_insensitive)]
    pub subject_name: String,
    /// How it is proved that the domain is ours.
    #[input(required, replaces)]
    pub domain_control_validation: DomainControlValidation,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
}

/// How it is proved that a domain is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum DomainControlValidation {
    /// A CNAME record leads to the app.
    #[choice("CNAME")]
    Cname,
    /// The app answers at the domain.
    #[choice("HTTP")]
    Http,
    /// A TXT record holds a token.
    #[choice("TXT")]
    Txt,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::app::ManagedEnvironment;
    use crate::prelude::*;

    impl Arm for ManagedCertificate {
        const ARM: ArmType = ArmType::beneath::<ManagedEnvironment>(
            "managed_environment_id",
            "managedCertificates",
            "2025-07-01",
            Update::Patch,
        );
    }
}
