//! The ids of resources: paths that compare without case and keep the casing that was written last.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a subscription, a resource group or a resource; of the latter also those that extend another, such as
/// role assignments.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResourceId(String);

impl ResourceId {
    /// Reads an id, with or without a slash at its end. Nothing when it is not one.
    pub fn parse(text: &str) -> Option<ResourceId> {
        match Target::parse(text)? {
            Target::Item(id) => Some(id),
            _ => None,
        }
    }

    /// What it is stored under: the id without its casing.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// The id with its casing.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The subscription's GUID.
    pub fn subscription(&self) -> &str {
        self.segment(1).unwrap_or_default()
    }

    /// The id of the subscription.
    pub fn subscription_id(&self) -> ResourceId {
        ResourceId(format!("/subscriptions/{}", self.subscription()))
    }

    /// The id of the resource group, if it is one or is in one.
    pub fn group(&self) -> Option<ResourceId> {
        let word = self.segment(2)?;
        let name = self.segment(3)?;
        word.eq_ignore_ascii_case("resourceGroups")
            .then(|| ResourceId(format!("{}/{word}/{name}", self.subscription_id())))
    }

    /// The type, such as `Microsoft.Network/virtualNetworks/subnets`, with the casing of the id.
    pub fn type_name(&self) -> String {
        let Some(at) = last_provider(&self.0) else {
            return match (self.group(), self.segment(2)) {
                (Some(_), _) => "Microsoft.Resources/resourceGroups".to_owned(),
                (None, Some(word)) => format!("Microsoft.Resources/subscriptions/{word}"),
                (None, None) => "Microsoft.Resources/subscriptions".to_owned(),
            };
        };
        let mut segments = self.0[at..].split('/').skip(2);
        let mut name = segments.next().unwrap_or_default().to_owned();
        for kind in segments.step_by(2) {
            name.push('/');
            name.push_str(kind);
        }
        name
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// What it lies in: of a subnet the network, of a network the group, of a role assignment its scope.
    pub fn parent(&self) -> Option<ResourceId> {
        if let Some(at) = last_provider(&self.0) {
            let depth = self.0[at..].split('/').count();
            // "", providers, NAMESPACE, type, name
            if depth <= 5 {
                return Some(ResourceId(self.0[..at].to_owned()));
            }
            return Some(ResourceId(self.without_last_pair().to_owned()));
        }
        self.group().map(|_| self.subscription_id())
    }

    /// A child of a resource.
    pub fn child(&self, kind: &str, name: &str) -> ResourceId {
        ResourceId(format!("{}/{kind}/{name}", self.0))
    }

    /// A resource that lies in, or extends, this one. The type has its namespace.
    pub fn resource(&self, type_name: &str, name: &str) -> ResourceId {
        ResourceId(format!("{}/providers/{type_name}/{name}", self.0))
    }

    fn without_last_pair(&self) -> &str {
        let pair = self.0.rsplitn(3, '/').nth(2);
        pair.unwrap_or_default()
    }

    fn segment(&self, index: usize) -> Option<&str> {
        self.0.split('/').skip(1).nth(index)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Ids that differ only in their casing are the same.
impl PartialEq for ResourceId {
    fn eq(&self, other: &ResourceId) -> bool {
        self.0.to_lowercase() == other.0.to_lowercase()
    }
}

/// Where the last `/providers/NAMESPACE/…` of a path begins.
fn last_provider(path: &str) -> Option<usize> {
    const WORD: &str = "/providers/";
    let lower = path.to_ascii_lowercase();
    lower.rfind(WORD)
}

/// What a path under `/subscriptions/` points at.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A subscription, a resource group or a resource.
    Item(ResourceId),
    /// A word after an item: a collection (`…/subnets`) or an action (`…/listKeys`).
    Under {
        /// The item before the word.
        parent: ResourceId,
        /// The namespace, when the word comes right after it: `…/providers/NAMESPACE/WORD`.
        namespace: Option<String>,
        /// The word.
        word: String,
    },
    /// `…/providers/NAMESPACE`.
    Provider {
        /// The item before `/providers/`.
        scope: ResourceId,
        /// The namespace.
        namespace: String,
    },
}

impl Target {
    /// Reads a path. Nothing when it does not begin with a subscription, or has empty segments.
    pub fn parse(path: &str) -> Option<Target> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        if segments.iter().any(|segment| segment.is_empty()) {
            return None;
        }
        let is = |index: usize, word: &str| {
            segments
                .get(index)
                .is_some_and(|segment| segment.eq_ignore_ascii_case(word))
        };
        if segments.len() < 2 || !is(0, "subscriptions") {
            return None;
        }
        let join = |count: usize| ResourceId(format!("/{}", segments[..count].join("/")));
        let under = |count: usize, namespace: Option<String>| Target::Under {
            parent: join(count),
            namespace,
            word: segments[segments.len() - 1].to_owned(),
        };
        let Some(at) = segments
            .iter()
            .rposition(|segment| segment.eq_ignore_ascii_case("providers"))
        else {
            return match segments.len() {
                2 => Some(Target::Item(join(2))),
                3 => Some(under(2, None)),
                4 if is(2, "resourceGroups")
                    || is(2, "operationResults")
                    || is(2, "operationStatuses") =>
                {
                    Some(Target::Item(join(4)))
                }
                5 if is(2, "resourceGroups") => Some(under(4, None)),
                _ => None,
            };
        };
        let after = &segments[at + 1..];
        match after.len() {
            0 => Some(under(at, None)),
            1 => Some(Target::Provider {
                scope: join(at),
                namespace: after[0].to_owned(),
            }),
            2 => Some(under(at, Some(after[0].to_owned()))),
            count if count % 2 == 1 => Some(Target::Item(join(segments.len()))),
            _ => Some(under(segments.len() - 1, None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ResourceId, Target};

    const SUBNET: &str =
        "/subscriptions/S/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n";

    #[test]
    fn an_id_knows_its_parts() {
        let id = ResourceId::parse(SUBNET).expect("an id");
        assert_eq!(id.subscription(), "S");
        assert_eq!(id.type_name(), "Microsoft.Network/virtualNetworks/subnets");
        assert_eq!(id.name(), "n");
        let parents: Vec<String> = std::iter::successors(Some(id), ResourceId::parent)
            .map(|id| id.type_name())
            .collect();
        assert_eq!(
            parents,
            [
                "Microsoft.Network/virtualNetworks/subnets",
                "Microsoft.Network/virtualNetworks",
                "Microsoft.Resources/resourceGroups",
                "Microsoft.Resources/subscriptions",
            ]
        );
    }

    #[test]
    fn an_extension_lies_in_what_it_extends() {
        let id = ResourceId::parse(&format!(
            "{SUBNET}/providers/Microsoft.Authorization/roleAssignments/r"
        ))
        .expect("an id");
        assert_eq!(id.type_name(), "Microsoft.Authorization/roleAssignments");
        assert_eq!(id.parent(), ResourceId::parse(SUBNET));
    }

    #[test]
    fn a_word_after_an_item_is_a_collection_or_an_action() {
        let cases = [
            (
                "/subscriptions/S/resourceGroups",
                "/subscriptions/S",
                None,
                "resourceGroups",
            ),
            (
                "/subscriptions/S/providers",
                "/subscriptions/S",
                None,
                "providers",
            ),
            (
                "/subscriptions/S/resourceGroups/g/resources",
                "/subscriptions/S/resourceGroups/g",
                None,
                "resources",
            ),
            (
                "/subscriptions/S/providers/Microsoft.Storage/checkNameAvailability",
                "/subscriptions/S",
                Some("Microsoft.Storage"),
                "checkNameAvailability",
            ),
        ];
        for (path, parent, namespace, word) in cases {
            let expected = Target::Under {
                parent: ResourceId::parse(parent).expect("an id"),
                namespace: namespace.map(str::to_owned),
                word: word.to_owned(),
            };
            assert_eq!(Target::parse(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn what_is_not_an_id_is_nothing() {
        for text in [
            "",
            "/",
            "/subscriptions",
            "/subscriptions//x",
            "x",
            "/other/S",
            "/subscriptions/S/a/b",
        ] {
            assert_eq!(ResourceId::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(/|providers|subscriptions|resourceGroups|a|é){0,14}") {
            if let Some(id) = ResourceId::parse(&text) {
                let _ = (id.key(), id.type_name(), id.name(), id.parent(), id.group());
            }
        }

        #[test]
        fn casing_does_not_matter(upper in prop::collection::vec(any::<bool>(), SUBNET.len())) {
            let other: String = SUBNET
                .chars()
                .zip(upper)
                .map(|(letter, upper)| if upper { letter.to_ascii_uppercase() } else { letter })
                .collect();
            prop_assert_eq!(ResourceId::parse(&other), ResourceId::parse(SUBNET));
        }
    }
}
