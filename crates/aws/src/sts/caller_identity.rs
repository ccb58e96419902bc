//! `aws:sts:CallerIdentity`: as whom, and where, the provider works.

use stack::resource::*;

/// As whom, and where, the provider works.
#[derive(Debug, Clone, PartialEq, Lookup)]
#[lookup("aws:sts:CallerIdentity")]
pub struct CallerIdentity {
    /// The account: twelve digits.
    #[output]
    pub account: String,
    /// The ARN of the user, or of the session of a role.
    #[output]
    pub arn: String,
    /// The unique id of the user or role; of a role's session with `:` and the session's name.
    #[output]
    pub user_id: String,
    /// The partition, as ARNs name it: `aws`, `aws-cn` or `aws-us-gov`.
    #[output]
    pub partition: String,
    /// The region that the provider works in.
    #[output]
    pub region: String,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::prelude::*;

    impl Question for CallerIdentity {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none().to_read(["sts:GetCallerIdentity"])
        }

        async fn answer(aws: &Aws, _: &CallerIdentityInputs) -> Result<Self> {
            let operation = "sts:GetCallerIdentity";
            let request = aws.sts().get_caller_identity();
            let caller = request.send().await.named(operation)?;
            let arn = expected(caller.arn(), operation, "Arn")?;
            Ok(CallerIdentity {
                account: expected(caller.account(), operation, "Account")?.to_owned(),
                arn: arn.to_owned(),
                user_id: expected(caller.user_id(), operation, "UserId")?.to_owned(),
                // The ARN knows partitions that this version does not.
                partition: arn.split(':').nth(1).unwrap_or(aws.partition()).to_owned(),
                region: aws.region().to_owned(),
            })
        }
    }
}
