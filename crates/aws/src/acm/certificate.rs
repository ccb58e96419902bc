//! `aws:acm:Certificate`: a certificate that ACM issues and renews.

use stack::resource::*;

/// A certificate that ACM issues once somebody has proved that its names are theirs, and renews as long as the proof
/// stays.
///
/// It is there when the records that prove it are known, which is before it is issued: make the records from
/// `validation_records`, and let `aws:acm:CertificateValidation` wait for ACM to see them.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:acm:Certificate",
    create = "10m",
    delete = "20m",
    visibility_lag = "15s"
)]
pub struct Certificate {
    /// The first of its names, such as `example.com` or `*.example.com`.
    #[input(replaces, case_insensitive)]
    pub domain_name: String,
    /// Its other names, in lower case.
    #[input(replaces, set)]
    pub subject_alternative_names: Vec<String>,
    /// How it is proved that the names are yours. `DNS` by default.
    #[input(replaces)]
    pub validation_method: Option<ValidationMethod>,
    /// For validation by mail: to which domain's mailboxes ACM writes, for each name where that is a parent of the name
    /// and not the name itself.
    #[input(replaces)]
    pub validation_domains: BTreeMap<String, String>,
    /// The kind of its key. `RSA_2048` by default.
    #[input(replaces)]
    pub key_algorithm: Option<KeyAlgorithm>,
    /// Whether it can be exported with its private key, for use outside of AWS, which costs a fee. Off by default.
    #[input(replaces)]
    pub exportable: Option<bool>,
    /// The ARN of the private certificate authority that issues it, which asks for no proof. A public one by default.
    #[input(replaces)]
    pub certificate_authority_arn: Option<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// The records that prove to ACM that the names are yours, each once: a name and its wildcard share one. That of
    /// `domain_name` is first; the others follow in the order of their names. Empty when it is not validated by DNS.
    #[output]
    pub validation_records: Vec<ValidationRecord>,
    /// How far it is: `PENDING_VALIDATION`, `ISSUED`, `FAILED` and others.
    #[output(volatile)]
    pub status: String,
    /// Until when it is good, RFC 3339, once it is issued.
    #[output(volatile)]
    pub not_after: Option<String>,
}

/// How it is proved that names are yours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ValidationMethod {
    /// By a record for each name, which has to stay for renewals.
    #[choice("DNS")]
    Dns,
    /// By a link in a mail to the domain's owner, again at each renewal.
    #[choice("EMAIL")]
    Email,
}

/// The kind of a certificate's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum KeyAlgorithm {
    /// RSA with 1,024 bits; private certificates only.
    #[choice("RSA_1024")]
    Rsa1024,
    /// RSA with 2,048 bits.
    #[choice("RSA_2048")]
    Rsa2048,
    /// RSA with 3,072 bits; private certificates only.
    #[choice("RSA_3072")]
    Rsa3072,
    /// RSA with 4,096 bits; private certificates only.
    #[choice("RSA_4096")]
    Rsa4096,
    /// ECDSA on P-256.
    #[choice("EC_prime256v1")]
    EcPrime256v1,
    /// ECDSA on P-384.
    #[choice("EC_secp384r1")]
    EcSecp384r1,
    /// ECDSA on P-521; private certificates only.
    #[choice("EC_secp521r1")]
    EcSecp521r1,
}

/// A record that proves to ACM that a name is yours.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ValidationRecord {
    /// The name of the certificate that it is for.
    pub domain_name: String,
    /// The record's name, without a dot at its end.
    pub name: String,
    /// The record's type: `CNAME`.
    pub r#type: String,
    /// What the record says.
    pub value: String,
}

#[cfg(feature = "provider")]
mod handler;
#[cfg(feature = "provider")]
pub(super) use handler::of_any_key;
