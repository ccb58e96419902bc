//! What there may be no more of in a region, as each service tells the subscription's usages.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use serde_json::Value as Json;
use stack_model::{Map, TypeName, Value};
use stack_provider::{Quota, Result};

use crate::client::Azure;

/// A usage of a subscription in a region.
struct Usage {
    /// The type whose objects take from it.
    type_name: &'static str,
    /// The service.
    namespace: &'static str,
    /// What comes after the region in the path of its usages.
    list: &'static str,
    /// What roles call the question.
    action: &'static str,
    /// The API version.
    version: &'static str,
    /// What the service calls it.
    name: &'static str,
    /// How much of it a new object takes, by what is known of its inputs.
    taken_by: fn(&Map) -> u64,
}

/// What takes from which usage.
///
/// <https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations>
const USAGES: [Usage; 5] = [
    Usage {
        type_name: "azure:app:ManagedEnvironment",
        namespace: "Microsoft.App",
        list: "usages",
        action: "Microsoft.App/locations/usages/read",
        version: "2025-07-01",
        name: "ManagedEnvironmentCount",
        taken_by: |_| 1,
    },
    Usage {
        type_name: "azure:dbforpostgresql:FlexibleServer",
        namespace: "Microsoft.DBforPostgreSQL",
        list: "resourceType/flexibleServers/usages",
        action: "Microsoft.DBforPostgreSQL/locations/resourceType/usages/read",
        version: "2025-08-01",
        name: "cores",
        taken_by: cores,
    },
    Usage {
        type_name: "azure:network:NetworkSecurityGroup",
        name: "NetworkSecurityGroups",
        ..NETWORK
    },
    Usage {
        type_name: "azure:network:VirtualNetwork",
        ..NETWORK
    },
    Usage {
        type_name: "azure:storage:StorageAccount",
        namespace: "Microsoft.Storage",
        list: "usages",
        action: "Microsoft.Storage/locations/usages/read",
        version: "2025-08-01",
        name: "StorageAccounts",
        taken_by: |_| 1,
    },
];

const NETWORK: Usage = Usage {
    type_name: "",
    namespace: "Microsoft.Network",
    list: "usages",
    action: "Microsoft.Network/locations/usages/read",
    version: "2025-07-01",
    name: "VirtualNetworks",
    taken_by: |_| 1,
};

/// The quotas that new objects of a type take from, one in each region. One that the service does not tell is left out.
pub(crate) async fn told(azure: &Azure, type_name: &TypeName, new: &[&Map]) -> Result<Vec<Quota>> {
    let Some(usage) = of(type_name) else {
        return Ok(Vec::new());
    };
    let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
    for known in new {
        let region = match known.get("location").and_then(Value::as_str) {
            Some(location) => location,
            // Where there is none either, its create says so.
            None => azure.location().unwrap_or_default(),
        };
        let letters = region.chars().filter(char::is_ascii_alphanumeric);
        let region: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
        let of_region = wanted.entry(region).or_default();
        *of_region = of_region.saturating_add((usage.taken_by)(known));
    }
    let wanted = wanted.into_iter();
    let asked = wanted
        .filter(|(region, wanted)| !region.is_empty() && *wanted > 0)
        .map(|(region, wanted)| quota(azure, usage, region, wanted));
    let told = try_join_all(asked).await?;
    Ok(told.into_iter().flatten().collect())
}

/// What is called for a type's quotas.
pub(crate) fn action(type_name: &TypeName) -> Option<&'static str> {
    of(type_name).map(|usage| usage.action)
}

fn of(type_name: &TypeName) -> Option<&'static Usage> {
    USAGES
        .iter()
        .find(|usage| usage.type_name == type_name.as_str())
}

async fn quota(azure: &Azure, usage: &Usage, region: String, wanted: u64) -> Result<Option<Quota>> {
    let Usage {
        namespace, list, ..
    } = usage;
    let subscription = azure.subscription();
    let path = format!("{subscription}/providers/{namespace}/locations/{region}/{list}");
    let usages = azure.list(&path, usage.version).await?;
    let told = usages.iter().find(|one| one["name"]["value"] == usage.name);
    Ok(told.and_then(|told| {
        let name = told["name"]["localizedValue"]
            .as_str()
            .unwrap_or(usage.name);
        Some(Quota {
            name: format!("{name} in {region}"),
            limit: whole(&told["limit"])?,
            used: whole(&told["currentValue"])?,
            wanted,
        })
    }))
}

/// A number of things, which some services write as a fraction; none where it is less than nothing, which says that there
/// is no limit.
fn whole(number: &Json) -> Option<u64> {
    let number = number.as_f64().filter(|number| *number >= 0.0)?;
    Some(number as u64)
}

/// The virtual cores of a server, which the name of its size says: 2 of `Standard_D2ds_v5`. What a standby takes is not
/// documented, and not counted.
fn cores(known: &Map) -> u64 {
    let size = known.get("sku_name").and_then(Value::as_str);
    let size = size
        .and_then(|size| size.split('_').nth(1))
        .unwrap_or_default();
    let digits: String = size
        .chars()
        .skip_while(|letter| !letter.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stack_model::Value;
    use stack_provider::{Need, Provider, Purpose, Verb};

    use super::{USAGES, cores, whole};
    use crate::Surroundings;

    /// A type that is written wrongly would leave its quota untold, without a word.
    #[test]
    fn every_usage_is_of_a_type_that_there_is() {
        let schemas = crate::provider(Surroundings::default()).schemas();
        for usage in &USAGES {
            let mut schemas = schemas.iter();
            let known = schemas.any(|schema| schema.type_name.as_str() == usage.type_name);
            assert!(known, "{}", usage.type_name);
        }
    }

    #[test]
    fn whoever_applies_is_permitted_to_ask_for_usages() {
        let provider = crate::provider(Surroundings::default());
        let need = |usage: &super::Usage| Need {
            type_name: usage.type_name.parse().expect("a type"),
            verbs: Verb::ALL.to_vec(),
            inputs: Default::default(),
            made_name: None,
            id: None,
        };
        for usage in &USAGES {
            for changing in [true, false] {
                let role = provider.policies(&Purpose {
                    name: "shop-dev".to_owned(),
                    changing,
                    account: None,
                    regions: Default::default(),
                    needs: vec![need(usage)],
                });
                let role: serde_json::Value = serde_json::from_str(&role[0]).expect("JSON");
                let actions = role["Actions"].as_array().expect("a list");
                let permitted = actions.iter().any(|action| action == usage.action);
                assert_eq!(permitted, changing, "{}", usage.action);
            }
        }
    }

    #[test]
    fn a_size_says_its_cores() {
        for (size, expected) in [
            ("Standard_B1ms", 1),
            ("Standard_B12ms", 12),
            ("Standard_D2ds_v5", 2),
            ("Standard_E96ads_v5", 96),
            ("Standard", 0),
            ("Standard_Dds_v5", 0),
            ("Standard_D99999999999999999999_v5", 0),
            ("", 0),
        ] {
            let known = [("sku_name".to_owned(), Value::from(size))]
                .into_iter()
                .collect();
            assert_eq!(cores(&known), expected, "{size}");
        }
    }

    #[test]
    fn what_is_less_than_nothing_is_no_limit() {
        assert_eq!(whole(&json!(5)), Some(5));
        assert_eq!(whole(&json!(5.0)), Some(5));
        assert_eq!(whole(&json!(-1)), None);
        assert_eq!(whole(&json!(null)), None);
    }
}
