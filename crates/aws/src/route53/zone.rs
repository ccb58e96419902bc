//! `aws:route53:Zone`: a hosted zone, by its name or id.

use stack::resource::*;

/// A hosted zone, by its name or id.
#[derive(Debug, Clone, PartialEq, Lookup)]
#[lookup("aws:route53:Zone")]
pub struct Zone {
    /// Its id, such as `Z0123456789ABCDEFGHIJ`. This or the name is needed.
    #[input]
    pub zone_id: Option<String>,
    /// Its name, such as `example.com`.
    #[input]
    pub name: Option<String>,
    /// Whether it is a private one. Either kind when it is not set.
    #[input]
    pub private: Option<bool>,
    /// The id of a VPC that a private zone is for.
    #[input]
    pub vpc_id: Option<String>,
    /// Its ARN.
    #[output]
    pub arn: String,
    /// What it is for, as somebody wrote it.
    #[output]
    pub comment: Option<String>,
    /// The name servers that the domain's registrar has to name. A private zone has none.
    #[output]
    pub name_servers: Vec<String>,
    /// The VPCs that a private zone is for.
    #[output]
    pub vpc_ids: Vec<String>,
}

#[cfg(feature = "provider")]
mod handler {
    use aws_sdk_route53::operation::get_hosted_zone::GetHostedZoneOutput;
    use stack_provider::Question;

    use super::*;
    use crate::prelude::*;
    use crate::route53::domain;

    impl Question for Zone {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none().to_read(["route53:GetHostedZone", "route53:ListHostedZonesByName"])
        }

        async fn answer(aws: &Aws, inputs: &ZoneInputs) -> Result<Self> {
            let ids = match (&inputs.zone_id, &inputs.name) {
                (Some(id), _) => vec![id.clone()],
                (None, Some(name)) => ids_of_name(aws, name).await?,
                (None, None) => {
                    let message = "say which hosted zone: by zone_id or by name";
                    return Err(Error::new(ErrorKind::Invalid, message));
                }
            };
            let mut zones = Vec::new();
            for id in ids {
                let request = aws.route53().get_hosted_zone().id(id);
                let answer = request
                    .send()
                    .await
                    .named("route53:GetHostedZone")
                    .found()?;
                let zone = answer.map(|answer| of_answer(aws, &answer)).transpose()?;
                zones.extend(zone.filter(|zone| fits(zone, inputs)));
            }
            match zones.len() {
                0 => {
                    let message = format!("there is no hosted zone {}", words(inputs));
                    Err(Error::new(ErrorKind::Invalid, message))
                }
                1 => Ok(zones.remove(0)),
                _ => {
                    let found = zones.iter().map(candidate).collect::<Vec<_>>().join(", ");
                    let message = format!("several hosted zones are {}: {found}", words(inputs));
                    let hint = "say which one: by zone_id, private or vpc_id";
                    Err(Error::new(ErrorKind::Invalid, message).hint(hint))
                }
            }
        }
    }

    /// Several zones may have one name, such as a public and a private one. The listing starts at the name and has
    /// those first.
    async fn ids_of_name(aws: &Aws, name: &str) -> Result<Vec<String>> {
        let operation = "route53:ListHostedZonesByName";
        let name = domain::canonical(name);
        let mut ids = Vec::new();
        let (mut next_name, mut next_id) = (Some(name.clone()), None);
        while let Some(from) = next_name {
            let request = aws.route53().list_hosted_zones_by_name().dns_name(from);
            let request = request.set_hosted_zone_id(next_id);
            let answer = request.send().await.named(operation)?;
            for zone in answer.hosted_zones() {
                if domain::canonical(zone.name()) != name {
                    return Ok(ids);
                }
                ids.push(zone.id().to_owned());
            }
            next_name = answer.next_dns_name.filter(|_| answer.is_truncated);
            next_id = answer.next_hosted_zone_id;
        }
        Ok(ids)
    }

    fn of_answer(aws: &Aws, answer: &GetHostedZoneOutput) -> Result<Zone> {
        let zone = expected(answer.hosted_zone(), "route53:GetHostedZone", "HostedZone")?;
        let id = zone.id().rsplit('/').next().unwrap_or_default();
        let vpcs = answer.vpcs().iter();
        Ok(Zone {
            zone_id: Some(id.to_owned()),
            name: Some(domain::canonical(zone.name())),
            private: Some(zone.config().is_some_and(|config| config.private_zone())),
            vpc_id: None,
            arn: format!("arn:{}:route53:::hostedzone/{id}", aws.partition()),
            comment: zone
                .config()
                .and_then(|config| config.comment())
                .filter(|comment| !comment.is_empty())
                .map(str::to_owned),
            name_servers: answer
                .delegation_set()
                .map(|set| set.name_servers().to_vec())
                .unwrap_or_default(),
            vpc_ids: vpcs
                .filter_map(|vpc| vpc.vpc_id().map(str::to_owned))
                .collect(),
        })
    }

    fn fits(zone: &Zone, inputs: &ZoneInputs) -> bool {
        let ZoneInputs {
            zone_id: _,
            name,
            private,
            vpc_id,
        } = inputs;
        let name = name.as_deref().map(domain::canonical);
        name.is_none_or(|name| zone.name == Some(name))
            && private.is_none_or(|private| zone.private == Some(private))
            && vpc_id.as_ref().is_none_or(|vpc| zone.vpc_ids.contains(vpc))
    }

    /// What was asked for, to complete a sentence.
    fn words(inputs: &ZoneInputs) -> String {
        let kind = inputs.private.map(|private| match private {
            true => "private".to_owned(),
            false => "public".to_owned(),
        });
        let parts = [
            inputs
                .zone_id
                .as_ref()
                .map(|id| format!("with the id {id}")),
            inputs.name.as_ref().map(|name| format!("named {name}")),
            kind.map(|kind| format!("that is {kind}")),
            inputs.vpc_id.as_ref().map(|vpc| format!("for {vpc}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn candidate(zone: &Zone) -> String {
        let kind = if zone.private == Some(true) {
            "private"
        } else {
            "public"
        };
        let id = zone.zone_id.as_deref().unwrap_or_default();
        match zone.vpc_ids.as_slice() {
            [] => format!("{id} ({kind})"),
            vpcs => format!("{id} ({kind}, for {})", vpcs.join(" and ")),
        }
    }
}
