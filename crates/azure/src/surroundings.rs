//! What the surroundings say of Azure. Whoever embeds the provider reads the variables; this crate reads none itself.

use stack_azure_client::SignIn;

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
    /// Who we are.
    pub sign_in: SignIn,
}

impl Surroundings {
    /// Reads them with a function that knows the variables: `|name| std::env::var(name).ok()`. Empty counts as not set.
    pub fn from(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            endpoint: set("STACK_AZURE_ENDPOINT"),
            subscription_id: set("AZURE_SUBSCRIPTION_ID"),
            location: set("AZURE_LOCATION"),
            sign_in: SignIn::from(&variable),
        }
    }
}
