//! `aws:ec2:SecurityGroupRule`: one thing that a security group lets through.

use stack::resource::*;

/// One thing that a security group lets through. Where it comes from or goes to is said by exactly one of
/// `cidr_ipv4`, `cidr_ipv6`, `referenced_security_group_id` and `prefix_list_id`; a change from one to another needs a
/// new rule.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:ec2:SecurityGroupRule",
    create = "5m",
    delete = "5m",
    visibility_lag = "15s"
)]
pub struct SecurityGroupRule {
    /// The group that it is a rule of.
    #[input(replaces)]
    pub security_group_id: String,
    /// Whether it lets traffic in or out.
    #[input(replaces)]
    pub direction: Direction,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for all, or a protocol's number by IANA where it has no name here.
    #[input(case_insensitive)]
    pub protocol: String,
    /// The first port, or the type of ICMP; -1 for all types. Required unless the protocol is `-1`, which has none.
    #[input(reset = -1)]
    pub from_port: Option<i32>,
    /// The last port, or the code of ICMP; -1 for all codes. Required unless the protocol is `-1`, which has none.
    #[input(reset = -1)]
    pub to_port: Option<i32>,
    /// A range of IPv4 addresses, such as `10.0.0.0/16`; without bits set outside of it, as AWS clears them.
    #[input]
    pub cidr_ipv4: Option<String>,
    /// A range of IPv6 addresses, such as `::/0`, in the short form that AWS tells.
    #[input(case_insensitive)]
    pub cidr_ipv6: Option<String>,
    /// Everything in another security group, or in this one. One of another account is written `ACCOUNT/GROUP`.
    #[input]
    pub referenced_security_group_id: Option<String>,
    /// The ranges of a prefix list.
    #[input]
    pub prefix_list_id: Option<String>,
    /// What it is for; at most 255 characters of those that a group's description may have.
    #[input(reset = "")]
    pub description: Option<String>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
}

/// Which way traffic goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum Direction {
    /// In.
    Ingress,
    /// Out.
    Egress,
}

#[cfg(feature = "provider")]
mod handler {
    use aws_sdk_ec2::types as sdk;
    use aws_sdk_ec2::types::ResourceType;

    use super::*;
    use crate::ec2::{listed, tags};
    use crate::prelude::*;

    impl Handler for SecurityGroupRule {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none()
                .to_read(["ec2:DescribeSecurityGroupRules"])
                .to_create([
                    "ec2:AuthorizeSecurityGroupEgress",
                    "ec2:AuthorizeSecurityGroupIngress",
                ])
                .to_update(["ec2:ModifySecurityGroupRules"])
                .to_tag("ec2:CreateTags", "ec2:DeleteTags")
                .to_delete([
                    "ec2:RevokeSecurityGroupEgress",
                    "ec2:RevokeSecurityGroupIngress",
                ])
        }

