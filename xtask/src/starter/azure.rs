//! A subscription at an emulator of Azure.

use std::process::Command;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::Ground;
use crate::azure::LocalAzure;
use crate::error::Result;
use crate::venv;

pub(super) struct Account {
    azure: Arc<LocalAzure>,
    subscription: String,
}

impl Account {
    /// One that nobody else uses.
    pub fn new(azure: &Arc<LocalAzure>) -> Self {
        Self {
            azure: Arc::clone(azure),
            subscription: uuid::Uuid::new_v4().to_string(),
        }
    }

    fn control(&self, method: &str, what: &str, body: Option<&Json>) -> Result<Json> {
        let what = format!("{what}?subscription={}", self.subscription);
        self.azure.control(method, &what, body)
    }
}

impl Ground for Account {
    fn account(&self) -> &str {
        &self.subscription
    }

    /// What the SDKs of Azure read, and the address of the emulator.
    fn surround(&self, command: &mut Command) {
        for other in [
            "AZURE_TENANT_ID",
            "AZURE_CLIENT_ID",
            "AZURE_CLIENT_SECRET",
            "AZURE_FEDERATED_TOKEN_FILE",
        ] {
            command.env_remove(other);
        }
        command.envs(self.azure.variables(&self.subscription));
    }

    fn left(&self) -> Result<Command> {
        let mut command = Command::new(venv::ensure()?);
        command.arg(crate::root()?.join("tests/emulators/left_azure.py"));
        self.surround(&mut command);
        Ok(command)
    }

    /// By the emulator's own account: Azure's lists leave out what lies beneath other objects.
    fn objects(&self) -> Result<Vec<String>> {
        let told = self.control("GET", "resources", None)?;
        let resources = told["resources"].as_array().cloned().unwrap_or_default();
        let mut ids: Vec<String> = resources
            .iter()
            .filter_map(|resource| resource["id"].as_str())
            .map(str::to_lowercase)
            .collect();
        ids.sort();
        Ok(ids)
    }

    fn refuse(&self, number: u32) -> Result<()> {
        let number = (number > 0).then_some(number);
        let settings = json!({ "refuse_write": number });
        self.control("PUT", "settings", Some(&settings)).map(drop)
    }

    fn refused(&self) -> Result<Option<String>> {
        let counts = self.control("GET", "counts", None)?;
        Ok(counts["refused"].as_str().map(str::to_owned))
    }
}
