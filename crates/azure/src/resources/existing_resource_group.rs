//! `azure:resources:ExistingResourceGroup`: a group that the stack does not own.

use stack::resource::*;

/// A group that the stack does not own.
#[derive(Debug, Clone, PartialEq, Lookup)]
#[lookup("azure:resources:ExistingResourceGroup")]
pub struct ExistingResourceGroup {
    /// Its name.
    #[input(required)]
    pub name: String,
    /// Its id, for `resource_group_id` of what lies in it.
    #[output]
    pub resource_group_id: String,
    /// Its region.
    #[output]
    pub location: String,
    /// Its tags.
    #[output]
    pub tags: BTreeMap<String, String>,
}

#[cfg(feature = "provider")]
mod handler {
    use azure_core::http::Method;
    use stack_provider::Question;

    use super::*;
    use crate::prelude::*;

    impl Question for ExistingResourceGroup {
        type Client = Azure;

        fn actions() -> Actions {
            Actions::none().to_read(["Microsoft.Resources/subscriptions/resourceGroups/read"])
        }

        async fn answer(azure: &Azure, inputs: &ExistingResourceGroupInputs) -> Result<Self> {
            let path = azure.subscription().child("resourceGroups", &inputs.name);
            let group = azure
                .send(Method::Get, path.as_str(), "2025-04-01")
                .await?
                .body;
            let text = |field: &str| group[field].as_str().unwrap_or_default().to_owned();
            let tags = group["tags"].as_object().cloned().unwrap_or_default();
            Ok(Self {
                name: text("name"),
                resource_group_id: text("id"),
                location: text("location"),
                tags: tags
                    .into_iter()
                    .map(|(key, value)| (key, value.as_str().unwrap_or_default().to_owned()))
                    .collect(),
            })
        }
    }
}
