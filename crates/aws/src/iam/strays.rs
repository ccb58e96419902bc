//! What is there of roles. The tagging API does not know them.

use aws_sdk_iam::types::{Role as Described, Tag};
use futures::FutureExt;

use super::*;
use crate::prelude::*;
use crate::strays::{List, Listed, all_of};

/// Where the roles are that AWS's services and its sign-in make for themselves.
const OF_AWS: [&str; 2] = ["/aws-service-role/", "/aws-reserved/"];

/// The lists of these types.
pub(crate) fn lists(aws: &Aws) -> Vec<List<'_>> {
    vec![List::of::<Role>(roles(aws))]
}

async fn roles(aws: &Aws) -> Result<Vec<Listed>> {
    let mut roles = pages!(aws.iam().list_roles(), "iam:ListRoles")?;
    roles.retain(|role| !OF_AWS.iter().any(|path| role.path().starts_with(path)));
    let roles = roles.into_iter();
    all_of(roles.map(|role| tagged(aws, role).boxed())).await
}

/// With its tags, which the list does not tell. None when it is gone meanwhile.
async fn tagged(aws: &Aws, role: Described) -> Result<Option<Listed>> {
    let request = aws.iam().list_role_tags().role_name(role.role_name());
    let tags = pages!(request, "iam:ListRoleTags").found()?;
    let listed = tags.map(|tags| {
        let tags = tags.into_iter().map(|tag| (tag.key, tag.value));
        let listed = Listed::new(role.role_name()).tagged(tags);
        listed.created(Some(role.create_date()))
    });
    Ok(listed)
}

/// Sets a tag of a role, or takes it away.
pub(crate) async fn retag(aws: &Aws, role: &str, key: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => {
            let tag = Tag::builder().key(key).value(value).build();
            let tag = tag.map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))?;
            let request = aws.iam().tag_role().role_name(role).tags(tag);
            request.send().await.named("iam:TagRole").map(drop)
        }
        None => {
            let request = aws.iam().untag_role().role_name(role).tag_keys(key);
            request.send().await.named("iam:UntagRole").map(drop)
        }
    }
}
