//! `azure:network:PrivateEndpoint`: a service of Azure at an address in a subnet.

use stack::resource::*;

/// A service of Azure at an address in a subnet.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:network:PrivateEndpoint", visibility_lag = "15s")]
pub struct PrivateEndpoint {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the group. Made by the engine when it is not set.
    #[input(replaces, case_insensitive, name(max_length = 64))]
    pub name: Option<String>,
    /// Its region, which is the network's. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// The id of the subnet.
    #[input(required, replaces, case_insensitive)]
    pub subnet_id: String,
    /// The id of what it leads to: a storage account, a vault, a cache.
    #[input(required, replaces, case_insensitive)]
    pub target_id: String,
    /// Which part of the target, such as `blob`, `vault` or `redisEnterprise`.
    #[input(required, replaces, set)]
    pub group_ids: Vec<String>,
    /// The ids of the private DNS zones that get its name. None by default.
    #[input(set, case_insensitive)]
    pub private_dns_zone_ids: Vec<String>,
    /// What its network interface is called.
    #[input(replaces, case_insensitive)]
    pub network_interface_name: Option<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
}

#[cfg(feature = "provider")]
mod handler {
    use azure_core::http::Method;

    use super::*;
    use crate::arm::finished;
    use crate::client::Call;
    use crate::prelude::*;

    /// The API version of the group of zones, which is the endpoint's.
    const VERSION: &str = "2025-07-01";

    impl Arm for PrivateEndpoint {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.Network/privateEndpoints",
            VERSION,
            Update::Put { without: &[] },
        );

        const PLACES: &[(&str, &str)] = &[
            ("subnet_id", "properties.subnet.id"),
            ("target_id", ""),
            ("group_ids", ""),
            ("private_dns_zone_ids", ""),
            (
                "network_interface_name",
                "properties.customNetworkInterfaceName",
            ),
        ];

        fn actions(usual: Actions, kind: &str) -> Actions {
            let zones = format!("{kind}/privateDnsZoneGroups");
            // Of whatever type the target is.
            let approval = "*/privateEndpointConnectionsApproval/action";
            usual
                .to_read([format!("{zones}/read")])
                .to_set([format!("{zones}/write")])
                .to_update([format!("{zones}/delete")])
                .implying([Implied::by(Verb::Create, approval)])
        }

        fn shape(body: &mut Json, inputs: &PrivateEndpointInputs) {
            let connection = json!({
                "name": "target",
                "properties": {
                    "privateLinkServiceId": inputs.target_id,
                    "groupIds": inputs.group_ids,
                },
            });
            put(
                body,
                "properties.privateLinkServiceConnections",
                json!([connection]),
            );
        }

        async fn observe(
            azure: &Azure,
            id: &ResourceId,
            answer: &Json,
            values: &mut Map,
        ) -> Result<()> {
            let connection =
                &answer["properties"]["privateLinkServiceConnections"][0]["properties"];
            if let Some(target) = connection["privateLinkServiceId"].as_str() {
                values.insert("target_id".to_owned(), Value::from(target));
            }
            let groups = connection["groupIds"].as_array().into_iter().flatten();
            let groups: Vec<String> = groups
                .filter_map(|group| group.as_str().map(str::to_owned))
                .collect();
            values.insert("group_ids".to_owned(), groups.to_value());
            let zones = zones(azure, id).await?;
            values.insert("private_dns_zone_ids".to_owned(), zones.to_value());
            Ok(())
        }

        async fn settle(
            azure: &Azure,
            id: &ResourceId,
            change: Change<'_, PrivateEndpointInputs>,
            context: &Context,
        ) -> Result<()> {
            let Some(wanted) = change.of(|endpoint| &endpoint.private_dns_zone_ids) else {
                return Ok(());
            };
            let group = group_of(id);
            let answer = if wanted.is_empty() {
                if zones(azure, id).await?.is_empty() {
                    return Ok(());
                }
                azure.send(Method::Delete, group.as_str(), VERSION).await?
            } else {
                let zone = |id: &String| {
                    let name = id.rsplit('/').next().unwrap_or_default().replace('.', "-");
                    json!({"name": name, "properties": {"privateDnsZoneId": id}})
                };
                let zones: Json = wanted.iter().map(zone).collect();
                let body = json!({"properties": {"privateDnsZoneConfigs": zones}});
                azure
                    .call(Call::new(Method::Put, group.as_str(), VERSION).body(&body))
                    .await?
            };
            let action = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups/write";
            finished(azure, answer, &group, VERSION, action, context).await
        }
    }

    /// An endpoint has at most one group of zones; `default` is what the portal calls it.
    fn group_of(id: &ResourceId) -> ResourceId {
        id.child("privateDnsZoneGroups", "default")
    }

    async fn zones(azure: &Azure, id: &ResourceId) -> Result<Vec<String>> {
        let group = match azure
            .send(Method::Get, group_of(id).as_str(), VERSION)
            .await
        {
            Ok(answer) => answer.body,
            Err(error) if error.kind == ErrorKind::Gone => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let configs = group["properties"]["privateDnsZoneConfigs"]
            .as_array()
            .cloned();
        let zone = |config: Json| {
            config["properties"]["privateDnsZoneId"]
                .as_str()
                .map(str::to_owned)
        };
        Ok(configs.into_iter().flatten().filter_map(zone).collect())
    }
}
