//! `aws:ec2:PrefixList`: a list of address ranges that rules and routes name.

use stack::resource::*;

/// The one list of address ranges that all of what is set fits, by AWS or by an account. None, or several, is an
/// error.
#[derive(Debug, Clone, PartialEq, Lookup)]
#[lookup("aws:ec2:PrefixList")]
pub struct PrefixList {
    /// Its id: `pl-…`.
    #[input]
    pub id: Option<String>,
    /// Its name, such as `com.amazonaws.eu-west-3.s3` or `com.amazonaws.global.cloudfront.origin-facing`.
    #[input]
    pub name: Option<String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// The account that owns it; `AWS` for lists of AWS.
    #[output]
    pub owner_id: String,
    /// `IPv4` or `IPv6`.
    #[output]
    pub address_family: String,
    /// The ranges in it.
    #[output]
    pub cidr_blocks: Vec<String>,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::ec2::filters::{filters, one};
    use crate::prelude::*;

    impl Question for PrefixList {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none().to_read([
                "ec2:DescribeManagedPrefixLists",
                "ec2:GetManagedPrefixListEntries",
            ])
        }

        async fn answer(aws: &Aws, inputs: &PrefixListInputs) -> Result<Self> {
            let operation = "ec2:DescribeManagedPrefixLists";
            let filters = filters(
                &[
                    ("prefix-list-id", inputs.id.as_slice()),
                    ("prefix-list-name", inputs.name.as_slice()),
                ],
                &BTreeMap::new(),
            );
            let request = aws.ec2().describe_managed_prefix_lists();
            let found = pages!(request.set_filters(filters), operation)?;
            let list = one(found, "prefix list", |list| {
                list.prefix_list_id().unwrap_or_default()
            })?;
            let id = expected(list.prefix_list_id, operation, "PrefixListId")?;
            let request = aws.ec2().get_managed_prefix_list_entries();
            let request = request.prefix_list_id(&id);
            let entries = pages!(request, "ec2:GetManagedPrefixListEntries")?;
            Ok(PrefixList {
                id: Some(id),
                name: list.prefix_list_name,
                arn: list.prefix_list_arn.unwrap_or_default(),
                owner_id: list.owner_id.unwrap_or_default(),
                address_family: list.address_family.unwrap_or_default(),
                cidr_blocks: entries.into_iter().filter_map(|entry| entry.cidr).collect(),
            })
        }
    }
}
