//! `azure:keyvault:Secret`: a secret of a vault.

use stack::resource::*;

/// A secret of a vault, written through Azure Resource Manager: it takes a role on the vault, and no way to its address.
///
/// Azure Resource Manager cannot delete a secret. One that is no longer declared is disabled, and goes when its vault
/// goes; declared again under the same name, it is taken up again.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:keyvault:Secret", visibility_lag = "15s")]
pub struct VaultSecret {
    /// The id of its vault.
    #[input(required, replaces, case_insensitive)]
    pub vault_id: String,
    /// Its name, unique in the vault: up to 127 letters, digits and `-`. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 127))]
    pub name: Option<String>,
    /// What it holds. Azure Resource Manager never tells it again.
    #[input(required, write_only)]
    pub value: Secret<String>,
    /// What kind of text it is, for people.
    #[input(reset = "")]
    pub content_type: Option<String>,
    /// Whether it can be read. On by default.
    #[input(reset = true)]
    pub enabled: Option<bool>,
    /// Until when it is good, in seconds since 1970.
    #[input(follows)]
    pub expires: Option<i64>,
    /// From when on it is good, in seconds since 1970.
    #[input(follows)]
    pub not_before: Option<i64>,
    /// Its tags: up to 15, ours among them.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Where its newest version is, for apps that should follow changes.
    #[output]
    pub secret_uri: String,
    /// Where this very version is.
    #[output(volatile, generated)]
    pub secret_uri_with_version: String,
}

#[cfg(feature = "provider")]
mod handler {
    use super::super::VERSION;
    use super::*;
    use crate::keyvault::Vault;
    use crate::prelude::*;

    impl Arm for VaultSecret {
        const ARM: ArmType =
            ArmType::beneath::<Vault>("vault_id", "secrets", VERSION, Update::Patch)
                .lives(Life::Left {
                    off: || json!({"properties": {"attributes": {"enabled": false}}}),
                })
                .at_once();

        const PLACES: &[(&str, &str)] = &[
            ("enabled", "properties.attributes.enabled"),
            ("expires", "properties.attributes.exp"),
            ("not_before", "properties.attributes.nbf"),
        ];

        /// One that was left may be disabled; taken up again it is not.
        async fn complete(_: &Azure, body: &mut Json) -> Result<()> {
            if at(body, "properties.attributes.enabled").is_none() {
                put(body, "properties.attributes.enabled", json!(true));
            }
            Ok(())
        }
    }
}
