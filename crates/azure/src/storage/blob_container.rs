//! `azure:storage:BlobContainer`: a folder of blobs.

use stack::resource::*;

/// A folder of blobs.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:storage:BlobContainer", visibility_lag = "15s", holds_data)]
pub struct BlobContainer {
    /// The id of its account.
    #[input(required, replaces, case_insensitive)]
    pub storage_account_id: String,
    /// Its name, unique in the account: 3 to 63 lower-case letters, digits and `-`. Made by the engine when it is not
    /// set.
    #[input(replaces, name(max_length = 63, lowercase))]
    pub name: Option<String>,
    /// Who may read it without signing in. Nobody by default.
    #[input(reset = "None")]
    pub public_access: Option<PublicAccess>,
    /// What is written on it.
    #[input]
    pub metadata: BTreeMap<String, String>,
}

/// Who may read a container without signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum PublicAccess {
    /// Nobody.
    #[choice("None")]
    None,
    /// Everyone, blobs whose name they know.
    #[choice("Blob")]
    Blob,
    /// Everyone, and everyone can list them.
    #[choice("Container")]
    Container,
}

#[cfg(feature = "provider")]
mod handler {
    use super::super::VERSION;
    use super::*;
    use crate::prelude::*;
    use crate::storage::StorageAccount;

    impl Arm for BlobContainer {
        const ARM: ArmType = ArmType::beneath::<StorageAccount>(
            "storage_account_id",
            "blobServices/default/containers",
            VERSION,
            Update::Patch,
        );
    }
}
