//! A vault of keys on a local Azure.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::azure::LocalAzure;
use crate::error::{Error, Result};

/// The subscription that the vault is in.
pub const SUBSCRIPTION: &str = "5a000000-0000-4000-8000-000000000001";

/// Who the managed identity of the emulator is.
pub const PRINCIPAL: &str = "7e000000-0000-4000-8000-000000000002";

/// What tokens for vaults are for.
const AUDIENCE: &str = "https://vault.azure.net";

/// The role that makes, changes and uses keys: "Key Vault Crypto Officer".
pub const OFFICER: &str = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603";

/// A vault, on a local Azure of its own. Its managed identity is a Key Vault Crypto Officer there.
#[derive(Debug)]
pub struct Vault {
    /// Where it is.
    pub azure: LocalAzure,
    token: String,
}

impl Vault {
    /// Starts it, without a key.
    pub fn start() -> Result<Self> {
        let azure = LocalAzure::start(Duration::ZERO)?;
        let token = azure.token(AUDIENCE)?;
        let vault = Self { azure, token };
        let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/group");
        vault.manage("PUT", &group, "2025-04-01", &json!({"location": "westus"}))?;
        vault.configure(json!({}))?;
        vault.assign(OFFICER)?;
        Ok(vault)
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("{}/_vault/shop", self.azure.endpoint())
    }

    /// Its id.
    pub fn id(&self) -> String {
        format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/group/providers/Microsoft.KeyVault/vaults/shop"
        )
    }

    /// Makes it, or makes it anew, with these properties.
    pub fn configure(&self, properties: Json) -> Result<()> {
        let mut body = json!({"location": "westus", "properties": {
            "tenantId": "7e000000-0000-4000-8000-000000000001", "sku": {"family": "A", "name": "standard"},
        }});
        if let (Some(body), Json::Object(more)) = (body["properties"].as_object_mut(), properties) {
            body.extend(more);
        }
        self.manage("PUT", &self.id(), "2024-11-01", &body)
    }

    /// Gives the managed identity a role there.
    pub fn assign(&self, role: &str) -> Result<()> {
        let place = format!(
            "{}/providers/Microsoft.Authorization/roleAssignments/{role}",
            self.id()
        );
        let definition = format!(
            "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        );
        let properties = json!({"principalId": PRINCIPAL, "roleDefinitionId": definition});
        let body = json!({ "properties": properties });
        self.manage("PUT", &place, "2022-04-01", &body)
    }

    /// Takes a role away again.
    pub fn dismiss(&self, role: &str) -> Result<()> {
        let place = format!(
            "{}/providers/Microsoft.Authorization/roleAssignments/{role}",
            self.id()
        );
        self.manage("DELETE", &place, "2022-04-01", &json!({}))
    }

    /// Makes a key, or a new version of one, of a type; gives its identifier.
    pub fn key(&self, name: &str, kind: &str) -> Result<String> {
        let path = format!("keys/{name}/create");
        let (_, made) = self.ask("POST", &path, &json!({ "kty": kind }))?;
        Ok(made["key"]["kid"].as_str().unwrap_or_default().to_owned())
    }

    /// Disables the newest version of a key, or enables it.
    pub fn enable(&self, name: &str, enabled: bool) -> Result<()> {
        let body = json!({"attributes": {"enabled": enabled}});
        self.ask("PATCH", &format!("keys/{name}"), &body).map(drop)
    }

    /// Asks the vault itself: the status, and the body.
    pub fn ask(&self, method: &str, path: &str, body: &Json) -> Result<(u16, Json)> {
        let path = format!("/_vault/shop/{path}?api-version=7.4");
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str())];
        self.azure.ask(method, &path, &headers, Some(body))
    }

    /// What was asked of keys so far, with the bodies.
    pub fn calls(&self) -> Result<Vec<Json>> {
        let what = format!("calls?subscription={SUBSCRIPTION}");
        let calls = self.azure.control("GET", &what, None)?;
        let of_keys = |call: &Json| call["type"] == "Microsoft.KeyVault/vaults/keys";
        let calls = calls.as_array().cloned().unwrap_or_default();
        Ok(calls.into_iter().filter(of_keys).collect())
    }

    fn manage(&self, method: &str, path: &str, version: &str, body: &Json) -> Result<()> {
        let token = self.azure.token("https://management.azure.com/")?;
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        let path = format!("{path}?api-version={version}");
        match self.azure.ask(method, &path, &headers, Some(body))? {
            (200..300, _) => Ok(()),
            (status, answer) => Err(Error::Io {
                doing: format!("{method} {path}"),
                source: std::io::Error::other(format!("{status}: {answer}")),
            }),
        }
    }
}