        async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
            let answer = aws
                .ec2()
                .describe_security_group_rules()
                .security_group_rule_ids(id)
                .send()
                .await
                .named("ec2:DescribeSecurityGroupRules")
                .found()?;
            let rule = answer.and_then(|answer| answer.security_group_rules?.pop());
            rule.map(|rule| observed(aws, id, &rule)).transpose()
        }

        const BATCH: usize = listed::AT_ONCE;

        async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
            let request = aws.ec2().describe_security_group_rules();
            let rules = request.filters(listed::by("security-group-rule-id", ids));
            Ok(listed::under_ids(
                &pages!(rules, "ec2:DescribeSecurityGroupRules")?,
                sdk::SecurityGroupRule::security_group_rule_id,
                |id, rule| observed(aws, id, rule),
            ))
        }

        async fn find(
            aws: &Aws,
            whose: Whose<'_>,
            _: &SecurityGroupRuleInputs,
        ) -> Result<Vec<String>> {
            let request = aws
                .ec2()
                .describe_security_group_rules()
                .set_filters(Some(tags::of(whose)));
            let answer = request
                .send()
                .await
                .named("ec2:DescribeSecurityGroupRules")?;
            Ok(answer
                .security_group_rules
                .unwrap_or_default()
                .into_iter()
                .filter_map(|rule| rule.security_group_rule_id)
                .collect())
        }

        async fn create(
            aws: &Aws,
            inputs: &SecurityGroupRuleInputs,
            context: &Context,
        ) -> Result<String> {
            let kind = ResourceType::SecurityGroupRule;
            let tags = tags::at_creation(kind, &context.owner, &inputs.tags);
            let permission = permission(inputs)?;
            let (rules, operation) = match inputs.direction {
                Direction::Ingress => {
                    let operation = "ec2:AuthorizeSecurityGroupIngress";
                    let request = aws
                        .ec2()
                        .authorize_security_group_ingress()
                        .group_id(&inputs.security_group_id)
                        .ip_permissions(permission)
                        .tag_specifications(tags);
                    let answer = request.send().await.named(operation)?;
                    (answer.security_group_rules, operation)
                }
                Direction::Egress => {
                    let operation = "ec2:AuthorizeSecurityGroupEgress";
                    let request = aws
                        .ec2()
                        .authorize_security_group_egress()
                        .group_id(&inputs.security_group_id)
                        .ip_permissions(permission)
                        .tag_specifications(tags);
                    let answer = request.send().await.named(operation)?;
                    (answer.security_group_rules, operation)
                }
            };
            let id = rules.and_then(|mut rules| rules.pop()?.security_group_rule_id);
            expected(id, operation, "SecurityGroupRuleId")
        }

        async fn update(
            aws: &Aws,
            id: &str,
            change: Change<'_, SecurityGroupRuleInputs>,
            _: &Context,
        ) -> Result<()> {
            let after = change.after;
            // EC2 takes the whole of a rule, and not what differs.
            if !change
                .before()
                .is_some_and(|before| same_rule(before, after))
            {
                let update = sdk::SecurityGroupRuleUpdate::builder()
                    .security_group_rule_id(id)
                    .security_group_rule(whole(after)?)
                    .build();
                let request = aws
                    .ec2()
                    .modify_security_group_rules()
                    .group_id(&after.security_group_id)
                    .security_group_rules(update);
                request.send().await.named("ec2:ModifySecurityGroupRules")?;
            }
            tags::update(aws, id, TagChange::of(&change, |rule| &rule.tags)).await
        }

        async fn delete(
            aws: &Aws,
            id: &str,
            recorded: &SecurityGroupRuleInputs,
            _: &Context,
        ) -> Result<()> {
            let group = &recorded.security_group_id;
            match recorded.direction {
                Direction::Ingress => {
                    let request = aws.ec2().revoke_security_group_ingress().group_id(group);
                    let request = request.security_group_rule_ids(id);
                    let answer = request.send().await;
                    answer.named("ec2:RevokeSecurityGroupIngress").map(drop)
                }
                Direction::Egress => {
                    let request = aws.ec2().revoke_security_group_egress().group_id(group);
                    let request = request.security_group_rule_ids(id);
                    let answer = request.send().await;
                    answer.named("ec2:RevokeSecurityGroupEgress").map(drop)
                }
            }
        }
    }

    /// Whether they are the same but for their tags.
    fn same_rule(before: &SecurityGroupRuleInputs, after: &SecurityGroupRuleInputs) -> bool {
        before.protocol == after.protocol
            && before.from_port == after.from_port
            && before.to_port == after.to_port
            && before.cidr_ipv4 == after.cidr_ipv4
            && before.cidr_ipv6 == after.cidr_ipv6
            && before.referenced_security_group_id == after.referenced_security_group_id
            && before.prefix_list_id == after.prefix_list_id
            && before.description == after.description
    }

    /// Where a rule's traffic comes from or goes to.
    enum Peer<'a> {
        Ipv4(&'a str),
        Ipv6(&'a str),
        Group {
            account: Option<&'a str>,
            id: &'a str,
        },
        PrefixList(&'a str),
    }

    fn peer(rule: &SecurityGroupRuleInputs) -> Result<Peer<'_>> {
        let group =
            rule.referenced_security_group_id
                .as_deref()
                .map(|group| match group.split_once('/') {
                    Some((account, id)) => Peer::Group {
                        account: Some(account),
                        id,
                    },
                    None => Peer::Group {
                        account: None,
                        id: group,
                    },
                });
        let mut peers = [
            rule.cidr_ipv4.as_deref().map(Peer::Ipv4),
            rule.cidr_ipv6.as_deref().map(Peer::Ipv6),
            group,
            rule.prefix_list_id.as_deref().map(Peer::PrefixList),
        ]
        .into_iter()
        .flatten();
        match (peers.next(), peers.next()) {
            (Some(peer), None) => Ok(peer),
            (None, _) => Err(one_peer("none is")),
            (Some(_), Some(_)) => Err(one_peer("several are")),
        }
    }

    fn observed(aws: &Aws, id: &str, rule: &sdk::SecurityGroupRule) -> Result<SecurityGroupRule> {
        let operation = "ec2:DescribeSecurityGroupRules";
        let owner = rule.group_owner_id().unwrap_or_default();
        let referenced = rule.referenced_group_info().and_then(|group| {
            let id = group.group_id()?;
            Some(match group.user_id() {
                Some(other) if other != owner => format!("{other}/{id}"),
                _ => id.to_owned(),
            })
        });
        let direction = match expected(rule.is_egress(), operation, "IsEgress")? {
            true => Direction::Egress,
            false => Direction::Ingress,
        };
        let protocol = expected(rule.ip_protocol(), operation, "IpProtocol")?.to_owned();
        // All protocols have all ports, which AWS writes as -1.
        let all = (protocol == "-1").then_some(-1);
        Ok(SecurityGroupRule {
            arn: rule.security_group_rule_arn().map_or_else(
                || aws.arn("ec2", owner, &format!("security-group-rule/{id}")),
                str::to_owned,
            ),
            direction,
            protocol,
            from_port: rule.from_port().or(all),
            to_port: rule.to_port().or(all),
            referenced_security_group_id: referenced,
            tags: tags::managed(rule.tags()),
            security_group_id: expected(rule.group_id(), operation, "GroupId")?.to_owned(),
            cidr_ipv4: rule.cidr_ipv4.clone(),
            cidr_ipv6: rule.cidr_ipv6.clone(),
            prefix_list_id: rule.prefix_list_id.clone(),
            description: Some(rule.description.clone().unwrap_or_default()),
        })
    }

    fn one_peer(found: &str) -> Error {
        let message = format!("a rule has one source or destination, and {found} set");
        Error::new(ErrorKind::Invalid, message).hint(
            "set one of cidr_ipv4, cidr_ipv6, referenced_security_group_id and prefix_list_id",
        )
    }

    /// No description and an empty one are the same; EC2 refuses the empty one in a new rule.
    fn description(rule: &SecurityGroupRuleInputs) -> Option<String> {
        rule.description.clone().filter(|text| !text.is_empty())
    }

    fn permission(rule: &SecurityGroupRuleInputs) -> Result<sdk::IpPermission> {
        let text = description(rule);
        let builder = sdk::IpPermission::builder()
            .ip_protocol(&rule.protocol)
            .set_from_port(rule.from_port)
            .set_to_port(rule.to_port);
        let builder = match peer(rule)? {
            Peer::Ipv4(cidr) => {
                let range = sdk::IpRange::builder().cidr_ip(cidr);
                builder.ip_ranges(range.set_description(text).build())
            }
            Peer::Ipv6(cidr) => {
                let range = sdk::Ipv6Range::builder().cidr_ipv6(cidr);
                builder.ipv6_ranges(range.set_description(text).build())
            }
            Peer::Group { account, id } => {
                let pair = sdk::UserIdGroupPair::builder()
                    .group_id(id)
                    .set_user_id(account.map(str::to_owned));
                builder.user_id_group_pairs(pair.set_description(text).build())
            }
            Peer::PrefixList(id) => {
                let list = sdk::PrefixListId::builder().prefix_list_id(id);
                builder.prefix_list_ids(list.set_description(text).build())
            }
        };
        Ok(builder.build())
    }

    fn whole(rule: &SecurityGroupRuleInputs) -> Result<sdk::SecurityGroupRuleRequest> {
        let builder = sdk::SecurityGroupRuleRequest::builder()
            .ip_protocol(&rule.protocol)
            .set_from_port(rule.from_port)
            .set_to_port(rule.to_port)
            .set_description(rule.description.clone());
        Ok(match peer(rule)? {
            Peer::Ipv4(cidr) => builder.cidr_ipv4(cidr),
            Peer::Ipv6(cidr) => builder.cidr_ipv6(cidr),
            Peer::Group { id, .. } => builder.referenced_group_id(id),
            Peer::PrefixList(id) => builder.prefix_list_id(id),
        }
        .build())
    }
}
