//! Which vault a request is for, and what its client calls it.

use crate::exchange::Request;
use crate::store::Resource;
use crate::token::TENANT;
use crate::world::World;

/// Where vaults are in the public cloud.
const DOMAIN: &str = ".vault.azure.net";

/// Where they are below the emulator's own address.
const FOLDER: &str = "/_vault/";

/// The type of vaults.
const VAULTS: &str = "Microsoft.KeyVault/vaults";

/// The address of a vault, as a client wrote it.
#[derive(Debug)]
pub struct Address {
    /// The vault's name.
    pub name: String,
    /// What the identifiers of its keys begin with.
    pub uri: String,
    /// Where its clients are sent for a token.
    pub authority: String,
    path: String,
}

impl Address {
    /// The vault that a request is for: by its own name, for clients whose connections are led here, or by a path below
    /// `/_vault/`. Nothing when the request is for no vault.
    pub fn of(request: &Request) -> Option<Address> {
        let host = request.base.split_once("://")?.1;
        let (plain, _) = host.split_once(':').unwrap_or((host, ""));
        let plain = plain.to_ascii_lowercase();
        if let Some(name) = plain.strip_suffix(DOMAIN) {
            return Some(Address {
                name: name.to_owned(),
                uri: format!("https://{}", host.to_ascii_lowercase()),
                authority: format!("https://login.microsoftonline.com/{TENANT}"),
                path: request.path.clone(),
            });
        }
        let (name, path) = request.path.strip_prefix(FOLDER)?.split_once('/')?;
        Some(Address {
            name: name.to_owned(),
            uri: format!("{}{FOLDER}{name}", request.base),
            authority: format!("{}/{TENANT}", request.base),
            path: path.to_owned(),
        })
    }

    /// What comes after the vault. Clients that leave out a version leave an empty segment, or none.
    pub fn segments(&self) -> Vec<&str> {
        let segments = self.path.split('/');
        segments.filter(|segment| !segment.is_empty()).collect()
    }

    /// The vault, if it exists.
    pub fn vault<'a>(&self, world: &'a World) -> Option<&'a Resource> {
        let mut vaults = world.store.all().filter(|resource| resource.is(VAULTS));
        vaults.find(|vault| vault.visible && vault.id.name().eq_ignore_ascii_case(&self.name))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method};

    use super::Address;
    use crate::exchange::Request;

    fn address(base: &str, path: &str) -> Option<Address> {
        Address::of(&Request {
            method: Method::GET,
            path: path.to_owned(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            base: base.to_owned(),
        })
    }

    #[test]
    fn a_vault_is_called_by_its_name_or_by_a_path() {
        let by_name = address("http://V1.vault.azure.net", "/keys/k//wrapkey").expect("a vault");
        assert_eq!(
            (by_name.name.as_str(), by_name.uri.as_str()),
            ("v1", "https://v1.vault.azure.net")
        );
        assert_eq!(by_name.segments(), ["keys", "k", "wrapkey"]);
        let with_port = address("https://v1.vault.azure.net:8443", "/keys").expect("a vault");
        assert_eq!(with_port.uri, "https://v1.vault.azure.net:8443");
        let by_path = address("http://127.0.0.1:1", "/_vault/v1/keys/k").expect("a vault");
        assert_eq!(by_path.uri, "http://127.0.0.1:1/_vault/v1");
        assert_eq!(by_path.segments(), ["keys", "k"]);
        assert!(address("http://127.0.0.1:1", "/subscriptions").is_none());
    }
}
