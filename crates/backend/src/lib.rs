//! Where state lives, and how its secrets are sealed. The engine says what it needs in
//! [`stack_engine::backend`]; nothing here knows what the bytes say.
//!
//! | module             | what it is                                                                |
//! | ------------------ | ------------------------------------------------------------------------- |
//! | [`file`](mod@file) | [`FileBackend`]: a folder on a local disk, `file:state`                   |
//! | [`memory`]         | [`MemoryBackend`]: the same in memory, with hooks for tests, `memory:`    |
//! | [`object`]         | [`ObjectBackend`]: an object store, `s3://`, `az://`, `gs://`             |
//! | [`seal`]           | [`Key`] and [`DataKey`]: sealing, whatever keeps the key                  |
//! | [`keyfile`]        | [`KeyFile`]: a key in a file, which wraps an environment's data key       |
//! | [`passphrase`]     | [`Passphrase`]: words that people know, which do the same                 |
//! | [`asked`]          | [`Asked`]: a passphrase that a person is asked for when it is needed      |
//! | `aws_kms`          | `AwsKms`: a key of AWS KMS, the same, behind the feature `aws`            |
//! | `azure_key_vault`  | `AzureKeyVault`: a key of Azure Key Vault, behind the feature `azure`     |
//! | [`keeper`]         | [`Keeper`]: what keeps a data key, by name                                |
//! | [`keyring`]        | [`KeyRing`]: which of them an environment's data key is kept in           |
//! | [`url`]            | [`open`]: from a URL to a backend; [`environments`]: which there are      |
//! | `conformance`      | the suite that any backend can run, behind the feature of that name       |
//! | `disk`             | what a local disk must be asked so that it keeps what it was given        |
//!
//! ```text
//!   open(url) ──► FileBackend ──► disk        KeyRing ──► KeyFile ──wraps──► DataKey ──is a──► Seal
//!            ├──► MemoryBackend                  ├──► Passphrase ──wraps──►    └──► Key
//!            └──► ObjectBackend ──► object_store └──► AwsKms ──wraps──►
//!                                     └──► reqwest   │  └──► aws-sdk-kms
//!                                                    └──► AzureKeyVault ──wraps──►
//!                                                       └──► stack-azure-client
//! ```

pub mod asked;
#[cfg(feature = "aws")]
pub mod aws_kms;
#[cfg(feature = "azure")]
pub mod azure_key_vault;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod disk;
pub mod file;
pub mod keeper;
pub mod keyfile;
pub mod keyring;
pub mod memory;
pub mod object;
pub mod passphrase;
pub mod seal;
pub mod url;

pub use asked::{Asked, Occasion};
#[cfg(feature = "aws")]
pub use aws_kms::AwsKms;
#[cfg(feature = "azure")]
pub use azure_key_vault::AzureKeyVault;
pub use file::FileBackend;
pub use keeper::{Keeper, KeeperError, KmsKey, VaultKey};
pub use keyfile::KeyFile;
pub use keyring::{KeyRing, Wrap};
pub use memory::MemoryBackend;
pub use object::ObjectBackend;
pub use passphrase::Passphrase;
pub use seal::{DataKey, Key};
#[cfg(feature = "azure")]
pub use stack_azure_client::SignIn;
pub use url::{ListError, OpenError, Variables, environments, open, snapshot};
