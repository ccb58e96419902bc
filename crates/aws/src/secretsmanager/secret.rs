//! `aws:secretsmanager:Secret`: a value that only some may read.

use stack::resource::*;

/// A value that only some may read, with its versions.
///
/// A program may set the value or leave it to others. Only a value that the program sets is read back, to see whether
/// somebody changed it; that takes `secretsmanager:GetSecretValue`. A tag of ours says of each secret whether the
/// program sets its value, so that what others keep in a secret is neither asked for nor recorded.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:secretsmanager:Secret", holds_data, visibility_lag = "15s")]
pub struct Secret {
    /// Its name, unique in the account and region: at most 512 letters, digits and any of `/_+=.@-`. Made by the engine
    /// when it is not set. The name of a deleted secret stays taken until its recovery window is over; names that the
    /// engine makes avoid it.
    #[input(replaces, name(max_length = 512))]
    pub name: Option<String>,
    /// What it is for; at most 2,048 characters.
    #[input(reset = "")]
    pub description: Option<String>,
    /// The ARN, id or alias of the KMS key. The account's own key for Secrets Manager by default.
    #[input(reset = "")]
    pub kms_key_id: Option<String>,
    /// The value. A change makes a new version, and the last one stays readable as `AWSPREVIOUS`. Left to others when
    /// it was never set, and from when it is no longer set: the value then stays as it is.
    #[input(reset = "")]
    pub value: Option<stack::resource::Secret<String>>,
    /// Who may do what with it: a policy document as JSON.
    #[input(json, reset = "")]
    pub policy: Option<String>,
    /// Whether a policy that lets everybody in is refused. Off by default.
    #[input(write_only, reset = false)]
    pub block_public_policy: Option<bool>,
    /// In which other regions it is as well.
    #[input(set)]
    pub replicas: Vec<Replica>,
    /// Whether a replica takes the place of a secret of the same name in its region. Off by default.
    #[input(write_only, reset = false)]
    pub force_overwrite_replica_secret: Option<bool>,
    /// For how many days it can be recovered once it is deleted, from 7 to 30 (the default).
    #[input(write_only, reset = 30)]
    pub recovery_window_in_days: Option<i32>,
    /// Whether it is deleted at once and for good, without a recovery window. Off by default.
    #[input(write_only, reset = false)]
    pub force_delete_without_recovery: Option<bool>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN, which is also its id. It ends with six random characters.
    #[output]
    pub arn: String,
    /// The id of the version that is current; none as long as there is no value.
    #[output(volatile)]
    pub version_id: Option<String>,
}

/// A copy in another region.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Replica {
    /// Which region.
    pub region: String,
    /// The ARN, id or alias of the KMS key there. The account's own key for Secrets Manager by default.
    pub kms_key_id: Option<String>,
}

#[cfg(feature = "provider")]
mod handler;
