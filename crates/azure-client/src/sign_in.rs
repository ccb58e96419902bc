//! What the surroundings say of who we are. Whoever embeds this reads the variables; this crate reads none itself.

use stack_model::Secret;

/// What to do where no credential gives a token.
pub const SIGN_IN: &str =
    "sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET";

/// The variables of credentials that the Azure SDKs know.
#[derive(Debug, Clone, Default)]
pub struct SignIn {
    /// `AZURE_TENANT_ID`.
    pub tenant_id: Option<String>,
    /// `AZURE_CLIENT_ID`: of a service principal, or of a managed identity that a user assigned.
    pub client_id: Option<String>,
    /// `AZURE_CLIENT_SECRET`.
    pub client_secret: Option<Secret<String>>,
    /// `AZURE_FEDERATED_TOKEN_FILE`.
    pub federated_token_file: Option<String>,
    /// `AZURE_AUTHORITY_HOST`: where tokens come from, instead of the cloud's own authority.
    pub authority_host: Option<String>,
    /// Whether `IDENTITY_ENDPOINT` is set: there is a managed identity, and asking for it is quick.
    pub managed_identity: bool,
}

impl SignIn {
    /// Reads them with a function that knows the variables: `|name| std::env::var(name).ok()`. Empty counts as not set.
    pub fn from(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            tenant_id: variable("AZURE_TENANT_ID"),
            client_id: variable("AZURE_CLIENT_ID"),
            client_secret: variable("AZURE_CLIENT_SECRET").map(Secret::new),
            federated_token_file: variable("AZURE_FEDERATED_TOKEN_FILE"),
            authority_host: variable("AZURE_AUTHORITY_HOST"),
            managed_identity: variable("IDENTITY_ENDPOINT").is_some(),
        }
    }
}
