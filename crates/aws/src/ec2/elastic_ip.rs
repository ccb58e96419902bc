//! `aws:ec2:ElasticIp`: a public address that stays.

use stack::resource::*;

/// A public IPv4 address that is kept until it is deleted, whatever uses it.
///
/// Once deleted it goes back to Amazon and is as a rule lost: protect one that others have in their allow lists.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:ec2:ElasticIp",
    create = "5m",
    delete = "10m",
    visibility_lag = "15s",
    unique("address")
)]
pub struct ElasticIp {
    /// The address: one of one's own pool, or one that was deleted and that nobody has taken since. Amazon picks one
    /// when it is not set.
    #[input(replaces)]
    pub address: Option<String>,
    /// The pool of one's own addresses that it comes from. Amazon's pool, `amazon`, by default.
    #[input(replaces)]
    pub public_ipv4_pool: Option<String>,
    /// Where the address can be used: the region, or one of its local zones. The region by default.
    #[input(replaces)]
    pub network_border_group: Option<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// The address.
    #[output]
    pub public_ip: String,
}

#[cfg(feature = "provider")]
mod handler {
    use aws_sdk_ec2::types::{Address, DomainType, ResourceType};

    use super::*;
    use crate::ec2::{listed, tags};
    use crate::prelude::*;

    impl Handler for ElasticIp {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read(["ec2:DescribeAddresses"])
                .to_create(["ec2:AllocateAddress"])
                .to_tag("ec2:CreateTags", "ec2:DeleteTags")
                .to_delete(["ec2:ReleaseAddress"])
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            let address = describe(aws, id).await?;
            address.as_ref().map(observed).transpose()
        }

        const BATCH: usize = listed::AT_ONCE;

        async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
            let filter = listed::by("allocation-id", ids);
            let request = aws.ec2().describe_addresses().filters(filter);
            let answer = request.send().await.named("ec2:DescribeAddresses")?;
            let addresses = answer.addresses.unwrap_or_default();
            Ok(listed::under_ids(
                &addresses,
                Address::allocation_id,
                |_, address| observed(address),
            ))
        }

        async fn find(aws: &Aws, whose: Whose<'_>, _: &ElasticIpInputs) -> Result<Vec<String>> {
            let request = aws
                .ec2()
                .describe_addresses()
                .set_filters(Some(tags::of(whose)));
            let answer = request.send().await.named("ec2:DescribeAddresses")?;
            Ok(answer
                .addresses()
                .iter()
                .filter_map(|address| address.allocation_id().map(str::to_owned))
                .collect())
        }

        async fn create(aws: &Aws, inputs: &ElasticIpInputs, context: &Context) -> Result<String> {
            let answer = aws
                .ec2()
                .allocate_address()
                .domain(DomainType::Vpc)
                .set_address(inputs.address.clone())
                .set_public_ipv4_pool(inputs.public_ipv4_pool.clone())
                .set_network_border_group(inputs.network_border_group.clone())
                .tag_specifications(tags::at_creation(
                    ResourceType::ElasticIp,
                    &context.owner,
                    &inputs.tags,
                ))
                .send()
                .await
                .named("ec2:AllocateAddress")?;
            let id = answer.allocation_id();
            Ok(expected(id, "ec2:AllocateAddress", "AllocationId")?.to_owned())
        }

        async fn settle(aws: &Aws, id: &str, _: &ElasticIpInputs, context: &Context) -> Result<()> {
            context
                .wait_for("the address to be visible", || async {
                    Ok(match describe(aws, id).await? {
                        Some(_) => Progress::Done(()),
                        None => Progress::Pending("not visible yet".to_owned()),
                    })
                })
                .await
        }

        async fn update(
            aws: &Aws,
            id: &str,
            change: Change<'_, ElasticIpInputs>,
            _: &Context,
        ) -> Result<()> {
            tags::update(aws, id, TagChange::of(&change, |address| &address.tags)).await
        }

        async fn delete(aws: &Aws, id: &str, _: &ElasticIpInputs, _: &Context) -> Result<()> {
            aws.ec2()
                .release_address()
                .allocation_id(id)
                .send()
                .await
                .named("ec2:ReleaseAddress")
                .map(drop)
        }
    }

    fn observed(address: &Address) -> Result<ElasticIp> {
        let public_ip = expected(address.public_ip(), "ec2:DescribeAddresses", "PublicIp")?;
        Ok(ElasticIp {
            address: Some(public_ip.to_owned()),
            public_ipv4_pool: address.public_ipv4_pool().map(str::to_owned),
            network_border_group: address.network_border_group().map(str::to_owned),
            tags: tags::managed(address.tags()),
            public_ip: public_ip.to_owned(),
        })
    }

    async fn describe(aws: &Aws, id: &str) -> Result<Option<Address>> {
        let request = aws.ec2().describe_addresses().allocation_ids(id);
        let answer = request
            .send()
            .await
            .named("ec2:DescribeAddresses")
            .found()?;
        Ok(answer.and_then(|answer| answer.addresses?.pop()))
    }
}
