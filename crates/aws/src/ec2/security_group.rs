//! `aws:ec2:SecurityGroup`: a firewall around network interfaces, whose rules are objects of their own.

use stack::resource::*;

/// A firewall around network interfaces. What it lets through is said by resources of the type
/// `aws:ec2:SecurityGroupRule`; without any, nothing comes in and nothing goes out.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:ec2:SecurityGroup",
    create = "5m",
    delete = "15m",
    visibility_lag = "15s",
    unique("vpc_id", "name")
)]
pub struct SecurityGroup {
    /// Its name, unique in the VPC; at most 255 characters, and not beginning with `sg-`. Made by the engine when it
    /// is not set.
    #[input(replaces, name(max_length = 255))]
    pub name: Option<String>,
    /// What it is for; at most 255 letters, digits, spaces and `._-:/()#,@[]+=&;{}!$*`. AWS demands one and never
    /// changes it.
    #[input(replaces)]
    pub description: String,
    /// The VPC that it is in. The region's default VPC when it is not set.
    #[input(replaces)]
    pub vpc_id: Option<String>,
    /// Whether the rules that AWS puts into a new group stay, which let everything out, over IPv4 and IPv6. Off by
    /// default: what may go out is said by rules, as is what may come in. On, there must be no such rule besides.
    #[input(reset = false)]
    pub allow_all_egress: Option<bool>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// The account that owns it.
    #[output]
    pub owner_id: String,
}

#[cfg(feature = "provider")]
mod handler {
    use aws_sdk_ec2::types::{
        IpPermission, IpRange, Ipv6Range, ResourceType, SecurityGroup as Described,
        SecurityGroupRule,
    };
    use futures::try_join;

    use super::*;
    use crate::ec2::{listed, tags};
    use crate::prelude::*;

    impl Handler for SecurityGroup {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read([
                    "ec2:DescribeSecurityGroupRules",
                    "ec2:DescribeSecurityGroups",
                ])
                .to_create(["ec2:CreateSecurityGroup"])
                .to_set([
                    "ec2:AuthorizeSecurityGroupEgress",
                    "ec2:RevokeSecurityGroupEgress",
                ])
                .to_tag("ec2:CreateTags", "ec2:DeleteTags")
                .to_delete(["ec2:DeleteSecurityGroup"])
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            let request = aws.ec2().describe_security_groups().group_ids(id);
            let answer = request
                .send()
                .await
                .named("ec2:DescribeSecurityGroups")
                .found()?;
            let Some(group) = answer.and_then(|answer| answer.security_groups?.pop()) else {
                return Ok(None);
            };
            let rules = default_egress(aws, &[id]).await?;
            Ok(Some(observed(aws, id, &group, &rules)))
        }

        const BATCH: usize = listed::AT_ONCE;

