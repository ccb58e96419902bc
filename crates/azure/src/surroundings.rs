//! What the surroundings say of Azure. Whoever embeds the provider reads the variables; this crate reads none itself.

use stack_model::Secret;

/// The variables that the Azure SDKs know, and `STACK_AZURE_ENDPOINT`.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `STACK_AZURE_ENDPOINT`: where Azure Resource Manager is, instead of the public cloud's. An emulator on this
    /// machine may speak http.
    pub endpoint: Option<String>,
    /// `AZURE_SUBSCRIPTION_ID`: the subscription to work in.
    pub subscription_id: Option<String>,
    /// `AZURE_LOCATION`: the region of what does not name one.
    pub location: Option<String>,
    /// `AZURE_TENANT_ID`.
    pub tenant_id: Option<String>,
    /// `AZURE_CLIENT_ID`: of a service principal, or of a managed identity that a user assigned.
    pub client_id: Option<String>,
    /// `AZURE_CLIENT_SECRET`.
    pub client_secret: Option<Secret<String>>,
    /// `AZURE_FEDERATED_TOKEN_FILE`.
    pub federated_token_file: Option<String>,
    /// `AZURE_AUTHORITY_HOST`: where tokens come from, instead of the public cloud's.
    pub authority_host: Option<String>,
    /// Whether `IDENTITY_ENDPOINT` is set: there is a managed identity, and asking for it is quick.
    pub managed_identity: bool,
}

impl Surroundings {
    /// Reads them with a function that knows the variables: `|name| std::env::var(name).ok()`. Empty counts as not set.
    pub fn from(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            endpoint: variable("STACK_AZURE_ENDPOINT"),
            subscription_id: variable("AZURE_SUBSCRIPTION_ID"),
            location: variable("AZURE_LOCATION"),
            tenant_id: variable("AZURE_TENANT_ID"),
            client_id: variable("AZURE_CLIENT_ID"),
            client_secret: variable("AZURE_CLIENT_SECRET").map(Secret::new),
            federated_token_file: variable("AZURE_FEDERATED_TOKEN_FILE"),
            authority_host: variable("AZURE_AUTHORITY_HOST"),
            managed_identity: variable("IDENTITY_ENDPOINT").is_some(),
        }
    }
}
