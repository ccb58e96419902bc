//! `aws:s3:Bucket`: a place for files, with everything that S3 keeps about it.

use stack::resource::*;

/// A place for files. New buckets are private and encrypted, as S3 makes them.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:s3:Bucket", delete = "1h", holds_data)]
pub struct Bucket {
    /// Its name, unique among all accounts of AWS: 3 to 63 lower-case letters, digits, dots and hyphens. Made by the
    /// engine when it is not set.
    #[input(replaces, name(max_length = 63, lowercase))]
    pub bucket: Option<String>,
    /// Whether a delete empties it first, all versions included. Otherwise a bucket with files in it stays, and the
    /// delete says so. Off by default.
    #[input(write_only, reset = false)]
    pub force_destroy: Option<bool>,
    /// Whether old versions of files are kept. `suspended` stops keeping new ones; a bucket that ever had versions
    /// never goes back to having none.
    #[input(one_way, reset = "Suspended")]
    pub versioning: Option<Versioning>,
    /// How files are encrypted. By S3's own keys (AES-256) by default.
    #[input(reset = {})]
    pub encryption: Option<Encryption>,
    /// What the bucket refuses to make public. All four are on by default.
    #[input(reset = {})]
    pub public_access_block: Option<PublicAccessBlock>,
    /// Who owns files that other accounts put in. `BucketOwnerEnforced` by default, which switches ACLs off.
    #[input(reset = "BucketOwnerEnforced")]
    pub object_ownership: Option<ObjectOwnership>,
    /// When files move to cheaper storage and when they go.
    #[input]
    pub lifecycle_rules: Vec<LifecycleRule>,
    /// Who may do what with it: a policy document as JSON.
    #[input(json, reset = "")]
    pub policy: Option<String>,
    /// Which web pages may use it.
    #[input]
    pub cors_rules: Vec<CorsRule>,
    /// Where S3 writes down who used it. Nowhere by default.
    #[input(reset = {})]
    pub logging: Option<Logging>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// The region that it is in.
    #[output]
    pub region: String,
    /// Its name in DNS.
    #[output]
    pub bucket_domain_name: String,
    /// Its name in DNS, with the region.
    #[output]
    pub bucket_regional_domain_name: String,
}

/// Whether old versions of files are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum Versioning {
    /// They are.
    #[choice("Enabled")]
    Enabled,
    /// No new ones are.
    #[choice("Suspended")]
    Suspended,
}

/// How files are encrypted.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Encryption {
    /// By whose keys. `AES256` by default.
    #[input]
    pub algorithm: Option<EncryptionAlgorithm>,
    /// The ARN or id of the KMS key. The account's own key for S3 when it is not set.
    #[input]
    pub kms_key_id: Option<String>,
    /// Whether one data key serves many files, which makes KMS cheaper. Off by default.
    #[input]
    pub bucket_key_enabled: Option<bool>,
}

/// By whose keys files are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum EncryptionAlgorithm {
    /// S3's own keys.
    #[choice("AES256")]
    Aes256,
    /// A key in KMS.
    #[choice("aws:kms")]
    Kms,
    /// A key in KMS, in two layers.
    #[choice("aws:kms:dsse")]
    KmsDsse,
}

/// What a bucket refuses to make public. What is not set is on.
#[derive(Debug, Clone, Default, PartialEq, Block)]
pub struct PublicAccessBlock {
    /// Refuses ACLs that make files public.
    #[input]
    pub block_public_acls: Option<bool>,
    /// Refuses policies that make the bucket public.
    #[input]
    pub block_public_policy: Option<bool>,
    /// Takes no notice of ACLs that make files public.
    #[input]
    pub ignore_public_acls: Option<bool>,
    /// Lets only AWS services and the owner's account use a public bucket.
    #[input]
    pub restrict_public_buckets: Option<bool>,
}

/// Who owns files that other accounts put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ObjectOwnership {
    /// The bucket's owner; there are no ACLs.
    #[choice("BucketOwnerEnforced")]
    BucketOwnerEnforced,
    /// The bucket's owner, if the file was put in with the ACL `bucket-owner-full-control`.
    #[choice("BucketOwnerPreferred")]
    BucketOwnerPreferred,
    /// Whoever put the file in.
    #[choice("ObjectWriter")]
    ObjectWriter,
}

/// When files move to cheaper storage and when they go.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct LifecycleRule {
    /// Its name, unique in the bucket.
    pub id: String,
    /// Whether it is in force. On by default.
    pub enabled: Option<bool>,
    /// Only files whose names begin so. All by default.
    pub prefix: Option<String>,
    /// Only files with all of these tags.
    pub tags: BTreeMap<String, String>,
    /// Only files of more bytes than this.
    pub object_size_greater_than: Option<i64>,
    /// Only files of fewer bytes than this.
    pub object_size_less_than: Option<i64>,
    /// After how many days files go.
    pub expiration_days: Option<i32>,
    /// Whether marks of deletion go when no version is left.
    pub expired_object_delete_marker: Option<bool>,
    /// After how many days versions that are not current go.
    pub noncurrent_expiration_days: Option<i32>,
    /// How many versions that are not current stay all the same, from 1 to 100.
    pub noncurrent_versions_kept: Option<i32>,
    /// When files move to cheaper storage.
    pub transitions: Vec<Transition>,
    /// When versions that are not current move to cheaper storage.
    pub noncurrent_transitions: Vec<Transition>,
    /// After how many days uploads that were never finished go.
    pub abort_incomplete_upload_days: Option<i32>,
}

/// When files move to which storage.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Transition {
    /// After how many days.
    pub days: i32,
    /// To which storage class: `STANDARD_IA`, `INTELLIGENT_TIERING`, `ONEZONE_IA`, `GLACIER_IR`, `GLACIER` or
    /// `DEEP_ARCHIVE`.
    pub storage_class: String,
}

/// Which web pages may use a bucket, and how.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct CorsRule {
    /// Its name.
    pub id: Option<String>,
    /// Where the pages come from, such as `https://example.com`; one `*` may stand for anything.
    #[input(required)]
    pub allowed_origins: Vec<String>,
    /// What they may do: `GET`, `PUT`, `POST`, `DELETE`, `HEAD`.
    #[input(required)]
    pub allowed_methods: Vec<String>,
    /// Which headers they may send.
    pub allowed_headers: Vec<String>,
    /// Which headers of the answer they may read.
    pub expose_headers: Vec<String>,
    /// How long browsers may remember this, in seconds.
    pub max_age_seconds: Option<i32>,
}

/// Where S3 writes down who used a bucket, as files in another bucket of the same region and account. Without a bucket
/// it does not.
#[derive(Debug, Clone, Default, PartialEq, Block)]
pub struct Logging {
    /// The name of the bucket, whose policy must let `logging.s3.amazonaws.com` put files in.
    pub target_bucket: Option<String>,
    /// What the names of the files begin with. Nothing by default.
    pub target_prefix: Option<String>,
}

#[cfg(feature = "provider")]
mod handler;
