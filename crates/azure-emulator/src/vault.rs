//! The data plane of Key Vault: the keys of the vaults that exist here.
//!
//! What is known of it is from the service's documentation: <https://learn.microsoft.com/rest/api/keyvault/keys> and
//! <https://learn.microsoft.com/azure/key-vault/general/rest-error-codes>.
//!
//! | module     | what it is                                                          |
//! | ---------- | ------------------------------------------------------------------- |
//! | `address`  | which vault a request is for, and what clients call it              |
//! | `asked`    | from a method and a path to what is asked, and the right it needs   |
//! | `access`   | tokens for vaults, networks, roles and access policies              |
//! | `key`      | a key and its versions, as they are kept and shown                  |
//! | `material` | RSA and elliptic curves                                             |
//! | `manage`   | creating, reading, changing and deleting keys                       |
//! | `operate`  | wrapping and unwrapping, encrypting and decrypting                  |

mod access;
mod address;
mod asked;
mod key;
mod manage;
mod material;
mod operate;

use crate::clock::Millis;
use crate::exchange::{Reply, Request};
use crate::id::ResourceId;
use crate::refusal::Refusal;
use crate::world::World;

pub use access::caller;
pub use address::Address;
use asked::Asked;
pub use key::Key;

/// The type of keys, as faults and the list of calls name it.
pub const KEYS: &str = "Microsoft.KeyVault/vaults/keys";

/// The API versions that are answered.
const VERSIONS: &[&str] = &["7.4", "7.5", "7.6", "2025-07-01"];

/// What a request is about: one vault, at one time.
struct Scene<'a> {
    /// All there is.
    world: &'a mut World,
    /// The vault.
    vault: ResourceId,
    /// What the client calls it.
    address: &'a Address,
    /// The request.
    request: &'a Request,
    /// The time.
    now: Millis,
}

/// Answers a request to a vault, of a principal whose token is right.
pub fn answer(
    world: &mut World,
    address: &Address,
    principal: &str,
    request: &Request,
    now: Millis,
) -> Result<Reply, Refusal> {
    let version = request.parameter("api-version").unwrap_or_default();
    if !VERSIONS.contains(&version) {
        let message = format!(
            "The specified version ({version}) is not recognized. Consider using one of: {}.",
            VERSIONS.join(", ")
        );
        return Err(wrong(message));
    }
    let asked = Asked::of(&request.method, &address.segments())?;
    let vault = address.vault(world).ok_or_else(|| {
        let message = format!("The vault '{}' was not found.", address.name);
        Refusal::not_found("VaultNotFound", message)
    })?;
    access::check(world, vault, principal, &asked, now)?;
    let mut scene = Scene {
        vault: vault.id.clone(),
        world,
        address,
        request,
        now,
    };
    match asked {
        Asked::List => manage::list(&scene),
        Asked::Versions(name) => manage::versions(&scene, name),
        Asked::Read(name, version) => manage::read(&scene, name, version),
        Asked::Create(name) => manage::create(&mut scene, name),
        Asked::Rotate(name) => manage::rotate(&mut scene, name),
        Asked::Update(name, version) => manage::update(&mut scene, name, version),
        Asked::Delete(name) => manage::delete(&mut scene, name),
        Asked::ListDeleted => manage::list_deleted(&scene),
        Asked::ReadDeleted(name) => manage::read_deleted(&scene, name),
        Asked::Recover(name) => manage::recover(&mut scene, name),
        Asked::Purge(name) => manage::purge(&mut scene, name),
        Asked::Use(operation, name, version) => operate::run(&scene, operation, name, version),
    }
}

/// The refusal of a request that is not as documented.
fn wrong(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("BadParameter", message)
}

/// The refusal of something that the caller or the key may not.
fn forbidden(inner: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::new(403, "Forbidden", message).because(inner)
}
