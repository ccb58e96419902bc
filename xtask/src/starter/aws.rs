//! An account at an emulator of AWS.

use std::process::Command;

use super::Ground;
use crate::error::{Doing, Result};
use crate::{account, emulator, venv};

pub(super) struct Account {
    endpoint: String,
    id: String,
}

impl Account {
    /// One that nobody else uses.
    pub fn new(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            id: account::fresh(),
        }
    }
}

impl Ground for Account {
    fn account(&self) -> &str {
        &self.id
    }

    /// What the SDK of AWS reads, here and nowhere else.
    fn surround(&self, command: &mut Command) {
        command
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", "eu-west-3")
            // What boto3 reads instead.
            .env("AWS_DEFAULT_REGION", "eu-west-3")
            .env("AWS_ACCESS_KEY_ID", &self.id)
            .env("AWS_SECRET_ACCESS_KEY", "starter")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN");
    }

    fn left(&self) -> Result<Command> {
        let mut command = Command::new(venv::ensure()?);
        command.arg(crate::root()?.join("tests/emulators/left.py"));
        self.surround(&mut command);
        Ok(command)
    }

    /// As boto3 sees them.
    fn objects(&self) -> Result<Vec<String>> {
        let output = self
            .left()?
            .output()
            .doing(|| "look at what is left".to_owned())?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !said.is_empty() {
            return Err(std::io::Error::other(said.into_owned()))
                .doing(|| "look at what is left".to_owned());
        }
        let told = String::from_utf8_lossy(&output.stdout);
        let lines = told.lines().filter(|line| *line != "nothing is left");
        Ok(lines.map(str::to_owned).collect())
    }

    fn refuse(&self, number: u32) -> Result<()> {
        emulator::ask(&self.endpoint, &format!("refuse/{}/{number}", self.id)).map(drop)
    }

    fn refused(&self) -> Result<Option<String>> {
        let told = emulator::ask(&self.endpoint, &format!("refused/{}", self.id))?;
        let told: std::result::Result<Option<String>, _> = serde_json::from_str(&told);
        told.map_err(std::io::Error::from)
            .doing(|| "read what was refused".to_owned())
    }
}