        async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
            let request = aws.ec2().describe_security_groups();
            let groups = request.filters(listed::by("group-id", ids));
            let groups = async { pages!(groups, "ec2:DescribeSecurityGroups") };
            let (groups, rules) = try_join!(groups, default_egress(aws, ids))?;
            Ok(listed::under_ids(
                &groups,
                Described::group_id,
                |id, group| Ok(observed(aws, id, group, &rules)),
            ))
        }

        async fn find(aws: &Aws, whose: Whose<'_>, _: &SecurityGroupInputs) -> Result<Vec<String>> {
            let request = aws
                .ec2()
                .describe_security_groups()
                .set_filters(Some(tags::of(whose)));
            let answer = request.send().await.named("ec2:DescribeSecurityGroups")?;
            Ok(answer
                .security_groups
                .unwrap_or_default()
                .into_iter()
                .filter_map(|group| group.group_id)
                .collect())
        }

        async fn create(
            aws: &Aws,
            inputs: &SecurityGroupInputs,
            context: &Context,
        ) -> Result<String> {
            let answer = aws
                .ec2()
                .create_security_group()
                .set_group_name(inputs.name.clone())
                .description(&inputs.description)
                .set_vpc_id(inputs.vpc_id.clone())
                .tag_specifications(tags::at_creation(
                    ResourceType::SecurityGroup,
                    &context.owner,
                    &inputs.tags,
                ))
                .send()
                .await
                .named("ec2:CreateSecurityGroup")?;
            expected(answer.group_id, "ec2:CreateSecurityGroup", "GroupId")
        }

        async fn settle(
            aws: &Aws,
            id: &str,
            inputs: &SecurityGroupInputs,
            context: &Context,
        ) -> Result<()> {
            context
                .wait_for("the security group to be visible", || async {
                    let request = aws.ec2().describe_security_groups().group_ids(id);
                    let answer = request.send().await.named("ec2:DescribeSecurityGroups");
                    Ok(match answer.found()? {
                        Some(_) => Progress::Done(()),
                        None => Progress::Pending("not visible yet".to_owned()),
                    })
                })
                .await?;
            if inputs.allow_all_egress == Some(true) {
                return allow_all_egress(aws, id).await;
            }
            // By what they allow and not by id: the list of a new group's rules may lag behind the group.
            for permission in everything() {
                let request = aws.ec2().revoke_security_group_egress().group_id(id);
                request
                    .ip_permissions(permission)
                    .send()
                    .await
                    .named("ec2:RevokeSecurityGroupEgress")
                    .found()?;
            }
            Ok(())
        }

        async fn update(
            aws: &Aws,
            id: &str,
            change: Change<'_, SecurityGroupInputs>,
            _: &Context,
        ) -> Result<()> {
            let (egress, tags) = (
                set_egress(
                    aws,
                    id,
                    change.some(|group| &group.allow_all_egress).copied(),
                ),
                tags::update(aws, id, TagChange::of(&change, |group| &group.tags)),
            );
            try_join!(egress, tags).map(drop)
        }

        async fn delete(aws: &Aws, id: &str, _: &SecurityGroupInputs, _: &Context) -> Result<()> {
            aws.ec2()
                .delete_security_group()
                .group_id(id)
                .send()
                .await
                .named("ec2:DeleteSecurityGroup")
                .map(drop)
        }
    }

    /// What AWS lets out of a new group: everything over IPv4, and over IPv6 where the VPC has it.
    fn everything() -> [IpPermission; 2] {
        let all = || IpPermission::builder().ip_protocol("-1");
        let ipv4 = IpRange::builder().cidr_ip("0.0.0.0/0").build();
        let ipv6 = Ipv6Range::builder().cidr_ipv6("::/0").build();
        [
            all().ip_ranges(ipv4).build(),
            all().ipv6_ranges(ipv6).build(),
        ]
    }

    async fn set_egress(aws: &Aws, id: &str, allow: Option<bool>) -> Result<()> {
        match allow {
            None => Ok(()),
            Some(true) => allow_all_egress(aws, id).await,
            Some(false) => {
                let rules = default_egress(aws, &[id]).await?;
                let rules = rules.into_iter();
                let rules: Vec<String> = rules
                    .filter_map(|rule| rule.security_group_rule_id)
                    .collect();
                if rules.is_empty() {
                    return Ok(());
                }
                let request = aws.ec2().revoke_security_group_egress().group_id(id);
                request
                    .set_security_group_rule_ids(Some(rules))
                    .send()
                    .await
                    .named("ec2:RevokeSecurityGroupEgress")
                    .found()
                    .map(drop)
            }
        }
    }

    async fn allow_all_egress(aws: &Aws, id: &str) -> Result<()> {
        for permission in everything() {
            let request = aws.ec2().authorize_security_group_egress().group_id(id);
            let answer = request
                .ip_permissions(permission)
                .send()
                .await
                .named("ec2:AuthorizeSecurityGroupEgress");
            match answer {
                Err(error) if error.kind == ErrorKind::AlreadyExists => {}
                answer => drop(answer?),
            }
        }
        Ok(())
    }

    fn observed(
        aws: &Aws,
        id: &str,
        group: &Described,
        default_egress: &[SecurityGroupRule],
    ) -> SecurityGroup {
        let owner_id = group.owner_id().unwrap_or_default();
        let of_it = |rule: &SecurityGroupRule| rule.group_id() == Some(id);
        SecurityGroup {
            arn: group.security_group_arn().map_or_else(
                || aws.arn("ec2", owner_id, &format!("security-group/{id}")),
                str::to_owned,
            ),
            owner_id: owner_id.to_owned(),
            allow_all_egress: Some(default_egress.iter().any(of_it)),
            tags: tags::managed(group.tags()),
            name: group.group_name.clone(),
            description: group.description.clone().unwrap_or_default(),
            vpc_id: group.vpc_id.clone(),
        }
    }

    /// The rules of groups that let everything out and are not resources of their own: those carry our tags.
    async fn default_egress(aws: &Aws, ids: &[&str]) -> Result<Vec<SecurityGroupRule>> {
        let request = aws.ec2().describe_security_group_rules();
        let request = request.filters(listed::by("group-id", ids));
        let rules = pages!(request, "ec2:DescribeSecurityGroupRules")?;
        let everything = rules.into_iter().filter(|rule| {
            rule.is_egress() == Some(true)
                && rule.ip_protocol() == Some("-1")
                && (rule.cidr_ipv4() == Some("0.0.0.0/0") || rule.cidr_ipv6() == Some("::/0"))
                && !rule
                    .tags()
                    .iter()
                    .any(|tag| tag.key() == Some(Owner::TOKEN))
        });
        Ok(everything.collect())
    }
}
