//! One environment of a project, opened for a command: its backend, its keys, and who works on it.

use std::path::{Path, PathBuf};

use stack_backend::{KeyFile, KeyRing, Passphrase, Variables};
use stack_engine::session::Place;
use stack_engine::{Backend, Keys, Listener};

use crate::error::{Error, Result};
use crate::hidden;
use crate::project::{Environment, Project};
use crate::reading::ReadingKeys;
use crate::site::Site;
use crate::surroundings::Real;

/// The variable that names the key file.
pub const KEY_FILE: &str = "STACK_KEY_FILE";

/// The variable that holds the passphrase.
pub const PASSPHRASE: &str = "STACK_PASSPHRASE";

/// Where an environment's state lives, and what opens it.
pub struct Home {
    stack: String,
    environment: String,
    accounts: Vec<String>,
    /// The home of its state.
    pub backend: Box<dyn Backend>,
    /// The keys to its secrets.
    pub keys: KeyRing,
    /// Whether it is a redacted snapshot, which no key is for.
    redacted: bool,
    /// The time and chance.
    pub surroundings: Real,
}

impl Home {
    /// The home of an environment. Nothing is read or made yet.
    pub fn of(project: &Project, environment: &Environment) -> Result<Self> {
        let mut home = Site::of(project).home(&project.name, &environment.name)?;
        home.accounts.clone_from(&environment.accounts);
        home.keys = home.keys.sealing_by(environment.sealed_by.clone());
        Ok(home)
    }

    pub(crate) fn in_site(site: &Site, stack: &str, environment: &str) -> Result<Self> {
        if let Some(folder) = &site.snapshots {
            return Self::published(folder, stack, environment);
        }
        let keys = KeyRing::new(KeyFile::new(key_file(site)), passphrase(PASSPHRASE)?)
            .asking(hidden::passphrase(environment));
        #[cfg(feature = "azure-key-vault")]
        let keys = keys.signing_in(stack_backend::SignIn::from(|name| std::env::var(name).ok()));
        Ok(Self {
            stack: stack.to_owned(),
            environment: environment.to_owned(),
            accounts: Vec::new(),
            backend: stack_backend::open(
                &site.url,
                &site.folder,
                stack,
                environment,
                &variables(),
            )?,
            keys,
            redacted: false,
            surroundings: Real::default(),
        })
    }

    /// The home of an environment's redacted snapshot. No key is looked for, and no credential.
    fn published(folder: &Path, stack: &str, environment: &str) -> Result<Self> {
        Ok(Self {
            stack: stack.to_owned(),
            environment: environment.to_owned(),
            accounts: Vec::new(),
            backend: Box::new(stack_backend::snapshot(folder, stack, environment)?),
            keys: KeyRing::new(KeyFile::new(PathBuf::new()), None),
            redacted: true,
            surroundings: Real::default(),
        })
    }

    /// The keys for a command that only reads.
    pub fn reading(&self) -> ReadingKeys<'_> {
        match self.redacted {
            true => ReadingKeys::Redacting,
            false => ReadingKeys::Ring(&self.keys),
        }
    }

    /// The number of the newest committed state; 0 where nothing is recorded.
    pub async fn serial(&self) -> Result<u64> {
        let serials = self.backend.serials().await;
        let serials = serials.map_err(stack_engine::Error::from)?;
        Ok(serials.last().copied().unwrap_or(0))
    }

    /// What a session needs of it.
    pub fn place<'a>(&'a self, listener: &'a dyn Listener) -> Place<'a> {
        self.with_keys(listener, &self.keys)
    }

    /// What a session needs of it, with other keys than the file's.
    pub fn with_keys<'a>(&'a self, listener: &'a dyn Listener, keys: &'a dyn Keys) -> Place<'a> {
        Place {
            backend: self.backend.as_ref(),
            keys,
            listener,
            surroundings: &self.surroundings,
            stack: &self.stack,
            environment: &self.environment,
            accounts: &self.accounts,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// The passphrase that a variable holds, if it is set.
pub fn passphrase(variable: &str) -> Result<Option<Passphrase>> {
    let text = match std::env::var(variable) {
        Ok(text) if !text.is_empty() => text,
        Ok(_) | Err(std::env::VarError::NotPresent) => return Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            return Err(Error::usage(
                format!("{variable} is not text"),
                "use letters that are in UTF-8",
            ));
        }
    };
    let passphrase = Passphrase::new(text).map_err(stack_engine::Error::from)?;
    Ok(Some(passphrase))
}

/// The environment's variables, as far as they are text.
pub fn variables() -> Variables {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

/// The file that holds the key: what the surroundings say, else `Stack.toml`, else one for everything that this
/// person has.
fn key_file(site: &Site) -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(path) = set(KEY_FILE) {
        return PathBuf::from(path);
    }
    if let Some(path) = &site.key_file {
        return site.folder.join(path);
    }
    let home = set("HOME").map(PathBuf::from).unwrap_or_default();
    let config = set("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        // A relative path there is to be ignored, as its specification says.
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| home.join(".config"));
    config.join(Path::new("stack/keys/default.key"))
}
