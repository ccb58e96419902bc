//! A key of Azure Key Vault, by its identifier.

use std::fmt;
use std::str::FromStr;

use stack_http::is_loopback;
use url::Url;

use super::KeeperError;

/// Where vaults and managed HSMs are, in each of Microsoft's clouds: "Vault name and object name" and "DNS suffixes for
/// base URL" in the service's documentation. Tokens go nowhere else.
pub(super) const DOMAINS: [&str; 6] = [
    "vault.azure.net",
    "managedhsm.azure.net",
    "vault.usgovcloudapi.net",
    "managedhsm.usgovcloudapi.net",
    "vault.azure.cn",
    "managedhsm.azure.cn",
];

/// The word before a key's name.
const KEYS: &str = "keys";

/// A key of Azure Key Vault: `https://VAULT.vault.azure.net/keys/NAME`, or one version of it with `/VERSION` at the end.
///
/// A vault of an emulator on this machine may have any address there, and any path before `keys`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultKey {
    text: String,
    vault: String,
    domain: &'static str,
    name: String,
    version: Option<String>,
}

impl VaultKey {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The vault's address, without a slash at its end.
    pub fn vault(&self) -> &str {
        &self.vault
    }

    /// The domain that the vault is in: what tokens are for. That of the public cloud's vaults for an emulator.
    pub fn domain(&self) -> &'static str {
        self.domain
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The one version that is meant; the newest where there is none.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Whether this key may be the one that another identifier stands for: without a version it is each of its versions.
    pub(crate) fn may_be(&self, other: &Self) -> bool {
        let same = |wanted: &str, found: &str| wanted.eq_ignore_ascii_case(found);
        self.vault == other.vault
            && same(&self.name, &other.name)
            && match (&self.version, &other.version) {
                (None, _) => true,
                (Some(wanted), Some(found)) => same(wanted, found),
                (Some(_), None) => false,
            }
    }
}

impl FromStr for VaultKey {
    type Err = KeeperError;

    fn from_str(text: &str) -> Result<Self, KeeperError> {
        let refused = || KeeperError::VaultKey(text.to_owned());
        let url = Url::parse(text).map_err(|_| refused())?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain || !["https", "http"].contains(&url.scheme()) {
            return Err(refused());
        }
        let domain = domain(&url).ok_or_else(|| KeeperError::Host {
            origin: url.origin().ascii_serialization(),
        })?;
        let segments: Vec<&str> = url.path_segments().ok_or_else(refused)?.collect();
        let (before, name, version) = match segments[..] {
            [ref before @ .., KEYS, name, version] if is_version(version) => {
                (before, name, Some(version.to_owned()))
            }
            [ref before @ .., KEYS, name] => (before, name, None),
            _ => return Err(refused()),
        };
        if !is_name(name) || !(before.is_empty() || is_loopback(&url)) {
            return Err(refused());
        }
        let mut vault = url.origin().ascii_serialization();
        for segment in before {
            vault = format!("{vault}/{segment}");
        }
        Ok(Self {
            text: text.to_owned(),
            vault,
            domain,
            name: name.to_owned(),
            version,
        })
    }
}

impl fmt::Display for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The domain of a URL that leads to a vault.
fn domain(url: &Url) -> Option<&'static str> {
    if is_loopback(url) {
        return Some(DOMAINS[0]);
    }
    let host = url.host_str()?;
    let one_label = |before: &str| before.split_once('.').is_none() && !before.is_empty();
    let is_azures = url.scheme() == "https" && url.port().is_none();
    DOMAINS.into_iter().filter(|_| is_azures).find(|domain| {
        let vault = host
            .strip_suffix(domain)
            .and_then(|it| it.strip_suffix('.'));
        vault.is_some_and(one_label)
    })
}

/// "Objects, identifiers, and versioning" in the service's documentation.
fn is_name(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    (1..=127).contains(&text.len()) && text.chars().all(fits)
}

fn is_version(text: &str) -> bool {
    text.len() == 32 && text.chars().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn its_parts_are_found() {
        let newest = "https://Shop.vault.azure.net/keys/state";
        let one = format!("https://shop.managedhsm.usgovcloudapi.net/keys/keys/{VERSION}");
        let hash = format!("https://shop.vault.azure.cn/keys/{VERSION}");
        let emulated = format!("http://127.0.0.1:80/_vault/keys/keys/state/{VERSION}");
        for (text, vault, domain, name, version) in [
            (
                newest,
                "https://shop.vault.azure.net",
                DOMAINS[0],
                "state",
                None,
            ),
            (
                &one,
                "https://shop.managedhsm.usgovcloudapi.net",
                DOMAINS[3],
                "keys",
                Some(VERSION),
            ),
            (
                &hash,
                "https://shop.vault.azure.cn",
                DOMAINS[4],
                VERSION,
                None,
            ),
            (
                &emulated,
                "http://127.0.0.1/_vault/keys",
                DOMAINS[0],
                "state",
                Some(VERSION),
            ),
        ] {
            let key: VaultKey = text.parse().unwrap();
            assert_eq!((key.as_str(), key.vault()), (text, vault));
            assert_eq!((key.domain(), key.name()), (domain, name));
            assert_eq!(key.version(), version);
        }
    }

    #[test]
    fn what_is_no_identifier_is_refused() {
        for text in [
            "",
            "state",
            "shop.vault.azure.net/keys/state",
            "ftp://shop.vault.azure.net/keys/state",
            "https://shop.vault.azure.net",
            "https://shop.vault.azure.net/keys",
            "https://shop.vault.azure.net/keys/",
            "https://shop.vault.azure.net/keys/state/",
            "https://shop.vault.azure.net/keys/state/1",
            "https://shop.vault.azure.net/keys/a.b",
            "https://shop.vault.azure.net/secrets/state",
            "https://shop.vault.azure.net/_vault/x/keys/state",
            "https://shop.vault.azure.net/keys/state?api-version=7.4",
            "https://shop.vault.azure.net/keys/state#x",
            "https://me:secret@shop.vault.azure.net/keys/state",
        ] {
            let refused = text.parse::<VaultKey>();
            assert_eq!(refused, Err(KeeperError::VaultKey(text.to_owned())));
        }
    }

    /// A token would go there.
    #[test]
    fn a_host_that_is_none_of_azures_is_refused() {
        for base in [
            "https://example.com",
            "https://vault.azure.net",
            "https://shop.vault.azure.net.example.com",
            "https://shopvault.azure.net",
            "https://a.shop.vault.azure.net",
            "http://shop.vault.azure.net",
            "https://shop.vault.azure.net:8443",
            "http://10.0.0.1:81",
            "http://127.0.0.1.example.com",
        ] {
            let refused = format!("{base}/keys/state").parse::<VaultKey>();
            let origin = base.to_owned();
            assert_eq!(refused, Err(KeeperError::Host { origin }));
        }
    }
}
