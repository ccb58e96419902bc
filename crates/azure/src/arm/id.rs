//! The ids of Azure Resource Manager: paths in which case does not count.

use std::fmt;

use stack_provider::{Error, ErrorKind, Result};

/// An id such as `/subscriptions/…/resourceGroups/shop/providers/Microsoft.Network/virtualNetworks/main`.
///
/// Kept as it was written; compared without regard to case, as Azure compares them.
#[derive(Debug, Clone)]
pub(crate) struct ResourceId(String);

impl ResourceId {
    /// A subscription's.
    pub fn subscription(id: &str) -> Self {
        Self(format!("/subscriptions/{id}"))
    }

    /// Reads one. It begins with `/` and has no empty part.
    pub fn parse(text: &str) -> Result<Self> {
        let well_formed = text
            .strip_prefix('/')
            .is_some_and(|rest| !rest.is_empty() && rest.split('/').all(|part| !part.is_empty()));
        if well_formed && !text.contains(['?', '#', '\\']) {
            Ok(Self(text.to_owned()))
        } else {
            let message = format!("{text:?} is not an id of Azure Resource Manager");
            Err(Error::new(ErrorKind::Invalid, message)
                .hint("it looks like /subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/NAMESPACE/TYPE/NAME"))
        }
    }

    /// What lies beneath it: `vnet.child("subnets", "web")`. `kind` may have several parts.
    pub fn child(&self, kind: &str, name: &str) -> Self {
        Self(format!("{}/{kind}/{name}", self.0))
    }

    /// The whole of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// What it lies beneath, when `kind` (such as `providers/Microsoft.Network/virtualNetworks`) and a name follow it.
    pub fn parent(&self, kind: &str) -> Option<&str> {
        let (rest, _) = self.0.rsplit_once('/')?;
        let at = rest.len().checked_sub(kind.len())?;
        let (parent, found) = (rest.get(..at)?, rest.get(at..)?);
        let parent = parent.strip_suffix('/')?;
        (found.eq_ignore_ascii_case(kind) && !parent.is_empty()).then_some(parent)
    }

    /// The resource group that it is in, or is.
    pub fn group(&self) -> Option<Self> {
        let mut parts = self.0.splitn(6, '/').skip(1);
        let (first, subscription) = (parts.next()?, parts.next()?);
        let (second, group) = (parts.next()?, parts.next()?);
        let in_group = first.eq_ignore_ascii_case("subscriptions")
            && second.eq_ignore_ascii_case("resourceGroups");
        in_group.then(|| Self::subscription(subscription).child("resourceGroups", group))
    }

    /// Its type, as Azure's roles name it: `Microsoft.Network/virtualNetworks/subnets`.
    pub fn kind(&self) -> String {
        let parts: Vec<&str> = self.0.split('/').skip(1).collect();
        let of_names = |parts: &[&str]| {
            parts
                .iter()
                .step_by(2)
                .copied()
                .collect::<Vec<_>>()
                .join("/")
        };
        let provider = parts
            .iter()
            .rposition(|part| part.eq_ignore_ascii_case("providers"));
        match provider {
            Some(at) if at + 1 < parts.len() => {
                format!("{}/{}", parts[at + 1], of_names(&parts[at + 2..]))
            }
            _ => format!("Microsoft.Resources/{}", of_names(&parts)),
        }
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for ResourceId {}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBNET: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/a";

    #[test]
    fn an_id_knows_its_parts() {
        let subnet = ResourceId::parse(SUBNET).unwrap();
        assert_eq!(subnet.name(), "a");
        assert_eq!(subnet.kind(), "Microsoft.Network/virtualNetworks/subnets");
        let network = ResourceId::parse(subnet.parent("subnets").unwrap()).unwrap();
        assert_eq!(network.name(), "v");
        let group = network.parent("PROVIDERS/microsoft.network/virtualNetworks");
        assert_eq!(group, Some("/subscriptions/s/resourceGroups/g"));
        assert_eq!(subnet.group().as_ref().map(ResourceId::as_str), group);
        assert_eq!(ResourceId::subscription("s").group(), None);
        assert_eq!(network.parent("virtualMachines"), None);
        assert_eq!(network.child("subnets", "A"), subnet);
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in [
            "",
            "/",
            "subscriptions/s",
            "//s",
            "/a//b",
            "/a/",
            "/a?b",
            "/a#b",
        ] {
            assert!(ResourceId::parse(text).is_err(), "{text:?}");
        }
    }
}
