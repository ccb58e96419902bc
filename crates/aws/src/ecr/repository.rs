//! `aws:ecr:Repository`: a place for the images of containers, with everything that ECR keeps about it.

use stack::resource::*;

/// A private place for the images of containers.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:ecr:Repository", visibility_lag = "15s", holds_data)]
pub struct Repository {
    /// Its name, unique in the account's registry: 2 to 256 lower-case letters, digits, `.`, `_`, `-` and `/`, such as
    /// `shop/web`. Made by the engine when it is not set.
    #[input(replaces, name(max_length = 256, lowercase))]
    pub name: Option<String>,
    /// Whether a tag can be moved to another image. `MUTABLE` by default.
    #[input(reset = "MUTABLE")]
    pub image_tag_mutability: Option<ImageTagMutability>,
    /// Which tags are exceptions to `image_tag_mutability`: up to 5 patterns, in which `*` stands for anything. Only
    /// with `MUTABLE_WITH_EXCLUSION` and `IMMUTABLE_WITH_EXCLUSION`.
    #[input(set)]
    pub image_tag_mutability_exclusions: Vec<String>,
    /// Whether each image is scanned for known vulnerabilities when it is pushed. Off by default. Where the registry
    /// has a scanning configuration of its own, that one decides.
    #[input(reset = false)]
    pub scan_on_push: Option<bool>,
    /// How images are encrypted. By S3's own keys (AES-256) by default.
    #[input(replaces)]
    pub encryption: Option<Encryption>,
    /// When images go: a lifecycle policy as JSON, its rules in the order of their priority. None by default, which
    /// keeps all images.
    #[input(json, reset = "")]
    pub lifecycle_policy: Option<String>,
    /// Who may do what with it, besides what identities' own policies allow: a policy document as JSON. None by
    /// default.
    #[input(json, reset = "")]
    pub policy: Option<String>,
    /// Whether a delete deletes its images too. Otherwise a repository with images in it stays, and the delete says so.
    /// Off by default.
    #[input(write_only, reset = false)]
    pub force_delete: Option<bool>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// What images are pushed to and pulled from: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`.
    #[output]
    pub repository_url: String,
    /// The account whose registry it is in.
    #[output]
    pub registry_id: String,
}

/// Whether a tag can be moved to another image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ImageTagMutability {
    /// It can.
    #[choice("MUTABLE")]
    Mutable,
    /// It cannot.
    #[choice("IMMUTABLE")]
    Immutable,
    /// It can, with exceptions.
    #[choice("MUTABLE_WITH_EXCLUSION")]
    MutableWithExclusion,
    /// It cannot, with exceptions.
    #[choice("IMMUTABLE_WITH_EXCLUSION")]
    ImmutableWithExclusion,
}

/// How images are encrypted.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Encryption {
    /// By whose keys. `AES256` by default.
    #[input]
    pub algorithm: Option<EncryptionAlgorithm>,
    /// The ARN of the KMS key. The account's own key for ECR when it is not set.
    #[input]
    pub kms_key_id: Option<String>,
}

/// By whose keys images are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum EncryptionAlgorithm {
    /// S3's own keys.
    #[choice("AES256")]
    Aes256,
    /// A key in KMS.
    #[choice("KMS")]
    Kms,
    /// A key in KMS, in two layers.
    #[choice("KMS_DSSE")]
    KmsDsse,
}

#[cfg(feature = "provider")]
mod handler;
