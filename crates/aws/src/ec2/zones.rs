//! `aws:ec2:Zones`: the availability zones of the region.

use stack::resource::*;

/// The availability zones of the region that the account can use, in the order of their names.
///
/// Zones with an outage stay in the list, so that an outage moves nothing.
#[derive(Debug, Clone, PartialEq, Lookup)]
#[lookup("aws:ec2:Zones")]
pub struct Zones {
    /// Which kinds of zones. Availability zones alone by default; the others are there only where the account opted
    /// in.
    #[input]
    pub types: Vec<ZoneType>,
    /// Names to leave out.
    #[input]
    pub exclude_names: Vec<String>,
    /// Ids to leave out, such as those of zones without an instance type that is needed.
    #[input]
    pub exclude_zone_ids: Vec<String>,
    /// Only those that pass these filters of `DescribeAvailabilityZones`, such as `state` or `group-name`. Each
    /// passes with any of its values.
    #[input]
    pub filters: BTreeMap<String, Vec<String>>,
    /// Their names, such as `eu-west-3a`. Which place a name means differs among accounts.
    #[output]
    pub names: Vec<String>,
    /// Their ids, such as `euw3-az1`, in the same order. An id means the same place in every account.
    #[output]
    pub zone_ids: Vec<String>,
}

/// A kind of zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ZoneType {
    /// An availability zone.
    AvailabilityZone,
    /// An extension of a region near a city.
    LocalZone,
    /// A part of a mobile carrier's network.
    WavelengthZone,
}

#[cfg(feature = "provider")]
mod handler {
    use aws_sdk_ec2::types::Filter;

    use super::*;
    use crate::prelude::*;

    impl Question for Zones {
        type Client = Aws;

        fn actions() -> Actions {
            Actions::none().to_read(["ec2:DescribeAvailabilityZones"])
        }

        async fn answer(aws: &Aws, inputs: &ZonesInputs) -> Result<Self> {
            let operation = "ec2:DescribeAvailabilityZones";
            let types = match inputs.types.as_slice() {
                [] => &[ZoneType::AvailabilityZone][..],
                types => types,
            };
            let kinds = types.iter().map(|kind| kind.as_str().to_owned()).collect();
            let kinds = Filter::builder()
                .name("zone-type")
                .set_values(Some(kinds))
                .build();
            let mut request = aws.ec2().describe_availability_zones().filters(kinds);
            for (name, values) in &inputs.filters {
                let filter = Filter::builder()
                    .name(name)
                    .set_values(Some(values.clone()));
                request = request.filters(filter.build());
            }
            let answer = request.send().await.named(operation)?;
            let mut zones: Vec<(&str, &str)> = answer
                .availability_zones()
                .iter()
                .filter_map(|zone| Some((zone.zone_name()?, zone.zone_id()?)))
                .filter(|(name, id)| {
                    !inputs.exclude_names.iter().any(|out| out == name)
                        && !inputs.exclude_zone_ids.iter().any(|out| out == id)
                })
                .collect();
            zones.sort_unstable();
            if zones.is_empty() {
                let message = format!("no zone of {} is as asked for", aws.region());
                return Err(Error::new(ErrorKind::Invalid, message).operation(operation));
            }
            let (names, zone_ids) = zones
                .into_iter()
                .map(|(name, id)| (name.to_owned(), id.to_owned()))
                .unzip();
            Ok(Zones {
                types: inputs.types.clone(),
                exclude_names: inputs.exclude_names.clone(),
                exclude_zone_ids: inputs.exclude_zone_ids.clone(),
                filters: inputs.filters.clone(),
                names,
                zone_ids,
            })
        }
    }
}
